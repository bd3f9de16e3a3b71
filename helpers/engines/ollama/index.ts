export { type AttachOllamaOptions, attachOllama } from './attach-ollama.ts'
export { startOllama } from './start-ollama.ts'
