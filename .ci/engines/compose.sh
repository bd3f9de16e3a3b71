#!/usr/bin/env bash
# Docker Compose v2 as a plugin of the docker command, from Debian forky; one that is there is used as it is.
source "$(dirname "$0")/lib.sh"
dir=$engines_home/compose
plugins=${DOCKER_CONFIG:-$HOME/.docker}/cli-plugins

if ! docker compose version >/dev/null 2>&1; then
  if ! is_built compose; then
    rm -rf "$dir" && mkdir -p "$dir"
    debian_package "$dir" forky docker-compose
    mark_built compose
  fi
  mkdir -p "$plugins"
  ln -sfn "$dir/usr/libexec/docker/cli-plugins/docker-compose" "$plugins/docker-compose"
fi

docker compose version --short | sed 's/^/docker compose /'
