/** A field of a request that Ollama's own API has no place for. */
export class CannotCarry extends Error {
  /**
   * @param field As a path: `messages.0.content.1`.
   * @param advice What would do instead.
   */
  constructor(field: string, value: unknown, advice = 'Leave it out, or measure an engine that takes it.') {
    const found = JSON.stringify(value) ?? String(value)
    const shown = found.length > 80 ? `${found.slice(0, 80)}…` : found
    super(`its own API has no place for field "${field}", which is ${shown}. ${advice}`)
  }
}
