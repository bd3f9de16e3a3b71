export { dropFromPageCache } from './drop.ts'
export { readIntoPageCache } from './read-in.ts'
export { type CachedBytes, inPageCache } from './residency.ts'
