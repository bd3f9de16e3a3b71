import { expect, test } from 'vitest'
import type { BatchAccount } from '../batch-api/index.ts'
import { absent, measured } from '../measured.ts'
import { exampleRun } from '../testing/example-run.ts'
import { judgeAccounts } from './index.ts'

const account = (batch: number, change: Partial<BatchAccount> = {}): BatchAccount => ({
  batch,
  ending: 'completed',
  submitted: 88,
  missing: 0,
  repeated: 0,
  unknown: 0,
  unreadable: 0,
  examples: [],
  ...change,
})

const judged = (...accounts: BatchAccount[]) =>
  judgeAccounts(exampleRun({ run: { id: '001.batch-api', accounts: measured(accounts) } }))

test('passes when every custom_id came back once', () => {
  expect(judged(account(0), account(1))).toMatchObject({
    id: '001.batch-api.accounted-for',
    verdict: 'pass',
    n: 176,
    line: '0 (limit 0) · 176 custom_ids: 0 missing, 0 repeated, 0 never sent, 0 unreadable',
  })
})

test.for(['missing', 'repeated', 'unknown', 'unreadable'] as const)('fails when one is %s', kind => {
  const examples = ['"0-17" is missing']
  expect(judged(account(0), account(1, { [kind]: 1, examples }))).toMatchObject({
    verdict: 'fail',
    measured: { value: 1 },
    advice: ['batch 2: "0-17" is missing'],
  })
})

test('says how a batch ended that was not completed', () => {
  const assessment = judged(account(0), account(1, { ending: 'expired', missing: 3 }))
  expect(assessment).toHaveProperty('line', expect.stringContaining('batch 2 ended as expired'))
})

test('is not applicable to requests that go straight to the engine, and inconclusive without any', () => {
  const direct = exampleRun({ run: { accounts: absent('each has an answer of its own') } })
  expect(judgeAccounts(direct)).toMatchObject({ verdict: 'not applicable', reason: 'each has an answer of its own' })
  expect(judged()).toMatchObject({ verdict: 'inconclusive' })
})
