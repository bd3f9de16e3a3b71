import { expect, test } from 'vitest'
import recorded from './start-logs.data.json' with { type: 'json' }
import { startRemarks } from './start-remarks.ts'

const vllm = recorded['vllm 0.32.0, CPU']
const ollama = recorded['ollama 0.17.4']

test.for([
  [
    'a variable that is gone',
    vllm.baseline.lines,
    'Unknown vLLM environment variable detected: VLLM_ATTENTION_BACKEND',
  ],
  [
    'a backend that a CPU has not',
    vllm['baseline-modern'].lines,
    'Cannot use AttentionBackendEnum.FLASH_ATTN backend on CPU',
  ],
  [
    'a KV cache without the flash attention that it takes',
    ollama['kv-q8-alone'].lines,
    'OLLAMA_FLASH_ATTENTION must be enabled to use a quantized OLLAMA_KV_CACHE_TYPE',
  ],
  ['a type that Ollama does not know', ollama.nonsense.lines, 'unsupported OLLAMA_KV_CACHE_TYPE'],
  [
    'flash attention that is switched on for it',
    recorded['ollama 0.33.0-rc2']['kv-q8-alone'].lines,
    'enabling flash_attn since it is required for quantized V cache',
  ],
] as const)('%s', ([, lines, remark]) => {
  expect(startRemarks(lines)).toEqual([remark])
})

test('a start that did what it was told has none, and what is said twice is told once', () => {
  for (const { lines } of [
    ollama.baseline,
    recorded['ollama 0.33.0-rc2'].baseline,
    recorded['llama-server 0.7.0'].start,
  ]) {
    expect(startRemarks(lines)).toEqual([])
  }
  expect(startRemarks([...vllm.baseline.lines, ...vllm.baseline.lines])).toHaveLength(1)
})
