import { describe, expect, test } from 'vitest'
import { vllmRows } from './vllm.ts'

const gibibyte = 2 ** 30
const rowOf = (id: string, hasGpu = false) => {
  const row = vllmRows(hasGpu).find(candidate => candidate.id === id)
  return row ?? expect.unreachable(`there is no row ${id}`)
}

describe("the plan's rows", () => {
  test.for([
    ['baseline', [], { VLLM_ATTENTION_BACKEND: 'FLASH_ATTN' }],
    ['a', ['--async-scheduling'], { VLLM_USE_V1: '1' }],
    ['b', ['--num-scheduler-steps', '10'], {}],
    ['c', [], { VLLM_ATTENTION_BACKEND: 'FLASHINFER' }],
    ['d', ['--kv_offloading_backend', 'native', '--kv_offloading_size', '32'], {}],
    ['e', ['--kv_offloading_backend', 'native', '--kv_offloading_size', '64'], {}],
    ['kv-80', ['--kv_offloading_backend', 'native', '--kv_offloading_size', '80'], {}],
    ['f', ['--kv-cache-dtype', 'fp8'], {}],
  ] as const)('%s has its flags and variables', ([id, words, environment]) => {
    expect(rowOf(id)).toMatchObject({ change: { arguments: words, environment, settings: {} }, insteadOf: null })
  })

  test('MAX has them all', () => {
    const { change } = rowOf('max')
    const parts = ['a', 'b', 'c', 'e', 'f'].map(id => rowOf(id).change)
    expect(change.arguments).toEqual(parts.flatMap(part => part.arguments))
    expect(change.environment).toEqual(Object.assign({}, ...parts.map(part => part.environment)))
  })
})

describe("today's equivalents", () => {
  const rows = vllmRows(true)
  const modern = rows.filter(({ insteadOf }) => insteadOf !== null)

  test('there is one for each row whose flag or variable is gone, right after it', () => {
    const isGone = ({ change }: (typeof rows)[number]): boolean =>
      change.arguments.includes('--num-scheduler-steps') || Object.keys(change.environment).length > 0
    expect(modern.map(({ insteadOf }) => insteadOf)).toEqual(rows.filter(isGone).map(({ id }) => id))
    for (const { id, insteadOf } of modern) {
      expect(rows.findIndex(row => row.id === id)).toBe(rows.findIndex(row => row.id === insteadOf) + 1)
    }
  })

  test('none of them needs what is gone', () => {
    for (const { change } of modern) {
      expect(change.environment).toEqual({})
      expect(change.arguments).not.toContain('--num-scheduler-steps')
    }
  })

  test('A and C differ from the baseline in one thing each', () => {
    const [baseline, a, c] = ['baseline-modern', 'a-modern', 'c-modern'].map(id => rowOf(id).change.arguments)
    expect(a).toEqual(baseline?.map(word => word.replace('--no-async', '--async')))
    expect(c).toEqual(baseline?.map(word => word.replace('FLASH_ATTN', 'FLASHINFER')))
  })
})

test('on a GPU every row has the share of its memory that the plan fixes', () => {
  const shareOf = (words: readonly string[]): string | undefined => words[words.indexOf('--gpu-memory-utilization') + 1]
  expect(vllmRows(true).map(({ change }) => shareOf(change.arguments))).toEqual(vllmRows(true).map(() => '0.90'))
  // There it would take the place of VLLM_CPU_KVCACHE_SPACE.
  for (const { change } of vllmRows(false)) expect(change.arguments).not.toContain('--gpu-memory-utilization')
})

test('host memory is what is offloaded to it, and nothing where vLLM refuses before it takes any', () => {
  const bytes = Object.fromEntries(vllmRows(true).map(({ id, hostBytes }) => [id, hostBytes / gibibyte]))
  expect(bytes).toMatchObject({ baseline: 0, d: 32, e: 64, 'kv-80': 80, f: 0, max: 64, 'max-modern': 64 })
  expect(vllmRows(false).every(({ hostBytes }) => hostBytes === 0)).toBe(true)
})

test('ids are unique, and the baseline comes first', () => {
  const ids = vllmRows(false).map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids[0]).toBe('baseline')
})
