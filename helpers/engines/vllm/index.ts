export { attachVllm } from './attach-vllm.ts'
export { startVllm } from './start-vllm.ts'
