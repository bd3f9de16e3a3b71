/** Mid-ranks (1 to n; tied values share the mean of their ranks) and the sizes of the groups of tied values. */
export function midRanks(values: readonly number[]): { ranks: number[]; tieSizes: number[] } {
  const order = values.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value)
  const ranks = new Array<number>(values.length)
  const tieSizes: number[] = []
  for (let start = 0; start < order.length; ) {
    const value = order[start]?.value
    let end = start
    while (order[end]?.value === value && end < order.length) end++
    for (const { index } of order.slice(start, end)) ranks[index] = (start + 1 + end) / 2
    tieSizes.push(end - start)
    start = end
  }
  return { ranks, tieSizes }
}
