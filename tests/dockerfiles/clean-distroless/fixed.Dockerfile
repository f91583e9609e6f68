FROM base:bookworm AS build
WORKDIR /packages
RUN apt-get update && apt-get download hello libc6 libgcc-s1 gcc-12-base base-files netbase tzdata
RUN mkdir -p /out/var/lib/dpkg/status.d && for package in *.deb; do \
        name=$(dpkg-deb -f "$package" Package) \
        && dpkg-deb -x "$package" /out \
        && dpkg-deb -f "$package" > /out/var/lib/dpkg/status.d/$name \
        && (cd /out && dpkg-deb --fsys-tarfile "$package" | tar -t | grep -v '/$' | sed 's/^\.\//00000000000000000000000000000000  /') \
            > /out/var/lib/dpkg/status.d/$name.md5sums; \
    done && rm -rf /out/usr/share/doc /out/usr/share/locale /out/usr/share/man /out/usr/share/info

FROM scratch
COPY --from=build /out /
USER 65532:65532
ENTRYPOINT ["/usr/bin/hello"]
