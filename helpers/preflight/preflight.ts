import type { Measured } from '../measured.ts'
import type { StrayProcess } from '../processes/index.ts'
import { formatQuantity } from '../units.ts'
import { type Assessment, type Criterion, judge, unjudged } from '../verdicts/index.ts'

/** What is looked at before a long run. */
export interface PreflightFacts {
  /** Time of one answer to a health question, or why there was none. */
  answerMs: Measured
  /** The model that the run wants, and what the engine has. */
  model: { wanted: string; present: boolean; available: string[] }
  /** The engine's memory twice, some time apart, nothing running; and what is free beside it. */
  memory: Measured<{ firstBytes: number; secondBytes: number; freeBytes: number; neededBytes: number }>
  strays: StrayProcess[]
  disk: { path: string; freeBytes: Measured; neededBytes: number }
  /** Requests that the engine works on, or keeps waiting, before the first one of this run. */
  inFlight: Measured
  input: { state: 'none' } | { state: 'valid'; path: string; lines: number }
}

export const preflightTitles = {
  'server-answers': 'the server answers',
  'model-present': 'the model is there',
  'memory-free': 'enough memory is free',
  'memory-stable': 'memory is stable before the run',
  'no-strays': 'no other engine or client runs here',
  disk: 'there is enough disk',
  idle: 'the batch before is complete: nothing is in flight',
  input: 'the batch file is valid',
} as const

export type PreflightCheck = keyof typeof preflightTitles

/** In the order in which they are worth reading. */
export const preflightChecks = Object.keys(preflightTitles) as PreflightCheck[]

/** Memory that moves by less than this between two looks at an idle engine is stable. */
const STABLE = { share: 0.01, bytes: 16 * 2 ** 20 } as const

/** Judges one check of `id` (`<plan>.<spec>`). Pure. */
export function judgePreflight(id: string, check: PreflightCheck, facts: PreflightFacts): Assessment {
  const criterion: Criterion = {
    id: `${id}.preflight-${check}`,
    title: preflightTitles[check],
    data: 'before the first request',
    culprits: [],
  }
  const count = (n: number, found: string, advice: string[]) =>
    judge(criterion, {
      measured: { value: n, interval: null },
      limit: 0,
      allowed: 'at most',
      unit: 'count',
      n: 1,
      details: [found],
      advice,
    })
  switch (check) {
    case 'server-answers':
      return facts.answerMs.state === 'absent'
        ? count(1, facts.answerMs.reason, ['start the server, or give its address with PERF_ENGINE_URL'])
        : count(0, `in ${formatQuantity(facts.answerMs.value, 'ms')}`, [])
    case 'model-present': {
      const { wanted, present, available } = facts.model
      return count(
        present ? 0 : 1,
        present ? wanted : `${wanted} is missing; there are: ${available.join(', ') || 'none'}`,
        ['PERF_MODEL=<name> chooses one that is there'],
      )
    }
    case 'memory-free':
      if (facts.memory.state === 'absent') return unjudged(criterion, 'not applicable', facts.memory.reason)
      return judge(criterion, {
        measured: { value: facts.memory.value.freeBytes, interval: null },
        limit: facts.memory.value.neededBytes,
        allowed: 'at least',
        unit: 'bytes',
        n: 1,
        advice: ['stop what else uses memory, or choose a smaller model'],
      })
    case 'memory-stable': {
      if (facts.memory.state === 'absent') return unjudged(criterion, 'not applicable', facts.memory.reason)
      const { firstBytes, secondBytes } = facts.memory.value
      return judge(criterion, {
        measured: { value: Math.abs(secondBytes - firstBytes), interval: null },
        limit: Math.max(STABLE.bytes, STABLE.share * firstBytes),
        allowed: 'below',
        unit: 'bytes',
        n: 2,
        advice: ['something still uses the engine: wait for it, or look for other clients'],
      })
    }
    case 'no-strays': {
      const named = facts.strays.map(
        ({ pid, command, rssBytes }) => `${pid} ${command.slice(0, 60)} (${formatQuantity(rssBytes, 'bytes')})`,
      )
      return count(facts.strays.length, named.join('; ') || 'none seen', ['stop them, or their load is measured too'])
    }
    case 'disk':
      if (facts.disk.freeBytes.state === 'absent')
        return unjudged(criterion, 'not applicable', facts.disk.freeBytes.reason)
      return judge(criterion, {
        measured: { value: facts.disk.freeBytes.value, interval: null },
        limit: facts.disk.neededBytes,
        allowed: 'at least',
        unit: 'bytes',
        n: 1,
        details: [facts.disk.path],
        advice: ['free some, or move the records with PERF_OUTPUT'],
      })
    case 'idle':
      if (facts.inFlight.state === 'absent') return unjudged(criterion, 'not applicable', facts.inFlight.reason)
      return count(facts.inFlight.value, `${facts.inFlight.value} requests running or waiting`, [
        'wait until the engine is idle',
      ])
    case 'input':
      if (facts.input.state === 'none')
        return unjudged(
          criterion,
          'not applicable',
          'the prompts are made by the suite; PERF_INPUT names a batch file of your own',
        )
      return count(0, `${facts.input.lines} requests in ${facts.input.path}`, [])
  }
}
