FROM base:bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends --reinstall coreutils perl-base \
    && apt-get clean \
    && rm -rf /var/lib/apt/lists/*
CMD ["perl", "-e", "print 'hello'"]
