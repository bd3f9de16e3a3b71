/** A request that may say one word only, by a JSON schema of its own. */
export interface Canary {
  word: string
  messages: { role: string; content: string }[]
  responseFormat: object
}

/**
 * Words that share no part: an answer that is made of two of them is neither. The answer is a JSON string and no object,
 * because between the parts of an object engines let a model put spaces without end.
 */
export function canaries(count: number): Canary[] {
  return Array.from({ length: count }, (_, index) => {
    const word = wordOf(index)
    const schema = { type: 'string', enum: [word] }
    return {
      word,
      messages: [{ role: 'user', content: `Your word is ${word}. Say it.` }],
      responseFormat: { type: 'json_schema', json_schema: { name: 'canary', strict: true, schema } },
    }
  })
}

/** Letters of the index in base 26, each twice: `aabbcc`. */
function wordOf(index: number): string {
  const letters = [index % 26, Math.floor(index / 26) % 26, Math.floor(index / 676) % 26]
  return letters.map(letter => String.fromCharCode(97 + letter).repeat(2)).join('')
}

/** `own`: exactly its word. `mixed`: the word of another request is in it. `other`: anything else. */
export type CanarySighting = 'own' | 'mixed' | 'other'

export function canarySighting(answer: string, own: string, all: readonly string[]): CanarySighting {
  if (answer.trim() === JSON.stringify(own)) return 'own'
  return all.some(word => word !== own && answer.includes(word)) ? 'mixed' : 'other'
}
