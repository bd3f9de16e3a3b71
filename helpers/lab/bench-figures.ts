import type { CompletedRecord } from '../load/index.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { bootstrapInterval, median, quantileInterval, ratioInterval } from '../statistics/index.ts'
import type { Estimate } from '../verdicts/assessment.ts'
import type { Bench } from './bench.ts'

/** A number of a bench, ready for `observe`. */
export interface Figure {
  value: Measured<Estimate>
  /** Requests, or rounds of them, that it rests on. */
  n: number
  /** How it was measured, in words; empty where there is nothing to say. */
  source: string
}

/** What a bench shows. Rates and times are medians over requests, unless said otherwise; intervals are 95 %. */
export interface BenchFigures {
  /** Prompt tokens a second that were worked on: cached ones left out where the engine tells. Of requests sent alone. */
  prefillRate: Figure
  /** Tokens a second of one request, after its first token. */
  decodeRate: Figure
  /** Answered tokens a second of all requests together, from the first one's sending to the last one's end. */
  totalRate: Figure
  ttftMs: Figure
  tpotMs: Figure
  e2eMs: Figure
  /** Completed, of all requests. */
  success: Figure
}

/** Pure. A bench in which nothing completed has absent figures with the first failure as their reason. */
export function benchFigures(bench: Bench): BenchFigures {
  return {
    prefillRate: prefillRate(bench),
    decodeRate: decodeRate(bench),
    totalRate: totalRateOf(bench),
    ttftMs: medianOf(bench, ttftsMs(bench)),
    tpotMs: medianOf(bench, tpotsMs(bench), SINGLE_TOKENS),
    e2eMs: medianOf(bench, bench.completed.map(e2eOf)),
    success: success(bench),
  }
}

/** Of each completed request. */
export const ttftsMs = ({ completed }: Bench): number[] => completed.map(({ ttftMs }) => ttftMs)

/** What is shorter tells of sockets and of who was scheduled when, and not of the engine. */
const LEAST_DECODE_MS = 1

/**
 * (E2E − TTFT) / (tokens − 1) of each completed request of two tokens or more; one whose later tokens came within a
 * millisecond of the first was read in one go, and says nothing.
 */
export const tpotsMs = ({ completed }: Bench): number[] =>
  completed
    .filter(record => record.completionTokens >= 2 && e2eOf(record) - record.ttftMs >= LEAST_DECODE_MS)
    .map(record => (e2eOf(record) - record.ttftMs) / (record.completionTokens - 1))

/** By what factor the median of `b` is larger than that of `a`; absent where one of them is empty. */
export function ratioOfMedians(a: readonly number[], b: readonly number[]): Measured<Estimate> {
  if (a.length === 0 || b.length === 0) return absent(`there are ${a.length} and ${b.length} values to compare`)
  return measured({ value: median(b) / median(a), interval: ratioInterval(a, b) })
}

const SINGLE_TOKENS = 'no answer has a second token: nothing can be said about the time after the first'

const e2eOf = ({ endedAtMs, sentAtMs }: CompletedRecord): number => endedAtMs - sentAtMs

function medianOf(bench: Bench, values: readonly number[], whyNone = '', source = ''): Figure {
  if (values.length === 0) return none(bench, whyNone)
  return {
    value: measured({ value: median(values), interval: quantileInterval(values, 0.5) }),
    n: values.length,
    source,
  }
}

/** Why there is nothing: nothing completed, or what completed does not hold the number. */
function none({ completed, failed }: Bench, why: string): Figure {
  const [first] = failed
  const failure = first === undefined ? 'there were none' : `the first: ${first.failure}: ${first.message}`
  const reason = completed.length === 0 ? `none of ${failed.length} requests completed; ${failure}` : why
  return { value: absent(reason), n: 0, source: '' }
}

const BY_ENGINE = "by the engine's own prompt times"
const BY_TTFT = 'prompt tokens by TTFT, since the engine sends no times of its own'

function prefillRate(bench: Bench): Figure {
  const { completed, plan } = bench
  if (plan.concurrency !== 1)
    return none(
      bench,
      `the prompts of ${plan.concurrency} requests at once share the engine: prefill is told of single ones`,
    )
  const timed = completed.every(({ timings }) => timings !== null)
  const rates = completed
    .map(({ promptTokens, cachedTokens, timings, ttftMs }) => {
      const ms = timed ? (timings?.promptMs ?? 0) : ttftMs
      return (1000 * (promptTokens - (cachedTokens ?? 0))) / ms
    })
    .filter(rate => Number.isFinite(rate) && rate > 0)
  return medianOf(bench, rates, 'every prompt was answered from a cache', timed ? BY_ENGINE : BY_TTFT)
}

function decodeRate(bench: Bench): Figure {
  const rates = tpotsMs(bench).map(tpotMs => 1000 / tpotMs)
  const leftOut = bench.completed.filter(({ completionTokens }) => completionTokens >= 2).length - rates.length
  const source = leftOut > 0 ? `${leftOut} requests left out, all of whose tokens were read at once` : ''
  return medianOf(bench, rates, SINGLE_TOKENS, source)
}

/** Fewer rounds make no interval worth the name. */
const LEAST_ROUNDS = 5

/**
 * Tokens of all answers by the time of the bench. Requests that run at once share what happens to the engine, so the
 * interval is a bootstrap of rounds (as many ends in a row as requests run at once), scaled to the bench's own rate. An
 * engine that has fewer places than there are requests works on `atOnce` of them; the others wait.
 */
export function totalRateOf(bench: Bench, atOnce = bench.plan.concurrency): Figure {
  const { completed, startMs, endMs } = bench
  if (completed.length === 0 || endMs <= startMs) return none(bench, 'the bench took no time')
  const tokens = completed.reduce((sum, { completionTokens }) => sum + completionTokens, 0)
  const value = (1000 * tokens) / (endMs - startMs)
  const rounds = roundsOf(bench, atOnce)
  if (rounds.length < LEAST_ROUNDS) return { value: measured({ value, interval: null }), n: rounds.length, source: '' }
  const rateOf = (indices: readonly number[]): number => {
    const drawn = indices.flatMap(index => rounds[index] ?? [])
    const ms = drawn.reduce((sum, round) => sum + round.ms, 0)
    return (1000 * drawn.reduce((sum, round) => sum + round.tokens, 0)) / ms
  }
  const all = rounds.map((_, index) => index)
  const scale = value / rateOf(all)
  const [low, high] = bootstrapInterval(all, rateOf, { seed: 1 })
  return { value: measured({ value, interval: [low * scale, high * scale] }), n: rounds.length, source: '' }
}

/** Answers in the order of their ends, `atOnce` at a time, with the time since the round before; whole rounds only. */
function roundsOf({ completed, startMs }: Bench, atOnce: number): { tokens: number; ms: number }[] {
  const ended = completed.toSorted((a, b) => a.endedAtMs - b.endedAtMs)
  const rounds: { tokens: number; ms: number }[] = []
  let fromMs = startMs
  for (let i = 0; i + atOnce <= ended.length; i += atOnce) {
    const round = ended.slice(i, i + atOnce)
    const toMs = round.at(-1)?.endedAtMs ?? fromMs
    rounds.push({ tokens: round.reduce((sum, { completionTokens }) => sum + completionTokens, 0), ms: toMs - fromMs })
    fromMs = toMs
  }
  return rounds.filter(({ ms }) => ms > 0)
}

function success({ completed, failed }: Bench): Figure {
  const n = completed.length + failed.length
  if (n === 0) return { value: absent('no request was sent'), n, source: '' }
  return { value: measured({ value: completed.length / n, interval: null }), n, source: '' }
}
