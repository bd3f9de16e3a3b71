/** The plans in the order in which their specs run, each with a title for people. */
const plans: ReadonlyMap<string, string> = new Map([
  ['001', 'Batches one after the other'],
  ['000', 'Limits of models, and optimisation'],
  ['003', 'Swapping models'],
  ['002', 'Batch inference'],
  ['004', 'Engine tuning'],
])

/**
 * The plan that an id belongs to: `001` of `001.sequential-batches.ttft-p50`, `mine` of `mine.evening-load.requests`. A
 * test without a criterion has the path of its spec for an id, and its plan in its name.
 */
export function planOf({ id, test = '' }: { id: string; test?: string }): string {
  const named = /^(\d{3}) · /.exec(test)?.[1]
  return named ?? id.slice(0, Math.max(0, id.indexOf('.')))
}

/** `Plan 001 · Batches one after the other`, or the name that a spec of one's own has chosen. */
export function planTitle(plan: string): string {
  const title = plans.get(plan)
  return title ? `Plan ${plan} · ${title}` : plan || 'Without a plan'
}

/** Plans that have something, in their order; those of one's own last. */
export function inPlanOrder(found: Iterable<string>): string[] {
  const own = [...new Set(found)]
  const order = [...plans.keys()]
  return [...order.filter(plan => own.includes(plan)), ...own.filter(plan => !plans.has(plan)).toSorted()]
}
