FROM base:bookworm
WORKDIR /src
COPY go.mod go.sum main.go ./
COPY proxy proxy
RUN apt-get update \
    && apt-get install -y --no-install-recommends golang-go \
    && GOPROXY=file:///src/proxy GONOSUMDB='*' go mod download \
    && GOCACHE=/tmp/go-build go build -ldflags '-s -w' -o /usr/local/bin/hello . \
    && rm -rf /tmp/go-build \
    && apt-get purge -y --auto-remove golang-go \
    && apt-get clean \
    && rm -rf /var/lib/apt/lists/* \
    && rm -rf /root/go/pkg/mod
CMD ["hello"]
