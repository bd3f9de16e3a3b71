import { describe, expect, test } from 'vitest'
import recorded from './start-logs.data.json' with { type: 'json' }
import { startPhases } from './start-phases.ts'

const vllm = recorded['vllm 0.32.0, CPU']

describe('vLLM', () => {
  test('by the times of its lines up to the model, and then by its own seconds', () => {
    expect(startPhases(vllm.baseline.lines)).toEqual([
      { name: 'engine process', ms: 11_000 },
      { name: 'workers', ms: 15_000 },
      { name: 'model', ms: 374 },
      { name: 'weights', ms: 10 },
      { name: 'KV cache and warm-up', ms: 2860 },
    ])
  })

  // Lines as 0.32.0's source formats them: nothing was compiled or captured here.
  test('on GPUs: no phase inside another, of several workers the slowest', () => {
    const worker = (rank: number, line: string): string =>
      `(Worker_TP${rank} pid=${rank}) INFO 11-21 13:18:45 [x.py:1] ${line}`
    const lines = [
      worker(0, 'Loading weights took 20.50 seconds'),
      worker(1, 'Loading weights took 24.00 seconds'),
      worker(0, 'Model loading took 12.66 GiB memory and 31.500000 seconds'),
      worker(0, 'torch.compile took 9.25 s in total'),
      worker(0, 'Graph capturing finished in 15 secs, took 0.73 GiB'),
      '(EngineCore pid=3) INFO 11-21 13:19:30 [core.py:396] init engine (profile, create kv cache, warmup model) took 40.50 s (compilation: 9.25 s)',
    ]
    expect(startPhases(lines)).toEqual([
      { name: 'model', ms: 7500 },
      { name: 'weights', ms: 24_000 },
      { name: 'compilation', ms: 9250 },
      { name: 'graph capture', ms: 15_000 },
      { name: 'KV cache and warm-up', ms: 16_250 },
    ])
  })

  test('a start that failed tells as far as it came', () => {
    expect(startPhases(vllm.d.lines).map(({ name }) => name)).toEqual(['engine process', 'workers', 'model', 'weights'])
    expect(startPhases(vllm.b.lines)).toEqual([])
  })
})

test('llama-server, by the times of its lines', () => {
  expect(startPhases(recorded['llama-server 0.7.0'].start.lines)).toEqual([
    { name: 'program', ms: 23 },
    { name: 'weights and KV cache', ms: 828 },
    { name: 'warm-up', ms: 4834 },
    { name: 'slots', ms: 3 },
  ])
})

describe('Ollama: the server that was started last', () => {
  test.for([
    ['0.17.4', [1, 39, 320]],
    ['0.33.0-rc2', [7, 167, 1020]],
  ] as const)('%s', ([version, times]) => {
    const { lines } = recorded[`ollama ${version}`].baseline
    expect(startPhases(lines)).toEqual(
      ['server', 'looking for GPUs', 'model'].map((name, index) => ({ name, ms: times[index] })),
    )
  })

  test('without a load there is none of a model', () => {
    const { lines } = recorded['ollama 0.17.4'].baseline
    const first = lines.slice(
      0,
      lines.findLastIndex(line => line.includes('msg="server config"')),
    )
    expect(startPhases(first).map(({ name }) => name)).toEqual(['server', 'looking for GPUs'])
  })
})

test('a log that says nothing has no phases', () => {
  expect(startPhases([])).toEqual([])
  expect(startPhases(['INFO:     Application startup complete.'])).toEqual([])
})
