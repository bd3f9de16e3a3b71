import type { CompletionTarget } from '../engines/engine.ts'
import { ollamaFormat } from './ollama/ollama-format.ts'
import { openaiFormat } from './openai-format.ts'
import { openaiWithoutDoneFormat } from './openai-without-done-format.ts'
import { wholeFormat } from './whole-format.ts'
import type { WireFormat } from './wire-format.ts'

export const wireFormats: Record<CompletionTarget['protocol'], WireFormat> = {
  openai: openaiFormat,
  'openai-without-done': openaiWithoutDoneFormat,
  'openai-whole': wholeFormat(openaiFormat),
  ollama: ollamaFormat,
  'ollama-whole': wholeFormat(ollamaFormat),
}
