#!/usr/bin/env bash
# Ollama, compiled from its Go module.
source "$(dirname "$0")/lib.sh"
version=0.17.4
dir=$engines_home/ollama

if ! is_built ollama; then
  command -v go >/dev/null || { echo "Ollama is compiled here, which needs Go 1.24 or newer in PATH" >&2; exit 1; }
  # The module lacks three vendored C headers. Debian has two of them where the compiler looks; the third comes with a Go module.
  apt_install nlohmann-json3-dev libstb-dev g++
  mkdir -p "$dir/include/miniaudio"
  malgo=$(cd "$dir" && go mod download -json github.com/gen2brain/malgo@v0.11.24 | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  cp --remove-destination "$malgo/miniaudio.h" "$dir/include/miniaudio"
  # A release has libraries for each kind of CPU; a build of the module has one, for the oldest, which is half as fast.
  optimised=-O2
  grep -qw avx2 /proc/cpuinfo && optimised+=' -march=x86-64-v3'
  # A build of the module reports version 0.0.0 unless told.
  # Without debug information, which cgo asks for by default, the compiler has less to do.
  CGO_ENABLED=1 CGO_CPPFLAGS="-I$dir/include" CGO_CFLAGS="$optimised" CGO_CXXFLAGS="$optimised" GOBIN="$dir/bin" \
    go install -trimpath -ldflags "-s -w -X=github.com/ollama/ollama/version.Version=$version" "github.com/ollama/ollama@v$version"
  mark_built ollama
fi

link ollama bin/ollama
"$engines_home/bin/ollama" --version 2>&1 | sed -n 's/.*version is /ollama /p'
