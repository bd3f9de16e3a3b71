import { speedArguments } from '../baselines/index.ts'
import type { Results } from '../reporting/index.ts'
import { formatQuantity } from '../units.ts'
import type { NamedRun, SettingDifference } from './results-comparison.ts'

/** What a run was made with and on, each for people. Models and workloads are not here: other ones are not compared. */
const settings: Record<string, (results: Results) => string> = {
  engine: ({ engine }) => engine?.name ?? 'none',
  'engine version': ({ engine }) => engine?.version ?? 'none',
  'engine runs as': ({ engine }) => engine?.runsAs ?? 'none',
  'engine arguments': ({ engine }) => speedArguments(engine?.arguments ?? []).join(' ') || 'none',
  hardware: ({ host }) => host.hardware ?? 'unknown',
  CPU: ({ host }) => `${host.cpu}, ${host.cores} cores`,
  RAM: ({ host }) => formatQuantity(host.ramBytes, 'bytes'),
  platform: ({ host }) => host.platform,
  Node: ({ host }) => host.node,
  profile: ({ profile }) => profile,
}

/** Where the sides were not made with and on the same. */
export function settingDifferences(base: readonly NamedRun[], head: readonly NamedRun[]): SettingDifference[] {
  return Object.entries(settings)
    .map(([what, tell]) => ({ what, base: told(base, tell).join(' / '), head: told(head, tell).join(' / ') }))
    .filter(difference => difference.base !== difference.head)
}

/** Where runs of one side differ among themselves: their spread is more than noise then. */
export function mixedSettings(side: 'base' | 'head', runs: readonly NamedRun[]): string[] {
  return Object.entries(settings).flatMap(([what, tell]) => {
    const values = told(runs, tell)
    return values.length > 1
      ? [
          `The runs of the ${side} differ among themselves in ${what} (${values.join(' / ')}): that counts as noise here.`,
        ]
      : []
  })
}

const told = (runs: readonly NamedRun[], tell: (results: Results) => string): string[] =>
  [...new Set(runs.map(({ results }) => tell(results)))].sort()
