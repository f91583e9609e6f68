FROM base:bookworm
RUN mkdir -p /opt/data && seq 1 400000 > /opt/data/numbers && chown -R 1000:1000 /opt/data
CMD ["wc", "-l", "/opt/data/numbers"]
