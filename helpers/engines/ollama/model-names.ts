/** Models that this suite creates lie here, apart from those that people have. */
const NAMESPACE = 'vitest-llm-perf'
/** Ollama allows 80. */
const MAX_CHARACTERS = 64

/** As Ollama lists it: a name without a tag means `:latest`. */
export const taggedName = (name: string): string =>
  name.slice(name.lastIndexOf('/') + 1).includes(':') ? name : `${name}:latest`

/**
 * A name that Ollama takes. Its own names have letters, digits, `-`, `_` and `.` only, so that `qwen2.5-0.5b ÷ 16` cannot
 * be one.
 */
export function plainName(name: string): string {
  const plain = name
    .replaceAll('÷', 'div')
    .replace(/[^\w.-]+/g, '-')
    .replace(/^[-.]+/, '')
    .slice(0, MAX_CHARACTERS)
  return plain || 'model'
}

/** Ollama's name for a model that we create. The tag is of the file's bytes: another file is another model. */
export const createdName = (name: string, digest: string): string => `${prefixOf(name)}${digest.slice(0, 12)}`

/** Whether a model of Ollama's was created for that name, by this run or by another. */
export const isCreatedFor = (ollamaName: string, name: string): boolean => ollamaName.startsWith(prefixOf(name))

const prefixOf = (name: string): string => `${NAMESPACE}/${plainName(name)}:`
