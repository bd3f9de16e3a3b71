/** Where a server listens, and what opens it: of no meaning for its speed, and another each time or a secret. */
const withoutMeaning = new Set([
  ...['--host', '--port', '--api-key', '--api-key-file'],
  ...['OLLAMA_HOST', 'LLAMA_ARG_HOST', 'LLAMA_ARG_PORT'],
])

/**
 * The arguments of an engine as a baseline keeps them: without its address and keys, and with files by their names
 * alone, so that two starts differ only in what can change their speed, and a checked-in file tells no paths.
 */
export function speedArguments(words: readonly string[]): string[] {
  const kept: string[] = []
  let skipsValue = false
  for (const word of words) {
    const [flag = '', ...value] = word.split('=')
    const isValue = skipsValue
    skipsValue = withoutMeaning.has(word)
    if (isValue || withoutMeaning.has(flag)) continue
    kept.push(value.length > 0 ? `${flag}=${nameOf(value.join('='))}` : nameOf(word))
  }
  return kept
}

const nameOf = (word: string): string => (word.startsWith('/') ? (word.split('/').findLast(Boolean) ?? word) : word)
