FROM base:bookworm AS build
RUN mkdir /out && seq 1 300000 > /out/numbers
FROM base:bookworm
COPY --from=build /out/numbers /numbers
CMD ["wc", "-l", "/numbers"]
