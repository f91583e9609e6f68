FROM base:bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends ruby \
    && apt-get clean \
    && rm -rf /var/lib/apt/lists/*
COPY . /src
RUN cd /src && SOURCE_DATE_EPOCH=1 gem build numbers.gemspec && gem install --local numbers-1.0.0.gem \
    && rm -rf /var/lib/gems/3.1.0/cache
CMD ["ruby", "-e", "require 'numbers'"]
