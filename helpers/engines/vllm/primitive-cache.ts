/** Beyond so many primitives their growth shows: 1,024 is oneDNN's default, 16 left RSS flat over 1,200 requests. */
const FEW = 64

/** The variable that limits them, read by oneDNN itself. */
export const primitiveCacheVariable = 'ONEDNN_PRIMITIVE_CACHE_CAPACITY'

/**
 * Why the host memory of vLLM's CPU build grows without a leak: oneDNN keeps a primitive for every size of batch that it
 * has met, up to 1,024. Seen with vLLM 0.32.0: 400 MiB over 2,400 requests, 22 at a time; flat with a capacity of 16.
 * Null where the variable limits them to a few.
 */
export function primitiveCacheGrowth(capacity: string | undefined): string | null {
  if (capacity !== undefined && Number(capacity) <= FEW) return null
  return (
    `on a CPU vLLM keeps what oneDNN compiled for every size of batch, until it has met them all; ` +
    `start it with ${primitiveCacheVariable}=16 to judge its growth`
  )
}
