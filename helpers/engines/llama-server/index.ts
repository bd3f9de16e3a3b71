export { attachLlamaServer } from './attach-llama-server.ts'
export { llamaServerRecipe, startLlamaServer } from './start-llama-server.ts'
