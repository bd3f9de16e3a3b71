import { describe } from 'vitest'
import { count, expect, gibibytes, percent, test as perfTest, seconds, sizes, times } from '../../helpers/index.ts'
import { rowsUnderTest, type TuningRow, type TuningRun } from '../../helpers/tuning/index.ts'
import { measureMatrix, type TuningPlan, type TuningStudy } from './matrix-study.ts'

/** On the plan's machine, and on others. */
const memory = {
  gpu: { bytes: gibibytes(11), share: percent(92) },
  host: { bytes: gibibytes(85), share: percent(90) },
} as const
const limits = { ttft: seconds(2), gain: times(1.5) } as const

const rows = rowsUnderTest()

const plan = sizes<Omit<TuningPlan, 'rows' | 'seed' | 'memory'>>({
  full: {
    models: ['Qwen/Qwen2.5-7B-Instruct-AWQ', 'qwen2.5-7b'],
    contextTokens: 32_768,
    coldStarts: 'every row',
    single: { promptTokens: 16, outputTokens: 100, requests: 11 },
    concurrent: { atOnce: 100, rounds: 6, promptTokens: 128, outputTokens: 128 },
    long: {
      prompts: [
        { name: '8K', tokens: 8192 },
        { name: '16K', tokens: 16_384 },
        { name: '32K', tokens: 32_768 },
      ],
      outputTokens: 64,
      requests: 11,
    },
    prefix: { promptTokens: 2048, sharedTokens: 1920, outputTokens: 8, requests: 11 },
  },
  standard: {
    models: ['qwen2.5-0.5b'],
    contextTokens: 8192,
    coldStarts: 'every row',
    single: { promptTokens: 16, outputTokens: 16, requests: 11 },
    concurrent: { atOnce: 100, rounds: 1, promptTokens: 32, outputTokens: 16 },
    long: {
      prompts: [
        { name: '8K', tokens: 2048 },
        { name: '16K', tokens: 4096 },
        { name: '32K', tokens: 8192 },
      ],
      outputTokens: 4,
      requests: 2,
    },
    prefix: { promptTokens: 1024, sharedTokens: 960, outputTokens: 4, requests: 6 },
  },
  quick: {
    models: ['qwen2.5-0.5b'],
    contextTokens: 1024,
    coldStarts: 'baseline',
    single: { promptTokens: 8, outputTokens: 2, requests: 11 },
    concurrent: { atOnce: 100, rounds: 1, promptTokens: 8, outputTokens: 4 },
    long: {
      prompts: [
        { name: '8K', tokens: 256 },
        { name: '16K', tokens: 512 },
        { name: '32K', tokens: 1024 },
      ],
      outputTokens: 2,
      requests: 1,
    },
    prefix: { promptTokens: 192, sharedTokens: 168, outputTokens: 2, requests: 5 },
  },
})

const test = perfTest.extend('study', { scope: 'file' }, ({ lab }) =>
  lab.study('004.matrix', () => measureMatrix(lab, { ...plan, memory, rows, seed: 4 })),
)

const runOf = ({ runs }: TuningStudy, { id }: TuningRow): TuningRun => {
  const run = runs.find(({ row }) => row.id === id)
  if (!run) throw new TypeError(`row ${id} is not in the matrix`)
  return run
}

describe.for(rows)('004 · $title', row => {
  test('1 · time from start to ready, warm and cold', ({ study }) => {
    expect(runOf(study, row).warmStart).toBeMeasured()
    expect(runOf(study, row).coldStart).toBeMeasured()
  })

  test('2 · TTFT of a single request', ({ study }) => {
    expect(runOf(study, row).ttft).toBeMeasured()
  })

  test('3 · tokens a second of 100 concurrent requests', ({ study }) => {
    expect(runOf(study, row).throughput).toBeMeasured()
  })

  test('4 · TTFT and tokens a second of long prompts', ({ study }) => {
    const { longContext } = runOf(study, row)
    for (const { prefillRate } of longContext) expect(prefillRate).toBeMeasured()
    for (const { ttft } of longContext.slice(1)) expect(ttft).toBeMeasured()
  })

  test('4 · TTFT < 2 s with a prompt of 8K', ({ study }) => {
    const [of8K] = runOf(study, row).longContext
    expect(of8K?.ttft).toStayBelow(limits.ttft, { wholeModel: true })
  })

  test('5 · TTFT with a prefix that was sent before', ({ study }) => {
    expect(runOf(study, row).prefixReuse).toBeMeasured()
  })

  test('6 · GPU memory under load < 11 of 12 GB', ({ study }) => {
    expect(runOf(study, row).gpuMemory).toStayBelow(study.limits.gpu, { wholeModel: true })
  })

  test('6 · host memory under load < 85 of 94 GB', ({ study }) => {
    expect(runOf(study, row).hostMemory).toStayBelow(study.limits.host, { wholeModel: true })
  })

  test('no OOM and no crash under load', ({ study }) => {
    expect(runOf(study, row).failures).toBeAtMost(count(0))
  })
})

describe('004 · the matrix', () => {
  test('the baseline is as fast at the end as at the start', ({ study }) => {
    expect(study.drift).toBeMeasured()
  })

  test('one configuration is recommended', ({ study }) => {
    expect(study.recommended).toBeMeasured()
    expect(study.gain).toBeMeasured()
  })

  test('it answers more than 1.5 × the tokens a second of the baseline', ({ study }) => {
    expect(study.gainOnGpu).toReach(limits.gain, { wholeModel: true })
  })

  test('the best size of a KV cache in host memory', ({ study }) => {
    expect(study.offload).toBeMeasured()
  })

  test('the recommended configuration is ready to deploy', ({ study }) => {
    expect(study.deployment).toBeMeasured()
  })
})
