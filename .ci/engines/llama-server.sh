#!/usr/bin/env bash
# llama-server and its companions, from Debian forky, made to run on the host as plain processes.
source "$(dirname "$0")/lib.sh"
dir=$engines_home/llama-server
root=$dir/root
programs=(llama-server llama-quantize llama-cli llama-bench)

if ! is_built llama-server; then
  apt_install patchelf
  debian_root "$root" forky llama.cpp-tools

  # One folder with the programs, every library that they load (forky's C library too), and the compute backends beside the
  # programs, where ggml looks for them. A chroot would hide the host's paths from the engine and its /proc entries from the sampler.
  rm -rf "${dir:?}"/{lib,llama-*,*.so} && mkdir "$dir/lib"
  backends=$(cd "$root" && echo usr/lib/*/ggml/backends*)
  cp "${programs[@]/#/$root/usr/bin/}" "$root/$backends"/*.so "$dir"
  chroot "$root" sh -c 'ldd "$@"' sh "${programs[@]/#//usr/bin/}" $(cd "$root" && echo "$backends"/*.so) |
    grep -oP '/\S+(?= \(0x)' | sort -u | while read -r library; do cp -L "$root$library" "$dir/lib"; done

  # An rpath of the program's own (the old kind, DT_RPATH) holds for all that is loaded, unless a library has one itself.
  patchelf --remove-rpath "$dir"/lib/lib{llama,mtmd,ggml}* "$dir"/*.so
  for program in "${programs[@]}"; do
    patchelf --force-rpath --set-rpath '$ORIGIN/lib' --set-interpreter "$dir/lib/ld-linux-x86-64.so.2" "$dir/$program"
  done
  mark_built llama-server
fi

link llama-server "${programs[@]}"
"$engines_home/bin/llama-server" --version 2>&1 | sed -n 's/^version: /llama-server /p'
