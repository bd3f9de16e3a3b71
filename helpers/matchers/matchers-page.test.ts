import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, type MatcherState, onTestFinished, test } from 'vitest'
import type { HardwareIdentity } from '../baselines/index.ts'
import { checkBaseline, rememberOrigin } from '../batches/index.ts'
import { measured } from '../measured.ts'
import { observe } from '../observations/index.ts'
import type { PreflightFacts } from '../preflight/index.ts'
import { exampleRun, loaded, MIB, steadyChunks } from '../testing/example-run.ts'
import { count, gibibytes, mebibytesPerSecond, percent, seconds } from '../units.ts'
import { matchers } from './index.ts'
import { settle } from './settle.ts'

/** docs/matchers.md has a section a matcher, of one shape, with the text that a failure of it really has. */
const page = await readFile(new URL('../../docs/matchers.md', import.meta.url), 'utf8')

expect.extend(matchers)

const slowing = exampleRun({ chunkSeconds: [1, 1.12, 1.25].map((f, i) => (steadyChunks[i] ?? []).map(s => s * f)) })
const leaking = exampleRun({ memoryAfter: chunk => (4096 + 100 * (chunk + 1)) * MIB })

const expiry = (afterMs: number, isGone: boolean) => ({
  id: '001.keep-alive',
  expiry: measured({
    id: '001.keep-alive',
    engine: leaking.engine,
    modelName: 'qwen2.5-0.5b',
    keepAliveMs: 5000,
    isGone,
    afterMs,
    looks: 51,
    resolutionMs: 104,
  }),
})

const facts: PreflightFacts = {
  answerMs: measured(3),
  model: { wanted: 'qwen2.5-0.5b', present: true, available: ['qwen2.5-0.5b'] },
  memory: measured({ firstBytes: 400 * MIB, secondBytes: 401 * MIB, freeBytes: 8192 * MIB, neededBytes: 282 * MIB }),
  strays: [{ pid: 4711, command: 'ollama serve', rssBytes: 96 * MIB }],
  disk: { path: '.vitest', freeBytes: measured(20 * 1024 * MIB), neededBytes: 10 * 1024 * MIB },
  inFlight: measured(0),
  input: { state: 'none' },
}

const loadTime = observe({
  id: 'mine.load-time',
  title: 'load time of our model',
  unit: 'ms',
  value: 72_000,
  n: 3,
  data: '3 loads',
})
const swapRate = observe({
  id: 'mine.swap-rate',
  title: 'swap rate',
  unit: 'bytes/s',
  value: mebibytesPerSecond(150).value,
})
const mixedUp = observe({ id: 'mine.mixed-up', title: 'answers mixed up', unit: 'count', value: 3 })
const saving = observe({ id: 'mine.saving', title: 'memory saved', unit: 'ratio', value: 0.7, n: 3 })

const failures: Record<keyof typeof matchers, () => unknown> = {
  toAccountForEveryRequest: () =>
    expect(
      exampleRun({
        run: {
          accounts: measured([
            {
              batch: 0,
              ending: 'completed',
              submitted: 264,
              missing: 2,
              repeated: 0,
              unknown: 0,
              unreadable: 0,
              examples: ['"0-17" is missing', '"0-34" is missing'],
            },
          ]),
        },
      }),
    ).toAccountForEveryRequest(),
  toBeAtMost: () => expect(mixedUp).toBeAtMost(count(0)),
  toBeGoneAfterExpiry: () => expect(expiry(15_000, false)).toBeGoneAfterExpiry({ within: seconds(5) }),
  toBeMeasured: () => expect(saving).not.toBeMeasured(),
  toClearPreflight: () => expect({ id: '001.production-simulation', facts }).toClearPreflight('no-strays'),
  toFreeItsKvCache: () => expect(exampleRun({ kvCacheShare: () => measured(0.2) })).toFreeItsKvCache(),
  toHaveMemoryFor: () => expect(leaking).toHaveMemoryFor(170_000),
  toHaveSuccessRate: () => expect(exampleRun({ failedPerChunk: 1 })).toHaveSuccessRate(percent(100)),
  toHaveTtftBelow: () =>
    expect(exampleRun({ ttftMs: request => 2900 + (request % 10) })).toHaveTtftBelow(seconds(2), { percentile: 95 }),
  toKeepVramDeltaBelow: () => expect(leaking).toKeepVramDeltaBelow(gibibytes(0.5)),
  toMatchBaseline: slowerThanItsBaseline,
  toReach: () => expect(swapRate).toReach(mebibytesPerSecond(200)),
  toReachThroughput: () => expect(slowing).toReachThroughput(14),
  toRunWithoutCrash: () => expect(exampleRun({ failedPerChunk: 1, failure: 'connection-reset' })).toRunWithoutCrash(),
  toShowNoDegradation: () => expect(slowing).toShowNoDegradation(percent(10)),
  toShowNoLeakTrend: () => expect(leaking).toShowNoLeakTrend(),
  toStayBelow: () => expect(loadTime).toStayBelow(seconds(60), { advice: ['read rate of the disk during the load'] }),
  toStayLoaded: () =>
    expect(exampleRun({ residency: edge => loaded(edge < 2 ? '4711:99' : '4712:120', 10) })).toStayLoaded(),
  toStayLoadedUntilExpiry: () => expect(expiry(3000, true)).toStayLoadedUntilExpiry(),
  toVaryLessThan: () => expect(slowing).toVaryLessThan(percent(10)),
}

test.for(Object.entries(failures))(
  '%s: asserts, measured, options, an example and its failure',
  async ([name, fail]) => {
    const section = sectionOf(name)
    for (const label of ['Asserts', 'Measured', 'Options']) expect(section).toContain(`- **${label}**`)
    expect(section).toMatch(new RegExp(`\`\`\`ts\n(await )?expect\\([a-zA-Z]+\\)\\.${name}\\(`))
    expect(section).toContain(`\`\`\`\n${await textOf(fail)}\n\`\`\``)
  },
)

test('there is no section of a matcher that does not exist', () => {
  const described = [...page.matchAll(/^### (to\w+)$/gm)].map(([, name]) => name)
  expect(described.toSorted()).toEqual(Object.keys(matchers).toSorted())
})

function sectionOf(matcher: string): string {
  const [, section] = page.split(`\n### ${matcher}\n`)
  expect(section, `docs/matchers.md has no "### ${matcher}"`).toBeDefined()
  return (section ?? '').split(/\n##+ /)[0] ?? ''
}

async function textOf(fail: () => unknown): Promise<string> {
  try {
    await fail()
  } catch (error) {
    return (error as Error).message
  }
  return expect.unreachable('it passed')
}

/** The matcher itself asks vitest for the run's options: here is what it does with them. */
async function slowerThanItsBaseline(): Promise<never> {
  const root = await mkdtemp(join(tmpdir(), 'baseline-'))
  onTestFinished(() => rm(root, { recursive: true }))
  const hardware: HardwareIdentity = {
    id: 'amd-epyc-2c-24g',
    cpu: 'AMD EPYC',
    cores: 2,
    ramBytes: 24 * 1024 * MIB,
    gpus: [],
    driver: null,
    os: 'Debian 12',
    kernel: '6.1',
  }
  const context = { root, hardware }
  for (let start = 0; start < 3; start++) await checkBaseline(exampleRun(), 'throughput', { ...context, update: 'all' })
  rememberOrigin(slowing, { engineStartedAt: new Date(), measureOnFreshStart: async () => measured(slowing) })
  const { assessment } = await checkBaseline(slowing, 'throughput', { ...context, update: 'none' })
  const { pass, message } = settle({ isNot: false } as MatcherState, assessment)
  expect(pass).toBe(false)
  throw new Error(message())
}
