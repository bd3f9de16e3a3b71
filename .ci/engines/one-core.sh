#!/usr/bin/env bash
# one-core.sh COMMAND...: runs it where /proc/cpuinfo tells of a single core. Ollama has no other setting for its threads at the
# start, and with one for each of two cores its runners starve each other and the client that measures them.
set -euo pipefail
exec unshare --mount bash -c '
  one=$(mktemp)
  sed "/^$/q" /proc/cpuinfo >"$one"
  mount --bind "$one" /proc/cpuinfo
  rm "$one"
  exec "$@"' one-core "$@"
