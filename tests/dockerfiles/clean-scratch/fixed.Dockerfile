FROM base:bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends busybox-static

FROM scratch
COPY --from=build /bin/busybox /busybox
USER 65532:65532
ENTRYPOINT ["/busybox", "echo"]
