import type { Question } from '../question.ts'

const PREDICTION = '000.limit-discovery.prediction'
const COMMAND = 'npx vitest run perf/model-limits/limit-discovery'

/** Whether loads that do not fit are known beforehand: every step of the search for limits is predicted, then tried. */
export const q3: Question = {
  id: 'Q3',
  question: 'Can an out-of-memory failure be predicted?',
  answer(evidence) {
    const right = evidence.metric(`${PREDICTION}.right`)
    const cases = evidence.metric(`${PREDICTION}.cases`)
    const falseFits = evidence.metric(`${PREDICTION}.false-fits`)
    const falseAlarms = evidence.metric(`${PREDICTION}.false-alarms`)
    if (!right || !cases || !falseFits || !falseAlarms) {
      return {
        state: 'open',
        needs: evidence.reason(`${PREDICTION}.right`) ?? `a run that looks for limits: ${COMMAND}`,
      }
    }
    const error = evidence.metric(`${PREDICTION}.ratio`)
    const isTrusted = falseFits.value === 0
    const sentences = [
      `${isTrusted ? 'Yes' : 'Not reliably'}: "does it fit?" was answered rightly ${right.value} of ${cases.value} times before it was tried; ` +
        `${falseFits.value} that were said to fit did not, ${falseAlarms.value} that were said not to fit did.`,
      error &&
        `What was predicted is ${error.value.toFixed(2)} times what was taken (${error.details?.join(', ') ?? ''}).`,
    ]
    return {
      state: 'answered',
      answer: sentences.filter(sentence => sentence !== null).join(' '),
      evidence: [right, cases, falseFits, falseAlarms, error].flatMap(metric => (metric ? [metric.id] : [])),
      caveats: [
        ...(right.details ?? []),
        ...(right.scale === undefined ? [] : [`tried with models of 1/${right.scale} of their size`]),
        ...(cases.value < 20 ? [`${cases.value} cases are few`] : []),
      ],
    }
  },
}
