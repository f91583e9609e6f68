FROM base:bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev make \
    && apt-get clean \
    && rm -rf /var/lib/apt/lists/*
COPY . /usr/src/greet
RUN make -C /usr/src/greet install

FROM base:bookworm
COPY --from=build /usr/local/bin/greet /usr/local/bin/greet
CMD ["greet"]
