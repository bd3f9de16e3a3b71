/** What has an address on the page. */
export type Anchored = 'item' | 'metric' | 'table' | 'chart' | 'plan' | 'finding' | 'file' | 'run'

/**
 * The `id` of an element that shows an entry of the results, and what a link to it has after its `#`. Different entries
 * have different ones: whatever is no plain letter is spelt as its code point between underscores.
 */
export function anchorOf(kind: Anchored, id: string): string {
  const plain = id.replace(/[^A-Za-z0-9.-]/gu, character => `_${character.codePointAt(0)?.toString(16)}_`)
  return `${kind}-${plain}`
}
