FROM base:bookworm
COPY Makefile words.cpp /usr/src/words/
RUN apt-get update \
    && apt-get install -y --no-install-recommends g++ make \
    && make -C /usr/src/words install clean \
    && strip --strip-unneeded /usr/local/bin/words \
    && apt-get purge -y --auto-remove g++ make \
    && apt-get clean \
    && rm -rf /var/lib/apt/lists/*
ENTRYPOINT ["words"]
