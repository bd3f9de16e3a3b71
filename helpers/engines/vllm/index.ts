export { attachVllm } from './attach-vllm.ts'
export { startVllm, vllmRecipe } from './start-vllm.ts'
