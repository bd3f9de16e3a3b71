import { type BatchAccount, unaccountedIn } from '../batch-api/batch-account.ts'
import type { BatchRun } from '../batches/batch-run.ts'
import type { Assessment } from './assessment.ts'
import { criterionOf, judge, unjudged } from './judge.ts'

/**
 * Is every custom_id accounted for? Each that was submitted has exactly one line in the output or the error file, and no
 * line is a stranger's. A request that failed with a line of its own is accounted for; the success rate counts it. Of
 * batches that an earlier, stopped run submitted only what is missing is still known.
 */
export function judgeAccounts(run: BatchRun): Assessment {
  const criterion = criterionOf(run, 'accounted-for', 'every custom_id is accounted for')
  if (run.accounts.state === 'absent') return unjudged(criterion, 'not applicable', run.accounts.reason)
  const accounts = run.accounts.value
  const sum = (count: (account: BatchAccount) => number) => accounts.reduce((total, one) => total + count(one), 0)
  const submitted = sum(account => account.submitted)
  if (submitted === 0) return unjudged(criterion, 'inconclusive', 'no request was submitted')
  const kinds = [
    [sum(({ missing }) => missing), 'missing'],
    [sum(({ repeated }) => repeated), 'repeated'],
    [sum(({ unknown }) => unknown), 'never sent'],
    [sum(({ unreadable }) => unreadable), 'unreadable'],
  ] as const
  return judge(criterion, {
    measured: { value: sum(unaccountedIn), interval: null },
    limit: 0,
    allowed: 'at most',
    unit: 'count',
    n: submitted,
    details: [
      `${submitted.toLocaleString('en')} custom_ids: ${kinds.map(([n, kind]) => `${n.toLocaleString('en')} ${kind}`).join(', ')}`,
      ...endings(accounts),
    ],
    advice: accounts
      .flatMap(({ batch, examples }) => examples.map(example => `batch ${batch + 1}: ${example}`))
      .slice(0, 5),
  })
}

/** `batch 2 expired` */
const endings = (accounts: BatchAccount[]): string[] =>
  accounts
    .filter(({ ending }) => ending !== 'completed' && ending !== 'before')
    .map(({ batch, ending }) => `batch ${batch + 1} ended as ${ending}`)
