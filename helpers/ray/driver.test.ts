import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { EventReader } from './driver-event.ts'

const driver = fileURLToPath(new URL('./driver/batch_inference.py', import.meta.url))
const python = spawnSync('python3', ['--version']).status === 0

/** Ray Data as far as the driver uses it: rows go through, one prompt is refused, and "broken" fails the pipeline. */
const ray = {
  '__init__.py': 'def init(): pass\nfrom . import data\n',
  'data/__init__.py': `
class DataContext:
    @staticmethod
    def get_current(): return DataContext()

class Dataset:
    def __init__(self, blocks): self.blocks = blocks
    def iter_batches(self, **_):
        for block in self.blocks: yield Block(block)

class Block(list):
    def to_pylist(self): return list(self)

def from_items(rows, override_num_blocks):
    size = -(-len(rows) // override_num_blocks)
    return Dataset([rows[i:i + size] for i in range(0, len(rows), size)])
`,
  'data/llm.py': `
from . import Dataset

def vLLMEngineProcessorConfig(**settings): return settings

def build_processor(config, preprocess, postprocess, **_):
    def answer(row):
        data = {**row, **preprocess(row)}
        if row["id"] == "refused": return {**data, "__inference_error__": "ValueError: too long"}
        n = data["sampling_params"]["max_tokens"]
        return {**postprocess({**data, "num_input_tokens": 3, "num_generated_tokens": n, "time_taken_llm": 0.5}), "__inference_error__": ""}
    if config["model_source"] == "broken": raise RuntimeError("Engine core initialization failed.")
    return lambda dataset: Dataset([[answer(row) for row in block] for block in dataset.blocks])
`,
}

function run(model: string) {
  const folder = mkdtempSync(join(tmpdir(), 'perf-driver-'))
  try {
    const job = {
      ...{ prefix: 'perf-1', model, batch_size: 2, replicas: 1, batches_in_flight: 1 },
      ...{ engine_arguments: {}, environment: {}, bundle: { CPU: 1 } },
    }
    const rows = ['a', 'refused', 'c'].map(id => ({ id, messages: [{ role: 'user', content: 'hi' }], max_tokens: 4 }))
    const files: Record<string, string> = {
      'job.json': JSON.stringify(job),
      'rows.jsonl': rows.map(row => `${JSON.stringify(row)}\n`).join(''),
      'batch_inference.py': readFileSync(driver, 'utf8'),
    }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    for (const [name, text] of Object.entries(ray)) {
      mkdirSync(join(folder, 'ray', dirname(name)), { recursive: true })
      writeFileSync(join(folder, 'ray', name), text)
    }
    const { status, stdout } = spawnSync('python3', ['-B', 'batch_inference.py'], { cwd: folder, encoding: 'utf8' })
    return { status, events: new EventReader('perf-1').take(stdout) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test.skipIf(!python)('rows come out in blocks, and one that fails with its error', () => {
  const { status, events } = run('some')
  expect(status).toBe(0)
  expect(events).toMatchObject([
    { event: 'started', rows: 3 },
    {
      event: 'block',
      rows: [
        { id: 'a', promptTokens: 3, completionTokens: 4, tookMs: 500 },
        { id: 'refused', error: 'ValueError: too long' },
      ],
    },
    { event: 'block', rows: [{ id: 'c' }] },
    { event: 'end' },
  ])
})

test.skipIf(!python)('what fails it is its last word', () => {
  const { status, events } = run('broken')
  expect(status).toBe(1)
  expect(events).toMatchObject([
    { event: 'started' },
    {
      event: 'failure',
      type: 'RuntimeError',
      message: expect.stringContaining('RuntimeError: Engine core initialization failed.'),
    },
  ])
})
