# What the engine scripts share. Sourced, not run.
set -euo pipefail

engines_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
engines_home=${ENGINES_HOME:-$HOME/.cache/vitest-llm-perf/engines}
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

# debian_mirror: the one that apt is configured with.
debian_mirror() {
  local mirror
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Label: Debian' 'Identifier: Packages' | sed -n 1p)
  [[ -n $mirror ]] || { echo "apt has no Debian mirror configured (or apt-get update has never run)" >&2; return 1; }
  echo "$mirror"
}

# debian_root DIR SUITE PACKAGE...: a minimal Debian of that suite with these packages.
debian_root() {
  local dir=$1 suite=$2 mirror
  shift 2
  apt_install debootstrap
  mirror=$(debian_mirror)
  rm -rf "$dir"
  # The last argument: an older debootstrap has no script of a newer suite's name, and sid's serves for all.
  debootstrap --variant=minbase --include="$(IFS=,; echo "$*")" "$suite" "$dir" "$mirror" sid
}

# debian_package DIR SUITE PACKAGE: its files alone, unpacked into DIR. This machine's own list of packages stays as it is.
debian_package() {
  local dir=$1 suite=$2 package=$3 apt=$1.apt mirror options
  mirror=$(debian_mirror)
  rm -rf "$apt"
  mkdir -p "$apt"/{lists,cache/archives}/partial
  touch "$apt/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$apt/sources.list"
  options=(-o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=- -o Dir::State::Lists="$apt/lists"
    -o Dir::State::Status="$apt/status" -o Dir::Cache="$apt/cache" -o Acquire::Languages=none -o APT::Sandbox::User=root)
  apt-get "${options[@]}" -q update
  (cd "$apt" && apt-get "${options[@]}" -q download "$package")
  dpkg-deb -x "$apt"/*.deb "$dir"
  rm -r "$apt"
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
