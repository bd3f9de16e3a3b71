import { isSecret, literal, type Variables } from './variables.ts'

/** What a person changes about an engine, by the flag or the variable of the engine that says it. */
export type NamedSettings = Readonly<Record<string, { name: string; about?: string }>>

/**
 * The words of a command as a compose file takes them, with references for values.
 *
 * @param own Of the engine's recipe: what `named` knows is referred to; a flag that `further` says again is left out.
 * @param further The values of all long flags are referred to, by the flag's own name.
 */
export function commandWords(
  own: readonly string[],
  further: readonly string[],
  named: NamedSettings,
  variables: Variables,
): string[] {
  const again = new Set(further.filter(isFlag).map(flagOf))
  const kept = own.filter((word, i) => {
    const before = own[i - 1] ?? ''
    return !again.has(word) && !(isFlag(before) && !isFlag(word) && again.has(before))
  })
  return [
    ...referring(kept, variables, flag => named[flag]),
    ...referring(further, variables, flag => named[flag] ?? byFlag(flag)),
  ]
}

type Naming = (flag: string) => NamedSettings[string] | undefined

function referring(words: readonly string[], variables: Variables, naming: Naming): string[] {
  const reference = (flag: string, value: string): string => {
    const known = naming(flag)
    if (known === undefined) return literal(value)
    if (isSecret(known.name, value)) return variables.requiredSecret(known.name)
    return variables.reference(known.name, value, known.about)
  }
  return words.map((word, i) => {
    const [flag, ...value] = word.split('=')
    if (isFlag(word) && value.length > 0) return `${flag}=${reference(flagOf(word), value.join('='))}`
    const before = words[i - 1] ?? ''
    return isFlag(word) || !isFlag(before) ? literal(word) : reference(before, word)
  })
}

/** `--kv-offloading-size` is KV_OFFLOADING_SIZE. */
function byFlag(flag: string): NamedSettings[string] | undefined {
  const [, name] = /^--(\w[\w-]*)$/.exec(flag) ?? []
  return name === undefined ? undefined : { name: name.replaceAll('-', '_').toUpperCase() }
}

/** `-1` is a value. */
const isFlag = (word: string): boolean => /^--?[a-z]/i.test(word)

const flagOf = (word: string): string => word.split('=', 1)[0] ?? word
