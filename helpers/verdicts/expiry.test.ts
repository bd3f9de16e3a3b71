import { describe, expect, test } from 'vitest'
import type { Expiry } from '../keep-alive/index.ts'
import { absent, measured } from '../measured.ts'
import { seconds } from '../units.ts'
import { judgeExpiry, judgeNoEarlyExpiry } from './index.ts'

const id = '001.keep-alive'

/** A keep-alive of 5 s; the model was found until then. */
const seen = (changes: Partial<Expiry>) =>
  measured<Expiry>({
    id,
    engine: {
      name: 'ollama',
      version: '0.17.4',
      origin: 'attached',
      runsAs: 'its URL',
      url: 'http://127.0.0.1:11434',
      arguments: [],
      cautions: [],
    },
    modelName: 'tiny',
    keepAliveMs: 5000,
    isGone: true,
    afterMs: 5100,
    looks: 51,
    resolutionMs: 104,
    ...changes,
  })

describe('a keep-alive of 5 s', () => {
  test('gone after 5.1 s: both pass, with the numbers', () => {
    expect(judgeNoEarlyExpiry(id, seen({}))).toMatchObject({ id: '001.keep-alive.not-before', verdict: 'pass' })
    const gone = judgeExpiry(id, seen({}), seconds(5))
    expect(gone).toMatchObject({ id: '001.keep-alive.gone-after', verdict: 'pass', n: 51 })
    expect(gone).toHaveProperty('line', '5.10 s (limit 10.00 s) · looked at every 104 ms or more often')
    expect(gone.data).toBe('51 looks at tiny, keep-alive 5.00 s')
  })

  test('gone after 3 s is too early', () => {
    const early = seen({ afterMs: 3000 })
    expect(judgeNoEarlyExpiry(id, early)).toMatchObject({ verdict: 'fail', measured: { value: 3000 } })
    expect(judgeExpiry(id, early, seconds(5))).toMatchObject({ verdict: 'pass' })
  })

  test('gone after 12 s, or not at all, is too late', () => {
    expect(judgeExpiry(id, seen({ afterMs: 12_000 }), seconds(5))).toMatchObject({ verdict: 'fail' })
    const there = seen({ afterMs: 15_050, isGone: false })
    expect(judgeNoEarlyExpiry(id, there)).toMatchObject({ verdict: 'pass' })
    expect(judgeExpiry(id, there, seconds(5))).toMatchObject({
      verdict: 'fail',
      line: '15.05 s (limit 10.00 s), missed by 5.05 s · still loaded at the last look',
    })
  })

  test('an engine that never unloads an idle model has none', () => {
    const none = absent('vLLM keeps its model')
    for (const assessment of [judgeNoEarlyExpiry(id, none), judgeExpiry(id, none, seconds(5))])
      expect(assessment).toMatchObject({ verdict: 'not applicable', reason: 'vLLM keeps its model' })
  })
})
