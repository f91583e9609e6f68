FROM base:bookworm
RUN seq 1 500000 > /numbers && sed -i s/1/one/ /numbers
CMD ["head", "/numbers"]
