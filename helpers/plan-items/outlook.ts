import type { Facts } from './facts.ts'
import type { Missing } from './missing.ts'
import { planSpecs } from './plan-items.ts'
import type { PlanItem, PlanSpec } from './plan-spec.ts'
import { whatIsMissing } from './what-is-missing.ts'

/** What a run would make of an item. */
export type Outlook =
  | { state: 'runs' }
  /** Its criteria would be not applicable. */
  | {
      state: 'skipped'
      reason: string
      /** What comes before the command, such as to install something; null for nothing. */
      first: string | null
      /** Runs the item's spec with what it lacks; null where no setting brings it. */
      command: string | null
    }
  /** Its tests would fail, or the run end before its first request: exit code 2 or 3. */
  | { state: 'cannot run'; reason: string }

export interface ItemOutlook {
  spec: PlanSpec
  item: PlanItem
  outlook: Outlook
}

/** Of every item of the plans, in the order of a run. */
export const outlooks = (facts: Facts): ItemOutlook[] =>
  planSpecs.flatMap(spec => spec.items.map(item => ({ spec, item, outlook: outlookOf(spec, item, facts) })))

function outlookOf(spec: PlanSpec, item: PlanItem, facts: Facts): Outlook {
  if (facts.engine.state === 'absent') return { state: 'cannot run', reason: facts.engine.reason }
  const missing = whatIsMissing(spec, item, facts)
  const [main] = missing
  if (main === undefined) return { state: 'runs' }
  if (main.isError) return { state: 'cannot run', reason: main.reason }
  const first = [...new Set(missing.flatMap(each => each.first ?? []))].join('; ')
  return {
    state: 'skipped',
    reason: main.reason,
    first: first === '' ? null : first,
    command: missing.every(isReachable) ? commandFor(spec, missing, facts) : null,
  }
}

const isReachable = ({ settings, first, asRoot }: Missing): boolean =>
  settings.length > 0 || first !== null || asRoot === true

/** What is set in this shell already stays so; a URL is taken back where another engine is to be started. */
function commandFor({ name }: PlanSpec, missing: readonly Missing[], { options }: Facts): string {
  const settings = new Map<string, string>()
  for (const setting of missing.flatMap(each => each.settings)) {
    const variable = setting.slice(0, setting.indexOf('='))
    if (!settings.has(variable)) settings.set(variable, setting)
  }
  if (settings.has('PERF_ENGINE') && options.engineUrl !== null) settings.set('PERF_ENGINE_URL', 'PERF_ENGINE_URL=')
  const words = [...settings.values(), 'npx', 'vitest', 'run', `perf/${name}`]
  return missing.some(({ asRoot }) => asRoot) ? `sudo -E env "PATH=$PATH" ${words.join(' ')}` : words.join(' ')
}
