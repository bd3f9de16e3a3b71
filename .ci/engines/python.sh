# python_env ENGINE: a virtual environment with what ENGINE.requirements.txt pins. Sourced after lib.sh.
python_env() {
  local env=$engines_home/$1/venv uv=$engines_home/uv
  # Debian's Python, not another one in PATH: the image of an engine has the same.
  apt_install python3-venv
  if [[ ! -x $uv/bin/uv ]]; then
    rm -rf "$uv"
    /usr/bin/python3 -m venv "$uv"
    "$uv/bin/pip" install -q uv==0.13.8
  fi
  rm -rf "$env"
  "$uv/bin/uv" venv -q --no-project --python /usr/bin/python3 "$env"
  "$uv/bin/uv" pip install --python "$env/bin/python" --no-deps -r "$engines_dir/$1.requirements.txt"
}
