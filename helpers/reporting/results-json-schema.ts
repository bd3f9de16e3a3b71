import { z } from 'zod'
import { resultsSchema } from './results-schema.ts'

/**
 * JSON Schema (draft 2020-12) of results.json, for readers in other languages. It takes what `readResults` takes: files of
 * this version that lack a later addition too, and properties that it does not know.
 */
export function resultsJsonSchema(): object {
  return {
    ...z.toJSONSchema(resultsSchema, { io: 'input' }),
    title: 'results.json of vitest-llm-perf, schema 1',
    description:
      'What a run measured and decided. Ratios are shares (0.1 is 10 %), times milliseconds, sizes bytes; a number that is null has a reason beside it.',
  }
}
