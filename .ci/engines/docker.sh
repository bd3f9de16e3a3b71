#!/usr/bin/env bash
# A Docker daemon that answers; one that already runs is used as it is. It outlives this script.
source "$(dirname "$0")/lib.sh"

answers() { docker info >/dev/null 2>&1; }

if ! answers; then
  apt_install docker.io
  # Outside a login session nothing starts it, so it is started here (docker.io's own service where there is one).
  setsid nohup dockerd >"$engines_home/log/dockerd.log" 2>&1 </dev/null &
  daemon=$!
  until answers; do
    # setsid execs: the process id stays that of the daemon.
    kill -0 "$daemon" 2>/dev/null || answers || { tail -n 20 "$engines_home/log/dockerd.log" >&2; exit 1; }
    ((SECONDS < 60)) || { echo "dockerd does not answer after 60 s" >&2; tail -n 20 "$engines_home/log/dockerd.log" >&2; exit 1; }
    sleep 0.2
  done
fi

docker version --format 'docker {{.Server.Version}}'
