import type { Observation } from '../observations/index.ts'
import { formatQuantity, type Quantity, type Unit } from '../units.ts'
import type { Assessment } from './assessment.ts'
import { type Criterion, judge, unjudged } from './judge.ts'

export interface LimitRule<U extends Unit> {
  allowed: 'below' | 'at least' | 'at most'
  limit: Quantity<U>
  /**
   * The limit is the plan's for a model of its whole size: a smaller one says nothing about it, and nothing is judged.
   * A limit that holds for every size (a ratio, a count) has this false.
   */
  wholeModel?: boolean
  advice?: string[]
}

const words = { below: 'is below', 'at least': 'is at least', 'at most': 'is at most' } as const

/** Holds an observation against a limit. */
export function judgeLimit<U extends Unit>(observation: Observation<U>, rule: LimitRule<U>): Assessment {
  const { measured, unit, n, details, spoiledBy, scale } = observation
  const { allowed, limit, wholeModel = false, advice = [] } = rule
  const title = `${observation.title} ${words[allowed]} ${formatQuantity(limit.value, unit)}`
  const criterion = criterionOfObservation(observation, title)
  if (measured.state === 'absent') return unjudged(criterion, 'not applicable', measured.reason)
  if (wholeModel && scale !== 1) {
    const seen = formatQuantity(measured.value.value, unit)
    return unjudged(
      criterion,
      'not applicable',
      `the limit is for the whole model; ${seen} with one of 1/${scale} of its size (PERF_PROFILE=full runs the whole one)`,
    )
  }
  return judge(criterion, {
    measured: measured.value,
    limit: limit.value,
    allowed,
    unit,
    n,
    details,
    advice,
    spoiledBy,
  })
}

/** Where the plan asks for a number and names no limit: to have measured it is the criterion. */
export function judgeMeasured(observation: Observation): Assessment {
  const { measured, unit, n, details, spoiledBy } = observation
  const criterion = criterionOfObservation(observation, `${observation.title} is measured`)
  if (measured.state === 'absent') return unjudged(criterion, 'not applicable', measured.reason)
  const { culprits: _, ...about } = criterion
  const verdict = spoiledBy === null ? 'pass' : 'inconclusive'
  const show = (value: number) => formatQuantity(value, unit)
  const { value, interval } = measured.value
  const range = interval ? ` [${show(interval[0])}, ${show(interval[1])}]` : ''
  const line = [`${show(value)}${range}`, ...details].join(' · ')
  const reason = spoiledBy ?? ''
  return { ...about, advice: [], verdict, measured: measured.value, limit: null, unit, n, line, reason }
}

function criterionOfObservation({ id, data, n }: Observation, title: string): Criterion {
  return { id, title, data: data || `${n} ${n === 1 ? 'reading' : 'readings'}`, culprits: [] }
}
