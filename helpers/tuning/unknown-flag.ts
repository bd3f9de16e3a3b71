/** How each engine says that it does not know a flag; the group holds the flag, for argparse with its values and others. */
const refusals = [
  // vLLM (argparse), exit code 2: `vllm: error: unrecognized arguments: --num-scheduler-steps 10`.
  /error: unrecognized arguments: (.+)$/,
  // llama-server, exit code 1: `error: invalid argument: --no-such-flag`.
  /error: invalid argument: (\S+)/,
  // Ollama (cobra), exit code 1: `Error: unknown flag: --no-such-flag`.
  /Error: unknown flag: (\S+)/,
]

/**
 * The flag that the installed version of an engine does not know, by what it said when it was started; several have a
 * space between them. Null where it knew them all: a wrong value of a known flag is none, and neither is a stray word.
 */
export function unknownFlag(lines: readonly string[]): string | null {
  const said = lines.flatMap(line => refusals.map(refusal => refusal.exec(line)?.[1] ?? ''))
  const flags = said
    .join(' ')
    .split(/\s+/)
    .filter(word => word.startsWith('-'))
    .map(word => word.replace(/=.*/, ''))
  return flags.length === 0 ? null : [...new Set(flags)].join(' ')
}
