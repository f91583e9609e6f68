FROM base:bookworm
ENV DEBIAN_FRONTEND=noninteractive
RUN set -eux; \
	apt-get update; \
	# only what is needed
	apt-get install -y --no-install-recommends \
		hello \
		tree \
	; \
	apt-get clean; \
	rm -rf /var/lib/apt/lists/*;
ENTRYPOINT ["tree"]
