FROM base:bookworm
RUN apt-get update && apt-get install -y --no-install-recommends npm && apt-get clean && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json .
RUN npm install && rm -rf /root/.npm/_cacache /root/.npm/_logs
CMD ["node", "-e", "require('semver')"]
