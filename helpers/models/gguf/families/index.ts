import type { FamilyName } from '../../architecture.ts'
import type { Family } from './family.ts'
import { llama } from './llama.ts'
import { qwen2 } from './qwen2.ts'

export const families: Record<FamilyName, Family> = { llama, qwen2 }
export type { Family, TensorRole, TensorShape } from './family.ts'
