import { itemOfCriterion } from './item-of-criterion.ts'
import type { JudgedCriteria } from './judged-criteria.ts'
import type { ItemOutlook } from './outlook.ts'
import type { PlanId } from './plan-spec.ts'

const plans: Record<PlanId, string> = {
  '001': 'multi-batch stability',
  '000': 'model limits and optimisation',
  '003': 'model swapping',
  '002': 'batch inference',
  '004': 'engine tuning',
}

const introduction = `# The plans, item by item

Each of the five plans is a folder of specs, each of its rows one spec file or a named part of one. This page is written from
\`helpers/plan-items\`, which \`npm run doctor\` reads too, and from recorded runs of the quick profile on the embedded engine, as
root, on 2 cores without a GPU: how many criteria of each item had a number, or why none has one there, and what it runs with.
What this looks like on your machine, \`npm run doctor\` says.

A criterion counts as judged whether it passed, failed or was inconclusive. The others of an item that runs were not applicable:
their reasons are in the run's results.json.

After a change of the items: \`npx vitest run --project unit helpers/doctor -u\` writes this page again.
`

/**
 * docs/plans.md: every item with its spec and what became of it in a run.
 *
 * @param outlooks of the machine and the engine that the run was made on.
 */
export function plansMarkdown(outlooks: readonly ItemOutlook[], { judged, notJudged }: JudgedCriteria): string {
  const groups = Object.entries(plans).map(([plan, title]) => {
    const rows = outlooks
      .filter(({ spec }) => spec.plan === plan)
      .map(({ spec, item, outlook }) => {
        const isOfItem = (id: string): boolean => itemOfCriterion(id)?.id === item.id
        const [yes, no] = [judged.filter(isOfItem).length, notJudged.filter(isOfItem).length]
        const state =
          outlook.state === 'runs' ? `${yes} of ${yes + no} criteria judged` : `not applicable: ${cell(outlook.reason)}`
        const how = outlook.state === 'skipped' ? wayTo(outlook) : ''
        return `| ${item.row} | ${cell(item.title)} | \`${spec.name}\` | ${state} | ${how} |`
      })
    return [
      `## ${plan} · ${title}`,
      '',
      '| Plan | What | Spec | Embedded engine, quick | Runs with |',
      '| --- | --- | --- | --- | --- |',
      ...rows,
      '',
    ]
  })
  return [introduction, ...groups.flat()].join('\n')
}

function wayTo({ first, command }: Extract<ItemOutlook['outlook'], { state: 'skipped' }>): string {
  const settings = command?.split(' npx ')[0] ?? ''
  const words = settings.startsWith('npx') ? '' : settings.startsWith('sudo') ? 'root' : `\`${settings}\``
  return [first === null ? '' : cell(first), command === null ? '' : words].filter(Boolean).join('; ')
}

const cell = (text: string): string => text.split('\n')[0]?.replaceAll('|', '\\|') ?? ''
