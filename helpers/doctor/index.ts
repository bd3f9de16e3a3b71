export { type Diagnosis, diagnose } from './diagnosis.ts'
export { diagnosisJson } from './diagnosis-json.ts'
export { diagnosisText, type Screen } from './diagnosis-text.ts'
export { endChildren } from './end-children.ts'
