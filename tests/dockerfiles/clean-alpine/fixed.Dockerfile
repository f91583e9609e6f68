FROM base:bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends busybox-static
RUN mkdir -p /out/bin /out/etc /out/lib/apk/db && cp /bin/busybox /out/bin/busybox \
    && for name in sh ls cat adduser addgroup mkdir; do ln -s busybox /out/bin/$name; done \
    && printf 'ID=alpine\nVERSION_ID=3.20\n' > /out/etc/os-release \
    && printf 'root:x:0:0:root:/root:/bin/sh\n' > /out/etc/passwd && printf 'root:x:0:\n' > /out/etc/group \
    && printf 'P:busybox\nV:1.36.1\nA:x86_64\nF:bin\nR:busybox\n\n' > /out/lib/apk/db/installed

FROM scratch AS alpine
COPY --from=build /out /

FROM alpine
RUN mkdir /data && echo data > /data/file
USER 65532:65532
CMD ["cat", "/data/file"]
