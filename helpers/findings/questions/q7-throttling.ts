import { formatQuantity } from '../../units.ts'
import type { Question } from '../question.ts'

const LARGE = '000.large-models.heat'
const HIGHEST = ['000.medium-models.temperature', `${LARGE}.highest-temperature`]
const SAG = ['000.medium-models.throughput-sag', `${LARGE}.throughput-sag`]
const COMMAND = 'PERF_PROFILE=standard npx vitest run perf/model-limits'

/** How hot the machine becomes under sustained load, and from where on it slows down. */
export const q7: Question = {
  id: 'Q7',
  question: 'At which temperature does the machine throttle?',
  answer(evidence) {
    const [highest] = HIGHEST.flatMap(id => evidence.metric(id) ?? []).toSorted((a, b) => b.value - a.value)
    if (!highest) {
      const reason = HIGHEST.map(id => evidence.reason(id)).find(each => each !== null) ?? null
      const run = `a machine with temperature sensors, and minutes of load: ${COMMAND}`
      return { state: 'open', needs: reason === null ? run : `${run} (here: ${reason})` }
    }
    const point = evidence.metric(`${LARGE}.throttle-point`)
    const events = evidence.metric(`${LARGE}.throttle-events`)
    const [sag] = SAG.flatMap(id => evidence.metric(id) ?? [])
    const show = (celsius: number): string => formatQuantity(celsius, 'celsius')
    const throttled = point
      ? `At ${show(point.value)}: clocks were first throttled there, and the machine became ${show(highest.value)} hot.`
      : events
        ? `Not up to ${show(highest.value)}: no throttling was counted under load.`
        : `It became ${show(highest.value)} hot under load; nothing here counts throttling.`
    const slower =
      sag &&
      `The last third of the load was ${formatQuantity(Math.abs(sag.value), 'ratio')} ${sag.value >= 0 ? 'slower' : 'faster'} than the first.`
    return {
      state: 'answered',
      answer: [throttled, slower].filter(sentence => sentence !== undefined).join(' '),
      evidence: [highest, point, events, sag].flatMap(metric => (metric ? [metric.id] : [])),
      caveats: sag ? [] : ['the load was too short to warm the machine up: PERF_PROFILE=standard loads it for minutes'],
    }
  },
}
