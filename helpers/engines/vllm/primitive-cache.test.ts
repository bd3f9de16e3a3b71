import { expect, test } from 'vitest'
import { primitiveCacheGrowth } from './primitive-cache.ts'

test.for([undefined, '1024', '128'])('a capacity of %s lets memory grow by design', capacity => {
  expect(primitiveCacheGrowth(capacity)).toContain('ONEDNN_PRIMITIVE_CACHE_CAPACITY=16')
})

test.for(['0', '16', '64'])('a capacity of %s does not', capacity => {
  expect(primitiveCacheGrowth(capacity)).toBeNull()
})
