import { describe, expect, test } from 'vitest'
import recorded from './start-logs.data.json' with { type: 'json' }
import { unknownFlag } from './unknown-flag.ts'

const vllm = recorded['vllm 0.32.0, CPU']
const llamaServer = recorded['llama-server 0.7.0']

describe('recorded', () => {
  test.for([
    ['vLLM', vllm.b.lines, '--num-scheduler-steps'],
    ['llama-server', llamaServer.flag.lines, '--no-such-flag'],
    ['Ollama', recorded['ollama 0.17.4'].flag.lines, '--no-such-flag'],
  ] as const)('%s names it', ([, lines, flag]) => {
    expect(unknownFlag(lines)).toBe(flag)
  })

  test.for([
    ['a start that went well', vllm.baseline.lines],
    ['a refusal for another reason', vllm.d.lines],
    ['a wrong value', llamaServer.value.lines],
    ['a wrong value that Ollama passed on', recorded['ollama 0.33.0-rc2'].nonsense.lines],
  ] as const)('%s names none', ([, lines]) => {
    expect(unknownFlag(lines)).toBeNull()
  })
})

test('several are told without their values', () => {
  expect(unknownFlag(['vllm: error: unrecognized arguments: --swap-space 4 --num-scheduler-steps=10'])).toBe(
    '--swap-space --num-scheduler-steps',
  )
})

test('a stray word is no flag', () => {
  expect(unknownFlag(['error: invalid argument: nonsense'])).toBeNull()
  expect(unknownFlag(['vllm: error: unrecognized arguments: nonsense'])).toBeNull()
})
