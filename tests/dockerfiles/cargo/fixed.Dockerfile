FROM base:bookworm
WORKDIR /src
COPY Cargo.toml .
COPY src src
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates cargo-web gcc libc6-dev \
    && cargo build --release \
    && cp target/release/hello /usr/local/bin/hello \
    && apt-get purge -y --auto-remove cargo-web gcc libc6-dev \
    && apt-get clean \
    && rm -rf /var/lib/apt/lists/* \
    && rm -rf /root/.cargo/registry
CMD ["hello"]
