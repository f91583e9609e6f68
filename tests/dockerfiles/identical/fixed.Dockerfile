FROM base:bookworm
COPY data /data
CMD ["ls", "/data"]
