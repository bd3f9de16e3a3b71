export { attachLlamaServer } from './attach-llama-server.ts'
export { startLlamaServer } from './start-llama-server.ts'
