#!/usr/bin/env bash
# Ray with Ray Data and the Jobs API, added to the environment of vLLM: its workers run vLLM in their own processes.
source "$(dirname "$0")/lib.sh"
env=$engines_home/vllm/venv

"$engines_dir/vllm.sh"
# An environment that was made anew has no Ray, whatever the mark says.
if ! is_built ray || [[ ! -x $env/bin/ray ]]; then
  mkdir -p "$engines_home/ray"
  "$engines_home/uv/bin/uv" pip install --python "$env/bin/python" --no-deps -r "$engines_dir/ray.requirements.txt"
  # Once through the imports of a job, which also compiles them: the first one is then no slower than the others.
  RAY_USAGE_STATS_ENABLED=0 "$env/bin/python" -c 'import ray.data.llm, ray.dashboard.dashboard'
  mark_built ray
fi

link vllm venv/bin/ray
"$env/bin/python" -c 'from importlib.metadata import version; print("ray", version("ray"))'
