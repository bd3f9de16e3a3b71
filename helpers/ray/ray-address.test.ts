import { expect, test } from 'vitest'
import { rayAddress } from './index.ts'

test.for([
  ['local', undefined, { kind: 'local' }],
  ['http://10.0.0.1:8265/', undefined, { kind: 'dashboard', url: 'http://10.0.0.1:8265' }],
  ['http://10.0.0.1:8265', 'http://10.0.0.2:8265', { kind: 'dashboard', url: 'http://10.0.0.1:8265' }],
  [null, 'https://head.example/ray/', { kind: 'dashboard', url: 'https://head.example/ray' }],
] as const)('PERF_RAY %s, RAY_ADDRESS %s', ([option, RAY_ADDRESS, value]) => {
  expect(rayAddress(option, { RAY_ADDRESS })).toEqual({ state: 'measured', value })
})

test.for([undefined, '', 'auto', 'ray://head:10001', '10.0.0.1:6379'])(
  'RAY_ADDRESS %s leads to no dashboard, and the reason says how to get one',
  RAY_ADDRESS => {
    const found = rayAddress(null, { RAY_ADDRESS })
    expect(found).toMatchObject({ state: 'absent', reason: expect.stringContaining('PERF_RAY=local') })
    if (RAY_ADDRESS) expect(found).toMatchObject({ reason: expect.stringContaining(RAY_ADDRESS) })
  },
)
