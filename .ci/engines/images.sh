#!/usr/bin/env bash
# images.sh ENGINE...: container images NAME:local of built engines, which answer as the engines' official images do.
# They are imported, not built: there may be no registry to take a base image from.
source "$(dirname "$0")/lib.sh"

# import_image ENGINE TAR_ARGUMENT...: the files as the image ENGINE:local, configured by the Dockerfile lines on stdin.
import_image() {
  local image=$1:local recipe lines changes=()
  # The place too: an environment names it.
  recipe=$({ echo "$engines_home"; cat "$engines_home/$1/.recipe" "$engines_dir/images.sh"; } | sha256sum | cut -d' ' -f1)
  shift
  [[ $(docker image inspect -f '{{index .Config.Labels "recipe"}}' "$image" 2>/dev/null) != "$recipe" ]] || return 0
  docker image rm -f "$image" >/dev/null 2>&1 || true # else an outdated one stays behind, nameless, on the disk
  mapfile -t lines
  for line in "${lines[@]}" "LABEL recipe=$recipe"; do changes+=(--change "$line"); done
  tar -c --exclude='./dev/*' --exclude='./proc/*' --exclude='./sys/*' --exclude='./usr/share/doc/*' \
    --exclude='./var/cache/apt/*' --exclude='./var/lib/apt/lists/*' "$@" | docker import "${changes[@]}" - "$image" >/dev/null
}

# The Debian of this machine, for what was compiled on it or uses its Python.
base=$engines_home/debian
base_root() {
  local packages=(ca-certificates libnuma1 libstdc++6 python3)
  [[ $(cat "$base.packages" 2>/dev/null) != "${packages[*]}" ]] || return 0
  debian_root "$base" "$(. /etc/os-release && echo "$VERSION_CODENAME")" "${packages[@]}"
  echo "${packages[*]}" >"$base.packages"
}

for engine in "$@"; do
  is_built "$engine" || { echo "no $engine to make an image of: run $engine.sh first" >&2; exit 1; }
  case $engine in
    llama-server)
      import_image llama-server -C "$engines_home/llama-server/root" . <<'EOF'
ENV LLAMA_ARG_HOST=0.0.0.0
ENTRYPOINT ["llama-server"]
EOF
      ;;
    ollama)
      base_root
      import_image ollama --transform 's,^ollama$,./usr/bin/ollama,' \
        -C "$base" . -C "$engines_home/ollama/bin" ollama <<'EOF'
ENV OLLAMA_HOST=0.0.0.0:11434
EXPOSE 11434
ENTRYPOINT ["ollama"]
CMD ["serve"]
EOF
      ;;
    vllm)
      # The environment keeps its path, which its scripts name.
      env=$engines_home/vllm/venv
      base_root
      import_image vllm -C "$base" . -C / ".$env" <<EOF
ENV PATH=$env/bin:/usr/local/bin:/usr/bin:/bin
EXPOSE 8000
ENTRYPOINT ["vllm","serve"]
EOF
      ;;
    *) echo "no image of '$engine' is known" >&2; exit 1 ;;
  esac
  docker image ls --format '{{.Repository}}:{{.Tag}} {{.Size}}' "$engine:local"
done
