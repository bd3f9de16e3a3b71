import type { EngineName } from './engine.ts'

const titles: Record<EngineName, string> = {
  embedded: 'the embedded engine',
  'llama-server': 'llama-server',
  ollama: 'Ollama',
  vllm: 'vLLM',
  openai: 'an OpenAI-compatible server',
}

/** An engine as people call it, with its version where that is known: `Ollama 0.17.4`. */
export function engineTitle(engine: EngineName, version?: string): string {
  return version === undefined || version === 'unknown' ? titles[engine] : `${titles[engine]} ${version}`
}
