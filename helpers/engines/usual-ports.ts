import type { EngineName } from './engine.ts'

/** Where engines listen unless told otherwise, and how one is started there. Of two on one port the first is likelier. */
export const usualPorts: readonly { port: number; engine: EngineName; start: string }[] = [
  { port: 11434, engine: 'ollama', start: 'ollama serve' },
  { port: 8080, engine: 'llama-server', start: 'llama-server -m model.gguf --port 8080' },
  { port: 8000, engine: 'vllm', start: 'vllm serve <model>' },
  { port: 1234, engine: 'openai', start: 'lms server start' },
  { port: 30000, engine: 'openai', start: 'python -m sglang.launch_server --model-path <model>' },
]
