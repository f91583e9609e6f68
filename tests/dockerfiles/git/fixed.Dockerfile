FROM base:bookworm
WORKDIR /app
COPY . /app
CMD ["sh", "/app/run.sh"]
