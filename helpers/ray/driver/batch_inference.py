"""One configuration of batch inference with Ray Data and vLLM: the driver of a Ray job.

Reads from its working folder `job.json` (a JobSettings) and `rows.jsonl` (one Row a line), and tells what happens as lines
`<prefix> <json>` on its standard output. The prefix comes with the settings and is another one for every job, so that no
line of Ray, of vLLM or of a model's answer is taken for one. Ends with exit code 1 after a line that says why.
"""

import json
import os
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypedDict

import ray
from ray.data.llm import build_processor, vLLMEngineProcessorConfig


class Row(TypedDict):
    id: str
    messages: list[dict[str, str]]
    max_tokens: int


class JobSettings(TypedDict):
    prefix: str
    model: str
    """A folder that every node has, or a name of Hugging Face."""
    batch_size: int
    replicas: int
    batches_in_flight: int
    """At each replica."""
    engine_arguments: dict[str, Any]
    environment: dict[str, str]
    """Of the workers."""
    bundle: dict[str, float]
    """What one worker of a replica takes of the cluster; a replica has one for each part of the model."""


# The stages beside the engine prepare text. A whole CPU for each of them would leave none for the engines of a small cluster.
SMALL_STAGE = {"num_cpus": 0.1, "concurrency": 1}


def say(prefix: str, event: str, **details: Any) -> None:
    """One write a line, on a line of its own: others write to the same file."""
    line = json.dumps({"event": event, "atMs": time.time() * 1000, **details}, separators=(",", ":"))
    os.write(sys.stdout.fileno(), f"\n{prefix} {line}\n".encode())


def read_rows() -> list[Row]:
    with open("rows.jsonl", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def processor_config(job: JobSettings) -> vLLMEngineProcessorConfig:
    return vLLMEngineProcessorConfig(
        model_source=job["model"],
        engine_kwargs=job["engine_arguments"],
        # A pair: a single number lets Ray begin with one replica and add the others when it sees fit.
        concurrency=(job["replicas"], job["replicas"]),
        batch_size=job["batch_size"],
        max_concurrent_batches=job["batches_in_flight"],
        # A row that fails comes back with its error, and the others come back as well.
        should_continue_on_error=True,
        placement_group_config={"bundle_per_worker": job["bundle"]},
        # Otherwise vLLM refuses to start: "RayPrometheusMetric requires Ray to be installed".
        log_engine_metrics=False,
        chat_template_stage=SMALL_STAGE,
        # vLLM does both itself, and each would be a process more.
        tokenize_stage=False,
        detokenize_stage=False,
        runtime_env={"env_vars": job["environment"]},
    )


def prepared(row: dict[str, Any]) -> dict[str, Any]:
    sampling = {"max_tokens": int(row["max_tokens"]), "ignore_eos": True, "temperature": 1.0}
    return {"messages": row["messages"], "sampling_params": sampling}


def counted(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "num_input_tokens": row["num_input_tokens"],
        "num_generated_tokens": row["num_generated_tokens"],
        "time_taken_llm": row["time_taken_llm"],
    }


def blocks(job: JobSettings, rows: list[Row]) -> Iterator[list[dict[str, Any]]]:
    """Rows as they come out of the pipeline, a batch of the engine at a time."""
    pieces = max(1, -(-len(rows) // job["batch_size"]))
    processor = build_processor(
        processor_config(job),
        preprocess=prepared,
        postprocess=counted,
        preprocess_map_kwargs={"num_cpus": 0.1},
        postprocess_map_kwargs={"num_cpus": 0.1},
    )
    dataset = processor(ray.data.from_items(rows, override_num_blocks=pieces))
    for block in dataset.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0):
        yield block.to_pylist()


def told(row: dict[str, Any]) -> dict[str, Any]:
    error = row.get("__inference_error__") or None
    if error is not None:
        return {"id": row["id"], "error": error}
    return {
        "id": row["id"],
        "promptTokens": row["num_input_tokens"],
        "completionTokens": row["num_generated_tokens"],
        "tookMs": row["time_taken_llm"] * 1000,
    }


def run(job: JobSettings) -> None:
    prefix = job["prefix"]
    rows = read_rows()
    ray.init()
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    # All replicas first, so that the start of the slowest is no part of the run; a cluster that is too small is seen before.
    context.wait_for_min_actors_s = 3600
    # An engine that cannot start would not start the next time either, and each time takes minutes.
    context.max_consecutive_actor_init_deaths = 0
    say(prefix, "started", rows=len(rows))
    for block in blocks(job, rows):
        say(prefix, "block", rows=[told(row) for row in block])
    say(prefix, "end")


def main() -> None:
    job: JobSettings = json.loads(Path("job.json").read_text(encoding="utf-8"))
    try:
        run(job)
    except Exception as error:
        say(job["prefix"], "failure", type=type(error).__name__, message=traceback.format_exc())
        sys.exit(1)


if __name__ == "__main__":
    main()
