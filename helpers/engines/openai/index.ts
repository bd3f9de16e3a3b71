export { attachOpenAi } from './attach-openai.ts'
