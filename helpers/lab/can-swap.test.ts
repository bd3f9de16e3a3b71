import { expect, test } from 'vitest'
import type { EngineIdentity } from '../engines/index.ts'
import { vllmTraits } from '../engines/vllm/vllm-engine.ts'
import { whyNoSwapping } from './can-swap.ts'

const identity = (origin: EngineIdentity['origin']): EngineIdentity => ({
  name: 'vllm',
  version: '0.32.0',
  origin,
  runsAs: 'its URL',
  url: origin === 'attached' ? 'http://127.0.0.1:8000' : '',
  arguments: [],
  cautions: [],
})

test('a server of one model is named, with what to do', () => {
  expect(whyNoSwapping({ identity: identity('attached'), traits: vllmTraits('attached', undefined) })).toBe(
    'vllm at http://127.0.0.1:8000 cannot load and unload models: it serves one model for as long as it runs; ' +
      'let this suite start vLLM (PERF_ENGINE=vllm without PERF_ENGINE_URL)',
  )
})

test('the same engine with a server for each model can', () => {
  expect(whyNoSwapping({ identity: identity('spawned'), traits: vllmTraits('spawned', undefined) })).toBeNull()
})
