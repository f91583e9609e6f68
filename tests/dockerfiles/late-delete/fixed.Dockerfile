FROM base:bookworm
RUN mkdir /build && seq 1 600000 > /build/source && sort /build/source > /build/sorted \
    && mkdir /result && head -n 5 /build/sorted > /result/first \
    && rm -rf /build
CMD ["cat", "/result/first"]
