import { parse } from 'yaml'
import { z } from 'zod'
import { BadInputError } from '../errors.ts'

const workflowSchema = z.object({ env: z.object({ PERF_REQUIRE: z.string() }) })

/**
 * The criteria that the workflow's runs must have judged.
 *
 * @param text of the workflow's file
 * @throws BadInputError when it names none
 */
export function requiredOf(text: string): string[] {
  const parsed = workflowSchema.safeParse(parse(text))
  const ids = parsed.success
    ? [...parsed.data.env.PERF_REQUIRE.matchAll(/\b\d{3}(?:\.[a-z0-9-]+)+/g)].map(([id]) => id)
    : []
  if (ids.length === 0)
    throw new BadInputError('reading the workflow of the gate: its PERF_REQUIRE names no criterion.')
  return ids
}
