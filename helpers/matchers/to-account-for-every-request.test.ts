import { expect, test } from 'vitest'
import { measured } from '../measured.ts'
import { exampleRun } from '../testing/example-run.ts'
import { toAccountForEveryRequest } from './to-account-for-every-request.ts'

expect.extend({ toAccountForEveryRequest })

const runWith = (missing: number, examples: string[] = []) => {
  const account = { submitted: 264, missing, repeated: 0, unknown: 0, unreadable: 0, examples }
  return exampleRun({ run: { accounts: measured([{ batch: 0, ending: 'completed', ...account }]) } })
}
const healthy = runWith(0)
const losing = runWith(2, ['"0-17" is missing', '"0-34" is missing'])

test('passes when every custom_id is accounted for, and fails when one is not', () => {
  expect(healthy).toAccountForEveryRequest()
  expect(() => expect(losing).toAccountForEveryRequest()).toThrowErrorMatchingInlineSnapshot(`
    [Error: every custom_id is accounted for
      2 (limit 0), missed by 2 · 264 custom_ids: 2 missing, 0 repeated, 0 never sent, 0 unreadable · 3 batches, 264 requests
      look at: batch 1: "0-17" is missing
      look at: batch 1: "0-34" is missing]
  `)
})

test('the other way round under .not', () => {
  expect(losing).not.toAccountForEveryRequest()
  expect(() => expect(healthy).not.toAccountForEveryRequest()).toThrow('and it was expected not to')
})

test('refuses what is not a run', () => {
  expect(() => expect(42).toAccountForEveryRequest()).toThrow('judges what load.batches() measured')
})
