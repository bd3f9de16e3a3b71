/**
 * How fragmented free memory is: for every order, the share of the free pages that lie in blocks too small for an
 * allocation of that order (2^order pages in a row). 0 at order 0; 1 where no block is large enough, and where nothing
 * is free, as the kernel counts it.
 *
 * The kernel's unusable free space index (unusable_free_index in mm/vmstat.c, after Gorman & Whitcroft 2006, "The what,
 * the why and the where to of anti-fragmentation"), over all zones of all nodes together:
 * `(free − Σ blocks(o) · 2^o, o ≥ order) / free`. `text` is /proc/buddyinfo: a line a zone, with its number of free blocks
 * of each order. Empty where there is no such line.
 */
export function unusableShares(text: string): number[] {
  const zones = text.split('\n').flatMap(line => {
    const [, counts] = /^Node \d+, zone +\S+((?: +\d+)+) *$/.exec(line) ?? []
    return counts === undefined ? [] : [counts.trim().split(/ +/).map(Number)]
  })
  const orders = Math.max(0, ...zones.map(counts => counts.length))
  const freePages = Array.from({ length: orders }, (_, order) =>
    zones.reduce((sum, counts) => sum + (counts[order] ?? 0) * 2 ** order, 0),
  )
  const total = freePages.reduce((sum, pages) => sum + pages, 0)
  let below = 0
  return freePages.map(pages => {
    const share = total === 0 ? 1 : below / total
    below += pages
    return share
  })
}
