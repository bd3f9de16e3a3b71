/** Strikes secrets out of text that is printed. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => (secret === '' ? rest : rest.replaceAll(secret, '[redacted]')), text)
}

/** The same in a JSON document, where a secret may stand escaped. */
export function redactJson(json: string, secrets: readonly string[]): string {
  return redact(
    json,
    secrets.map(secret => JSON.stringify(secret).slice(1, -1)),
  )
}
