/** Writes docs/results.schema.json, the JSON Schema of results.json, from the code: `node scripts/report-schema.ts && npm run format`. */
import { writeFileSync } from 'node:fs'
import { resultsJsonSchema } from '../helpers/reporting/results-json-schema.ts'

const path = new URL('../docs/results.schema.json', import.meta.url)
writeFileSync(path, `${JSON.stringify(resultsJsonSchema(), null, 2)}\n`)
