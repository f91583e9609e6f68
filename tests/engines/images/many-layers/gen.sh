#!/bin/sh
# Writes a Dockerfile of 100 RUN layers on stdout: each adds, rewrites and removes files.
echo "FROM base:bookworm"
i=1
while [ "$i" -le 100 ]; do
  printf '%s' "RUN mkdir -p /data/d$((i % 10)) && head -c $((i * 2000)) /dev/urandom > /data/d$((i % 10))/f$((i % 17))"
  echo " && cp -a /etc/passwd /data/p$i && rm -f /data/p$((i - 3)) && touch /etc/hostname.$((i % 5))"
  i=$((i + 1))
done
