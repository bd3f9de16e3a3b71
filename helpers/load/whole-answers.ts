import type { CompletionTarget } from '../engines/engine.ts'

/** The same target, asked for answers in one piece: its records are `whole`. */
export function wholeAnswers(target: CompletionTarget): CompletionTarget {
  const isOllama = target.protocol === 'ollama' || target.protocol === 'ollama-whole'
  return { ...target, protocol: isOllama ? 'ollama-whole' : 'openai-whole' }
}
