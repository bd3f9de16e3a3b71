import { isDeepStrictEqual } from 'node:util'
import { BadInputError } from '../errors.ts'
import { findings } from '../findings/index.ts'
import type { ResultItem, Results } from '../reporting/results-schema.ts'

/** A results file with the name that a person knows it by, such as its path. */
export interface Part {
  name: string
  results: Results
}

export interface MergedResults {
  results: Results
  /** What the parts do not have in common and a reader should know, a sentence each. */
  notes: string[]
}

type Engine = NonNullable<Results['engine']>

/**
 * One run from its parts, such as the shards of `vitest run perf/ --shard=1/3` on several runners.
 *
 * An id that several parts hold: what was judged (or measured) wins over what was not applicable (or has no number); a
 * part that says the same again adds nothing; two that were judged or measured and differ are two runs and not one, and
 * are refused. Findings are answered again, from all parts together. Machines may differ: the notes say so, and the
 * first that measured stands in the results.
 *
 * @throws BadInputError when there is no part, or when profiles, engines, or what was measured under one id differ
 */
export function mergeResults(parts: readonly Part[]): MergedResults {
  const [only, ...others] = parts
  if (!only) throw new BadInputError('merging results: no results file was given.')
  if (others.length === 0) return { results: only.results, notes: [] }
  checkSame(parts, 'profile', ({ profile }) => profile)
  const measuring = parts.filter(({ results }) => results.engine !== null)
  checkSame(measuring, 'engine', ({ engine }) => (engine ? engineIdentity(engine) : ''))
  const entries = <T>(of: (results: Results) => readonly T[], rule: MergeRule<T>) => mergeById(parts, of, rule)
  const results: Results = {
    ...only.results,
    startedAt: parts.map(({ results }) => results.startedAt).toSorted()[0] ?? only.results.startedAt,
    host: (measuring[0] ?? only).results.host,
    exit: parts.length === 1 ? only.results.exit : null,
    engine: mergeEngines(measuring.flatMap(({ results: { engine } }) => (engine ? [engine] : []))),
    items: entries(({ items }) => items, {
      what: 'criterion',
      id: ({ id }) => id,
      isFilled: ({ verdict }) => verdict !== 'not applicable',
      content: judged,
    }),
    metrics: entries(({ metrics }) => metrics, {
      what: 'number',
      id: ({ id }) => id,
      isFilled: ({ value }) => value !== null,
      content: ({ value, unit, interval }) => ({ value, unit, interval }),
    }),
    tables: entries(({ tables }) => tables, { ...wholly, what: 'table', id: ({ id }) => id }),
    charts: entries(({ charts }) => charts, { ...wholly, what: 'chart', id: ({ id }) => id }),
    samples: entries(({ samples }) => samples, {
      ...wholly,
      what: 'samples',
      id: ({ metric, model, workload }) => `${metric} of ${model}, workload ${workload}`,
    }),
    findings: [],
  }
  return { results: { ...results, findings: findings(results) }, notes: differences(parts, measuring) }
}

interface MergeRule<T> {
  what: string
  id: (entry: T) => string
  /** Holds something; what does not gives way to what does. */
  isFilled: (entry: T) => boolean
  /** What must be the same wherever it is held. */
  content: (entry: T) => unknown
}

const wholly = { isFilled: () => true, content: (entry: unknown) => entry }

function mergeById<T>(
  parts: readonly Part[],
  of: (results: Results) => readonly T[],
  { what, id, isFilled, content }: MergeRule<T>,
): T[] {
  const merged = new Map<string, { entry: T; from: string }>()
  for (const { name, results } of parts) {
    for (const entry of of(results)) {
      const held = merged.get(id(entry))
      if (!held || (isFilled(entry) && !isFilled(held.entry))) merged.set(id(entry), { entry, from: name })
      else if (isFilled(entry) && !isDeepStrictEqual(content(entry), content(held.entry)))
        throw new BadInputError(
          `merging ${held.from} and ${name}: both hold the ${what} ${id(entry)}, and it is not the same in both. ` +
            'Parts of one run hold each result once; two runs are compared with `npm run compare`.',
        )
    }
  }
  return [...merged.values()].map(({ entry }) => entry)
}

const judged = ({ verdict, measured, limit, unit }: ResultItem) => ({ verdict, measured, limit, unit })

/** Paths, addresses and container ids differ between runners of one run; these do not. */
const engineIdentity = ({ name, version, origin }: Engine): string =>
  `${name} ${version}, ${origin === 'spawned' ? 'started by the suite' : 'running already'}`

function checkSame(parts: readonly Part[], what: string, of: (results: Results) => string): void {
  const [first, ...others] = parts
  const other = first && others.find(({ results }) => of(results) !== of(first.results))
  if (first && other)
    throw new BadInputError(
      `merging ${first.name} and ${other.name}: the ${what} of the first is ${of(first.results)}, of the second ` +
        `${of(other.results)}. Only parts of one run can be merged; two runs are compared with \`npm run compare\`.`,
    )
}

function mergeEngines(engines: readonly Engine[]): Engine | null {
  const [first] = engines
  if (!first) return null
  const runs = engines.flatMap(engine => engine.runs)
  return {
    ...first,
    cautions: [...new Set(engines.flatMap(({ cautions }) => cautions))],
    runs: [...new Map(runs.map(run => [`${run.id} ${run.model} ${run.scale} ${run.workload}`, run])).values()],
  }
}

function differences(parts: readonly Part[], measuring: readonly Part[]): string[] {
  const [first, ...others] = measuring.length > 0 ? measuring : parts
  if (!first) return []
  return others.flatMap(({ name, results: { host, engine } }) => {
    const { host: firstHost, engine: firstEngine } = first.results
    const machine = hostInWords(host)
    const arguments_ = engine?.arguments.join(' ') ?? ''
    return [
      ...(machine === hostInWords(firstHost)
        ? []
        : [`${name} was measured on another machine than ${first.name}: ${machine}, not ${hostInWords(firstHost)}.`]),
      ...(arguments_ === (firstEngine?.arguments.join(' ') ?? '')
        ? []
        : [
            `${name} was measured with other arguments of the engine than ${first.name}: ${arguments_ || 'none'}, not ${firstEngine?.arguments.join(' ') || 'none'}.`,
          ]),
    ]
  })
}

const hostInWords = ({ cpu, cores, hardware, platform }: Results['host']): string =>
  `${cpu}, ${cores} cores, ${platform}${hardware ? ` (${hardware})` : ''}`
