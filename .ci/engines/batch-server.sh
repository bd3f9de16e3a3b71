#!/usr/bin/env bash
# OGX, a server of the OpenAI Batch API to put in front of an engine: batch-server ENGINE_URL PORT [CONCURRENCY].
source "$(dirname "$0")/lib.sh"
dir=$engines_home/batch-server
root=$dir/root

if ! is_built batch-server; then
  debian_root "$root" trixie python3 ca-certificates
  # The machine's own Python runs uv; the packages are for the Python in the root.
  uv=$dir/uv
  rm -rf "$uv"
  apt_install python3-venv
  /usr/bin/python3 -m venv "$uv"
  "$uv/bin/pip" install -q uv==0.13.8
  "$uv/bin/uv" pip install -q --no-deps --only-binary :all: --python-version 3.13 --target "$root/opt/ogx" \
    -r "$engines_dir/batch-server.requirements.txt"
  cp "$engines_dir/batch-server.yaml" "$root/opt/"

  cat >"$dir/batch-server" <<EOF
#!/bin/sh
# batch-server ENGINE_URL PORT [CONCURRENCY]: serves /v1/files and /v1/batches on that port of 127.0.0.1, and sends the
# lines of a batch to the engine, so many at once (8). What it kept of its last start is gone.
rm -rf "$root/var/lib/batch-server-\$2"
exec env -i PATH=/usr/sbin:/usr/bin HOME=/root PYTHONPATH=/opt/ogx ENGINE_URL="\$1" CONCURRENCY="\${3:-8}" \\
  STATE="/var/lib/batch-server-\$2" chroot "$root" python3 -m ogx.cli.ogx run /opt/batch-server.yaml --port "\$2" --insecure
EOF
  chmod +x "$dir/batch-server"
  mark_built batch-server
fi

link batch-server batch-server
chroot "$root" env PYTHONPATH=/opt/ogx python3 -c 'from importlib.metadata import version; print("ogx", version("ogx"))'
