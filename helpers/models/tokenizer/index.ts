export { byteLevelTokenizer, smallestVocabulary, type Tokenizer } from './byte-level-tokenizer.ts'
export { chatTemplate } from './chat-template.ts'
