FROM base:bookworm
RUN apt-get update && apt-get install -y hello && apt-get clean && rm -rf /var/lib/apt/lists/*
CMD ["hello"]
