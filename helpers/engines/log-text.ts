/** A message with the engine's last words under it. */
export function withLog(message: string, lines: string[]): string {
  return lines.length === 0 ? message : [message, 'Its last log lines:', ...lines.map(line => `  ${line}`)].join('\n')
}
