export { evidenceOf } from './evidence.ts'
export { findings } from './findings.ts'
export type { Answer, Evidence, Question } from './question.ts'
