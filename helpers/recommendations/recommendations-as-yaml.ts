import { type BatchConfiguration, configurationsAsYaml } from '../configurations/index.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { formatQuantity } from '../units.ts'
import { rateInWords } from './rate-in-words.ts'
import type { Recommendation } from './recommend.ts'

/**
 * A file of configurations that runs again (`PERF_CONFIGURATIONS`): each recommended one as it was planned, under the name of
 * what it is recommended for, with what was measured above it. Absent where none is recommended, with the reasons.
 *
 * @param about where it was measured: `vLLM 0.32.0, profile full, NVIDIA H200`
 */
export function recommendationsAsYaml(recommendations: readonly Recommendation[], about: string): Measured<string> {
  const comments = new Map<BatchConfiguration, string[]>()
  for (const recommendation of recommendations) {
    if (recommendation.state === 'recommended') comments.set(configurationOf(recommendation), commentOf(recommendation))
  }
  const reasons = recommendations.flatMap(each =>
    each.state === 'not recommended' ? [`Not recommended, ${each.role}: ${each.reason}.`] : [],
  )
  if (comments.size === 0) return absent(reasons.join(' '))
  return measured(
    configurationsAsYaml([...comments.keys()], {
      top: [
        `Configurations that measurements recommend: ${about}.`,
        'Run them: PERF_CONFIGURATIONS=<this file>.',
        ...reasons,
      ],
      above: configuration => comments.get(configuration) ?? [],
    }),
  )
}

type Recommended = Extract<Recommendation, { state: 'recommended' }>

/** A configuration may be recommended twice, and names are unique; of a before and after only one half is taken. */
function configurationOf({ role, run: { planned } }: Recommended): BatchConfiguration {
  const category = planned.category === 'before and after' ? 'baseline' : planned.category
  return { ...planned, name: role.replaceAll(' ', '-'), category }
}

function commentOf({ rule, run, rate, peakMemory, over, caveats }: Recommended): string[] {
  const { planned, configuration, ranOn } = run
  const { batchSize, concurrency } = configuration.inference
  const peak =
    peakMemory.state === 'measured'
      ? `${formatQuantity(peakMemory.value.bytes, 'bytes')} of ${peakMemory.value.domain}`
      : `not known (${peakMemory.reason})`
  return [
    `${planned.name}, for ${rule}.`,
    `Measured ${ranOn === 'http' ? 'over HTTP' : 'on Ray'} with ${batchSize} × ${concurrency} requests outstanding: ` +
      `${rateInWords(rate)}, peak memory ${peak}.`,
    `Chosen over ${over.join(', ')}.`,
    ...caveats.map(caveat => `${caveat}.`),
  ]
}
