FROM base:bookworm
WORKDIR /app
COPY . /app
RUN sh configure.sh
CMD ["cat", "/app/settings"]
