import type { Finding, Results } from '../reporting/results-schema.ts'
import { evidenceOf } from './evidence.ts'
import type { Answer, Evidence, Question } from './question.ts'
import { questions } from './questions/index.ts'

type Answered = Extract<Answer, { state: 'answered' }>

/** The plans that ask questions, as ids of criteria begin and as titles of specs do. */
const ASKING_PLANS = /^(000|003)[. ]/

/**
 * The answers of a run to the plans' questions, each asked once and in order; none where the run has nothing of these
 * plans. Pure: made again from a results file they are the same.
 *
 * @throws Error when an answer is empty or rests on nothing that the results hold: a fault of the question
 */
export function findings(
  results: Pick<Results, 'items' | 'metrics' | 'tables'>,
  asked: readonly Question[] = questions,
): Finding[] {
  const { items, metrics, tables } = results
  const held = new Set([...items, ...metrics, ...tables].map(({ id }) => id))
  const titles = items.map(({ evidence }) => evidence.test)
  if (![...held, ...titles].some(text => ASKING_PLANS.test(text))) return []
  const evidence = evidenceOf(results)
  return asked.map(question => findingOf(question, evidence, held))
}

function findingOf({ id, question, answer: answerFrom }: Question, evidence: Evidence, held: Set<string>): Finding {
  const answer = answerFrom(evidence)
  if (answer.state === 'open') {
    if (answer.needs.trim() === '') throw new Error(`${id} is open and does not say what it needs.`)
    return { id, question, ...answer }
  }
  if (answer.answer.trim() === '') throw new Error(`${id} is answered with no words.`)
  if (answer.evidence.length === 0) throw new Error(`${id} is answered and names no evidence.`)
  const unknown = answer.evidence.filter(id => !held.has(id))
  if (unknown.length > 0)
    throw new Error(`${id} rests on ${unknown.join(', ')}: no criterion, number or table of this run has that id.`)
  const caveats = [...answer.caveats, ...scaleCaveats(answer, evidence), ...spoiledCaveats(answer, evidence)]
  return { id, question, ...answer, evidence: [...new Set(answer.evidence)], caveats }
}

/** What a smaller model showed is never told as if the whole one had: a scale that the answer does not name is added. */
function scaleCaveats({ answer, caveats, evidence: ids }: Answered, evidence: Evidence): string[] {
  const scales = new Set(ids.flatMap(id => evidence.metric(id)?.scale ?? []))
  const said = [answer, ...caveats].join(' ')
  const unsaid = [...scales].filter(scale => !new RegExp(`(1/|÷ )${scale}\\b`).test(said))
  return unsaid.map(scale => `measured on models of 1/${scale} of their size`)
}

/** Numbers that no verdict may rest on are told as such, with the first reason that the answer does not name itself. */
function spoiledCaveats({ caveats, evidence: ids }: Answered, evidence: Evidence): string[] {
  const found = [...new Set(ids)].flatMap(id => evidence.metric(id) ?? [])
  const reasons = found.flatMap(({ spoiledBy }) => spoiledBy ?? [])
  if (reasons.length === 0 || reasons.some(reason => caveats.some(caveat => caveat.includes(reason)))) return []
  return [`${reasons.length} of the ${found.length} numbers can be off: ${reasons[0]}`]
}
