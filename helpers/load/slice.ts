/** The items from one index up to another, which is not among them; no more are asked for than that. */
export async function* slice<T>(items: Iterable<T> | AsyncIterable<T>, from: number, to: number): AsyncGenerator<T> {
  if (from >= to) return
  let index = 0
  for await (const item of items) {
    if (index >= from) yield item
    if (++index === to) return
  }
}
