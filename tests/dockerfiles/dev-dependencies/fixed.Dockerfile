FROM base:bookworm
RUN apt-get update && apt-get install -y --no-install-recommends npm && apt-get clean && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json .
RUN npm install --omit=dev && npm cache clean --force
COPY index.js .
CMD ["node", "index.js"]
