import { BadInputError } from '../errors.ts'

interface Variable {
  value: string
  /** For the person who changes it; empty where the name says it. */
  about: string
}

/** The variables of a compose file: each is referred to there with its value as the default, and stands in .env. */
export class Variables {
  readonly #variables = new Map<string, Variable>()
  readonly #secrets = new Set<string>()

  /** `${CONTEXT:-8192}`; the value itself where the name stands for another one already. */
  reference(name: string, value: string, about = ''): string {
    const known = this.#variables.get(name)
    if (known !== undefined && known.value !== value) return literal(value)
    this.#variables.set(name, known ?? { value, about })
    // A default ends at the first brace, and a dollar in it begins another variable.
    return /[${}]/.test(value) ? `\${${name}:?it is in .env}` : `\${${name}:-${value}}`
  }

  /** Taken from the environment of whoever starts it, and written nowhere; nothing where it is not set there. */
  secret(name: string): string {
    this.#secrets.add(name)
    return `\${${name}:-}`
  }

  /** The same for one that must be set. */
  requiredSecret(name: string): string {
    this.#secrets.add(name)
    return `\${${name}:?set it in your environment}`
  }

  /**
   * The text of .env.
   *
   * @throws BadInputError for a value that it cannot carry.
   */
  file(heading: readonly string[]): string {
    const lines = heading.map(line => `# ${line}`)
    for (const [name, { value, about }] of this.#variables) {
      lines.push(...(about === '' ? [] : ['', `# ${about}`]), `${name}=${quoted(name, value)}`)
    }
    if (this.#secrets.size > 0)
      lines.push('', `# Secrets are taken from your environment: ${[...this.#secrets].join(', ')}`)
    return `${lines.join('\n')}\n`
  }
}

/** A text as it is: a compose file takes a dollar for the beginning of a variable. */
export const literal = (text: string): string => text.replaceAll('$', '$$$$')

/** By its name, or as a URL that carries a password. */
export const isSecret = (name: string, value: string): boolean =>
  /(^|_)(KEY|TOKEN|SECRET|PASSWORD|AUTH|CREDENTIALS?)(_|$)/i.test(name) || /:\/\/[^/@\s]+@/.test(value)

/** As compose reads it: between single quotes everything stands for itself, and there is no way to write one there. */
function quoted(name: string, value: string): string {
  if (/^[\w./:@%+,=~-]*$/.test(value)) return value
  if (!/['\n]|\\$/.test(value)) return `'${value}'`
  if (!/["\\$\n]/.test(value)) return `"${value}"`
  throw new BadInputError(
    `Writing the .env file of a deployment: ${name} is ${JSON.stringify(value)}, which such a file cannot carry. It may ` +
      'have single quotes, or double quotes, backslashes and dollars, not both; no line breaks, no backslash at its end.',
  )
}
