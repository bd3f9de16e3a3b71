import { describe, expect, test } from 'vitest'
import type { ConfigurationRun, RanThrough } from '../batch-inference/configuration-run.ts'
import { type BatchConfiguration, configurationsFrom, parseConfigurations, scaled } from '../configurations/index.ts'
import { absent, measured } from '../measured.ts'
import {
  type Recommendation,
  type RecommendationRole,
  recommend,
  recommendationsAsYaml,
  recommendationTable,
  safeGpuBytes,
} from './index.ts'

const GIB = 2 ** 30
const GPU = 'GPU memory of the engine'

const SMALL = { batchDivisor: 32, samples: 64, promptTokens: 16, maxTokens: 8 }

const planned = configurationsFrom(null)

const named = (name: string): BatchConfiguration =>
  planned.find(each => each.name === name) ?? expect.unreachable(`there is no ${name}`)

interface Seen extends Partial<Omit<RanThrough, 'state' | 'blocks'>> {
  /** Requests a second, the same in all blocks unless `noise` (a share) is given. */
  rate: number
  noise?: number
  gibibytes?: number
}

/** 100 blocks of so many requests as are outstanding, every other one slower and faster by the noise. */
function ran(name: string, { rate, noise = 0, gibibytes, ...more }: Seen, run: Partial<ConfigurationRun> = {}) {
  const configuration = named(name)
  const { batchSize, concurrency } = configuration.inference
  const requests = batchSize * concurrency
  let endMs = 0
  const blocks = Array.from({ length: 100 }, (_, i) => {
    endMs += (1000 * requests * (i % 2 === 0 ? 1 + noise : 1 - noise)) / rate
    return { endMs, requests, completionTokens: 100 * requests }
  })
  const outcome: RanThrough = {
    state: 'ran',
    atOnce: 4,
    durationMs: endMs,
    startUpMs: 0,
    completed: 100 * requests,
    failed: 0,
    failures: {},
    promptTokens: 0,
    completionTokens: 10_000 * requests,
    blocks,
    accounts: { missing: [], twice: [], unknown: [] },
    peakMemory: gibibytes === undefined ? absent('no GPU') : measured({ domain: GPU, bytes: gibibytes * GIB }),
    disturbance: null,
    ...more,
  }
  const found: ConfigurationRun = {
    configuration,
    planned: configuration,
    ranOn: 'http',
    scale: 1,
    remarks: [],
    outcome,
    ...run,
  }
  return found
}

function of(role: RecommendationRole, runs: readonly ConfigurationRun[]): Recommendation {
  return recommend(runs).find(each => each.role === role) ?? expect.unreachable(`there is no ${role}`)
}

/** Which configuration is recommended for it. */
function chosen(role: RecommendationRole, runs: readonly ConfigurationRun[]): string {
  const found = of(role, runs)
  return found.state === 'recommended' ? found.run.planned.name : found.reason
}

/** 256, 512, 1,024 and 4,096 requests outstanding; the knee is at 1,024. */
const knee = [
  ran('baseline-128x2', { rate: 100, gibibytes: 2 }),
  ran('baseline-256x2', { rate: 160, gibibytes: 3 }),
  ran('sla-256x4', { rate: 280, gibibytes: 4 }),
  ran('stress-256x16', { rate: 300, gibibytes: 16 }),
]

describe('high throughput', () => {
  test('is the highest rate', () => {
    expect(chosen('high throughput', knee)).toBe('stress-256x16')
  })

  test('is not a higher one that is less certain', () => {
    const noisy = ran('baseline-512x2', { rate: 310, noise: 0.9 })
    expect(chosen('high throughput', [...knee, noisy])).toBe('stress-256x16')
    const certain = ran('baseline-512x2', { rate: 310 })
    expect(chosen('high throughput', [...knee, certain])).toBe('baseline-512x2')
  })
})

describe('production', () => {
  test('is the knee: the fewest requests outstanding at 90 % of the best rate', () => {
    expect(chosen('production', knee)).toBe('sla-256x4')
    const slower = knee.with(2, ran('sla-256x4', { rate: 269, gibibytes: 4 }))
    expect(chosen('production', slower)).toBe('stress-256x16')
  })

  test('has the benefit of the doubt where its interval reaches 90 %', () => {
    const noisy = knee.with(2, ran('sla-256x4', { rate: 265, noise: 0.3 }))
    expect(chosen('production', noisy)).toBe('sla-256x4')
  })

  test('of two with as many requests outstanding is the faster one', () => {
    const same = ran('baseline-512x2', { rate: 290 })
    expect(chosen('production', [...knee, same])).toBe('baseline-512x2')
  })
})

describe('memory-conservative', () => {
  test('is the least peak memory', () => {
    expect(chosen('memory-conservative', knee)).toBe('baseline-128x2')
  })

  test('of peaks within 2 % is the fastest', () => {
    const close = knee.with(1, ran('baseline-256x2', { rate: 160, gibibytes: 2.03 }))
    expect(chosen('memory-conservative', close)).toBe('baseline-256x2')
    const further = knee.with(1, ran('baseline-256x2', { rate: 160, gibibytes: 2.05 }))
    expect(chosen('memory-conservative', further)).toBe('baseline-128x2')
  })

  test('is not recommended where no memory is known, or memory of two kinds', () => {
    const unknown = [ran('baseline-128x2', { rate: 100 }), ran('baseline-256x2', { rate: 160 })]
    expect(chosen('memory-conservative', unknown)).toBe('peak memory is not known: no GPU')
    const peakMemory = measured({ domain: 'host memory of the engine (RSS)', bytes: GIB })
    const mixed = [...knee, ran('baseline-512x2', { rate: 200, peakMemory })]
    expect(chosen('memory-conservative', mixed)).toContain('cannot be compared')
    expect(of('production', mixed).state).toBe('recommended')
  })
})

describe('only sound runs of one model are compared', () => {
  const sound = { missing: [], twice: [], unknown: [] }

  test.for<[string, Partial<Seen>]>([
    ['a failed request', { failed: 1 }],
    ['a lost row', { accounts: { ...sound, missing: ['7'] } }],
    ['a row that came twice', { accounts: { ...sound, twice: ['7'] } }],
    ['a row that nobody sent', { accounts: { ...sound, unknown: ['7'] } }],
  ])('not one with %s', ([, fault]) => {
    const fast = ran('baseline-512x2', { rate: 900 })
    expect(chosen('high throughput', [...knee, fast])).toBe('baseline-512x2')
    const faulty = ran('baseline-512x2', { rate: 900, ...fault })
    expect(chosen('high throughput', [...knee, faulty])).toBe('stress-256x16')
  })

  test('not one of another model, scale or stack', () => {
    const others = [
      ran('large-7b-64x2', { rate: 900 }),
      ran('baseline-512x2', { rate: 900 }, { scale: 16 }),
      ran('baseline-512x2', { rate: 900 }, { ranOn: 'ray' }),
    ]
    expect(chosen('high throughput', [...others, ...knee])).toBe('stress-256x16')
  })
})

describe('too little to choose from', () => {
  const failed: ConfigurationRun = {
    ...ran('stress-512x8', { rate: 1 }),
    outcome: { state: 'failed', kind: 'memory exhaustion', message: 'CUDA out of memory' },
  }

  test.for<[string, ConfigurationRun[]]>([
    ['nothing', []],
    ['one that failed', [failed]],
    ['one that ran through', [failed, ran('baseline-128x2', { rate: 100 })]],
    ['one of each model', [ran('baseline-128x2', { rate: 100 }), ran('large-7b-64x2', { rate: 10 })]],
  ])('is said of %s', ([, runs]) => {
    for (const each of recommend(runs))
      expect(each).toMatchObject({
        state: 'not recommended',
        reason: `${runs.length} measured, and no two of one model ran through with every request answered: there is nothing to choose from`,
      })
  })

  test('makes a table of dashes, and no file', () => {
    const table = recommendationTable('002.x.recommendations', recommend([failed]))
    expect(table.rows).toEqual([
      ['production', '–', '–', '–', '–', '–'],
      ['high throughput', '–', '–', '–', '–', '–'],
      ['memory-conservative', '–', '–', '–', '–', '–'],
    ])
    expect(table.notes).toContainEqual(expect.stringContaining('production: 1 measured, and no two of one model'))
    expect(recommendationsAsYaml(recommend([failed]), 'here').state).toBe('absent')
  })
})

describe('the table', () => {
  test('says what, how fast, how large, and over what', () => {
    const { rows, notes } = recommendationTable('002.x.recommendations', recommend(knee))
    expect(rows).toEqual([
      [
        'production',
        'sla-256x4',
        '280 req/s [280 req/s, 280 req/s]',
        '4.00 GiB',
        '8 GiB',
        'baseline-128x2, baseline-256x2, stress-256x16',
      ],
      [
        'high throughput',
        'stress-256x16',
        '300 req/s [300 req/s, 300 req/s]',
        '16.00 GiB',
        '24 GiB',
        'baseline-128x2, baseline-256x2, sla-256x4',
      ],
      [
        'memory-conservative',
        'baseline-128x2',
        '100 req/s [100 req/s, 100 req/s]',
        '2.00 GiB',
        '8 GiB',
        'baseline-256x2, sla-256x4, stress-256x16',
      ],
    ])
    expect(notes).toEqual([
      'production: the fewest requests outstanding at a rate that is not measurably below 90 % of the best',
      'peak memory is GPU memory of the engine',
      'high throughput: the highest rate, by the lower end of its interval',
      'memory-conservative: the least peak memory, and among those within 2 % of it the highest rate',
    ])
  })

  test('says what limits it', () => {
    const limited = knee.map(run => ({ ...run, scale: 16, remarks: ['2 replicas instead of 16'] }))
    const [first] = limited
    if (first?.outcome.state === 'ran') first.outcome = { ...first.outcome, disturbance: 'others took 40 % of the CPU' }
    const { notes, rows } = recommendationTable('x', recommend(limited))
    expect(rows.map(row => row[4])).toEqual(['–', '–', '–'])
    expect(notes).toEqual(
      expect.arrayContaining([
        'safe GPU: the peak is that of a model of 1/16 of its size',
        'sla-256x4: 2 replicas instead of 16',
        'sla-256x4: measured with a model of 1/16 of its size',
        'sla-256x4: the host was disturbed while these ran: baseline-128x2',
      ]),
    )
  })
})

describe('the file', () => {
  const written = (runs: readonly ConfigurationRun[]): string => {
    const yaml = recommendationsAsYaml(recommend(runs), 'vLLM 0.32.0, profile full')
    return yaml.state === 'measured' ? yaml.value : expect.unreachable(yaml.reason)
  }

  test('holds the recommended configurations as they were planned, each under what it is for', () => {
    const scaledDown = knee.map(run => ({ ...run, configuration: scaled(run.configuration, SMALL) }))
    expect(parseConfigurations(written(scaledDown), 'recommended.yaml')).toEqual([
      { ...named('sla-256x4'), name: 'production' },
      { ...named('stress-256x16'), name: 'high-throughput' },
      { ...named('baseline-128x2'), name: 'memory-conservative' },
    ])
    expect(written(scaledDown)).toContain('with 8 × 4 requests outstanding')
  })

  test('takes half of a before and after for itself', () => {
    const pairs = [ran('utilization-before', { rate: 10 }), ran('utilization-after', { rate: 20 })]
    expect(parseConfigurations(written(pairs), 'x').map(({ name, category }) => [name, category])).toEqual([
      ['production', 'baseline'],
      ['high-throughput', 'baseline'],
    ])
    expect(written(pairs)).toContain('# Not recommended, memory-conservative: peak memory is not known: no GPU.')
  })

  test('says on top what it is, and above each what was measured', () => {
    expect(written(knee).split('\n').slice(0, 10)).toEqual([
      '# Configurations that measurements recommend: vLLM 0.32.0, profile full.',
      '# Run them: PERF_CONFIGURATIONS=<this file>.',
      '',
      'configurations:',
      '  # sla-256x4, for the fewest requests outstanding at a rate that is not measurably below 90 % of the best.',
      '  # Measured over HTTP with 256 × 4 requests outstanding: 280 req/s [280 req/s, 280 req/s], peak memory 4.00 GiB of GPU memory of the engine.',
      '  # Chosen over baseline-128x2, baseline-256x2, stress-256x16.',
      '  - name: production',
      '    category: sla',
      '    model:',
    ])
  })
})

describe('a safe GPU', () => {
  const peak = (gibibytes: number, domain = GPU) => measured({ domain, bytes: gibibytes * GIB })

  test('is the next common size above the peak and a fifth of it', () => {
    expect(safeGpuBytes(peak(6.66), 1)).toEqual(measured(8 * GIB))
    expect(safeGpuBytes(peak(6.67), 1)).toEqual(measured(12 * GIB))
    expect(safeGpuBytes(peak(33), 1)).toEqual(measured(40 * GIB))
    expect(safeGpuBytes(peak(117), 1)).toEqual(measured(141 * GIB))
  })

  test('is not told of what is too large, scaled, of a host, or unknown', () => {
    expect(safeGpuBytes(peak(118), 1)).toMatchObject({ reason: expect.stringContaining('split it over several') })
    expect(safeGpuBytes(peak(2), 16)).toMatchObject({ reason: expect.stringContaining('1/16') })
    expect(safeGpuBytes(peak(2, 'host memory of the engine (RSS)'), 1)).toMatchObject({
      reason: expect.stringContaining('host memory'),
    })
    expect(safeGpuBytes(absent('no GPU'), 1)).toEqual(absent('no GPU'))
  })
})
