# What the engine scripts share. Sourced, not run.
set -euo pipefail

engines_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
engines_home=${PERF_ENGINES_HOME:-$HOME/.cache/vitest-llm-perf/engines}
mkdir -p "$engines_home"/{bin,log}

# apt_install PACKAGE...: installs what is missing. apt allows one user at a time, and the engines are installed side by side.
apt_install() {
  local package missing=()
  for package in "$@"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  ((EUID == 0)) || { echo "only root can install the Debian packages ${missing[*]}" >&2; return 1; }
  flock "$engines_home/apt.lock" sh -c '
    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends "$@"' sh "${missing[@]}"
}

# debian_root DIR SUITE PACKAGE...: a minimal Debian of that suite with these packages, from the mirror that apt is configured with.
debian_root() {
  local dir=$1 suite=$2 mirror
  shift 2
  apt_install debootstrap
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Label: Debian' 'Identifier: Packages' | sed -n 1p)
  [[ -n $mirror ]] || { echo "apt has no Debian mirror configured (or apt-get update has never run)" >&2; return 1; }
  rm -rf "$dir"
  # The last argument: an older debootstrap has no script of a newer suite's name, and sid's serves for all.
  debootstrap --variant=minbase --include="$(IFS=,; echo "$*")" "$suite" "$dir" "$mirror" sid
}

# recipe ENGINE: identifies how an engine is made, so that a changed script or list of packages makes it anew.
recipe() { cat "$engines_dir/$1".* | sha256sum | cut -d' ' -f1; }
is_built() { [[ $(cat "$engines_home/$1/.recipe" 2>/dev/null) == "$(recipe "$1")" ]]; }
mark_built() { recipe "$1" >"$engines_home/$1/.recipe"; }

# link ENGINE FILE...: puts programs of an engine's folder into bin/.
link() {
  local engine=$1 file
  shift
  for file in "$@"; do ln -sfn "../$engine/$file" "$engines_home/bin/${file##*/}"; done
}
