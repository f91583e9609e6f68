FROM base:bookworm
RUN apt-get update && apt-get install -y --no-install-recommends hello && apt-get clean && rm -rf /var/lib/apt/lists/*
# The lists are of no use any more.
RUN rm -rf /var/lib/apt/lists/*
CMD ["hello"]
