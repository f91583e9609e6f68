FROM base:bookworm
RUN useradd --uid 1000 app
WORKDIR /srv/app
COPY --chown=app:0 . /srv/app
RUN chown app /srv/app
USER app
CMD ["ls", "-l"]
