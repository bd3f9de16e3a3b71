#!/usr/bin/env bash
# transformers with `transformers serve` in a virtual environment of its own.
source "$(dirname "$0")/lib.sh"
source "$engines_dir/python.sh"
env=$engines_home/transformers/venv

if ! is_built transformers; then
  python_env transformers
  "$env/bin/transformers" version
  mark_built transformers
fi

link transformers venv/bin/transformers
"$env/bin/python" -c 'from importlib.metadata import version; print("transformers", version("transformers"))'
