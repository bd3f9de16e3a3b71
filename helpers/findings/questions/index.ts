import type { Question } from '../question.ts'
import { q1 } from './q1-memory-overhead.ts'
import { q2 } from './q2-fragmentation.ts'
import { q3 } from './q3-memory-prediction.ts'
import { q4 } from './q4-swap-configuration.ts'
import { q5 } from './q5-speed-and-size.ts'
import { q6 } from './q6-concurrency.ts'
import { q7 } from './q7-throttling.ts'
import { q8 } from './q8-batching.ts'
import { q9 } from './q9-model-mix.ts'
import { q10 } from './q10-swap-speed.ts'
import { q11 } from './q11-sustainable-load.ts'
import { q12 } from './q12-bottleneck.ts'
import { s1 } from './s1-small-models.ts'
import { s2 } from './s2-best-mix.ts'
import { s3 } from './s3-disk-speed.ts'
import { s4 } from './s4-fragmentation.ts'
import { s5 } from './s5-complementing-models.ts'
import { s6 } from './s6-serving-while-swapping.ts'
import { s7 } from './s7-sweet-spot.ts'
import { s8 } from './s8-memory-sharing.ts'
import { s9 } from './s9-containers.ts'
import { s10 } from './s10-concurrent-swaps.ts'

/** All that the plans ask, in their order: Q1 to Q12 of plan 000, then S1 to S10 of plan 003. */
export const questions: readonly Question[] = [
  q1,
  q2,
  q3,
  q4,
  q5,
  q6,
  q7,
  q8,
  q9,
  q10,
  q11,
  q12,
  s1,
  s2,
  s3,
  s4,
  s5,
  s6,
  s7,
  s8,
  s9,
  s10,
]
