import { EngineStartError } from '../errors.ts'
import { unknownFlag } from './unknown-flag.ts'

/** Enough for every refusal that was seen; an exception may print a whole configuration. */
const mostCharacters = 240

/** Why an engine did not start, for a table's cell. */
export interface StartRefusal {
  /** The engine's own words, shortened to what says why; ours where it said nothing. One line. */
  error: string
  unknownFlag: string | null
}

/**
 * Reads why a start, or a load, failed out of what the engine logged.
 *
 * @param log Every line of the engine's log, as `onLogLine` of startEngine tells them: vLLM prints a cause well above its
 * last lines. Without it the lines that the error has are read, and at last those of its message.
 */
export function startErrorOf(error: unknown, log: readonly string[] = []): StartRefusal {
  const message = error instanceof Error ? error.message : String(error)
  const [first = '', ...rest] = message.split('\n')
  // Any other error says itself what is wrong, and its engine may well have started.
  if (!(error instanceof EngineStartError)) return { error: shortened(first), unknownFlag: null }
  const told = [log, error.log, rest].find(({ length }) => length > 0) ?? []
  const lines = told.map(withoutPrefix)
  return { error: shortened(reasonIn(lines) ?? first), unknownFlag: unknownFlag(lines) }
}

/** vLLM's processes name themselves, and those that log an exception stamp each of its lines. */
const withoutPrefix = (line: string): string =>
  line.replace(/^\s*(?:\([^()]*pid=\d+\) ?)?(?:(?:ERROR|CRITICAL) \d\d-\d\d \d\d:\d\d:\d\d \[[^\]]+\] ?)?/, '')

/** The first that finds something has it: a cause is logged before its consequences. */
function reasonIn(lines: readonly string[]): string | undefined {
  return usageError(lines) ?? exception(lines) ?? llamaServerError(lines) ?? ollamaError(lines) ?? embeddedError(lines)
}

/**
 * What argument parsers say: `vllm: error: unrecognized arguments: --x` (argparse), `error: invalid argument: --x` and
 * `error while handling argument "-ctk": Unsupported cache type: x` (llama-server), `Error: unknown flag: --x` (Ollama).
 */
const usageError = (lines: readonly string[]): string | undefined =>
  lines.find(line => /^(?:[\w. ]+: )?error(?:: | while handling )|^Error: unknown /.test(line))

/** An exception that stands for that of another process, which has been logged above it. */
const consequence = /initialization failed/i
const chain = /^(?:During handling of the above exception|The above exception was the direct cause)/

/**
 * What a Python program says at the end of its traceback: the first that was logged, and of exceptions that one led to
 * another the last.
 */
function exception(lines: readonly string[]): string | undefined {
  let said: string | undefined
  let isChained = false
  for (const [index, line] of lines.entries()) {
    if (chain.test(line)) isChained = true
    if (!/^[\w.]*(?:Error|Exception)(?:: |$)/.test(line)) continue
    if (said !== undefined && !isChained && !consequence.test(said)) break
    // Pydantic says on the next line what is wrong.
    const words = /ValidationError: \d+ validation error/.test(line) ? (lines[index + 1] ?? line) : line
    if (said === undefined || !consequence.test(words)) said = words
    isChained = false
  }
  return said?.replace(/ \[type=.*/, '')
}

/** `0.00.026.783 E llama_init_from_model: quantized V cache requires flash_attn to be enabled`. */
function llamaServerError(lines: readonly string[]): string | undefined {
  for (const line of lines) {
    const said = /^\d+\.\d\d\.\d{3}\.\d{3} E (.+)/.exec(line)?.[1]
    if (said !== undefined) return said
  }
  return undefined
}

/** `msg="Load failed" model=… error="llama-server process has terminated: exit status 1: …"`, its words once. */
function ollamaError(lines: readonly string[]): string | undefined {
  for (const line of lines) {
    const said = /msg="Load failed".* error="((?:[^"\\]|\\.)*)"/.exec(line)?.[1]
    if (said !== undefined) return said.split('\\n')[0]
  }
  return undefined
}

/** `[tiny] error: llama_init_from_model: …`, else `[tiny] cannot load the model: …`, under the model's name. */
function embeddedError(lines: readonly string[]): string | undefined {
  const said = (words: RegExp): string[] => lines.flatMap(line => words.exec(line)?.[1] ?? [])
  return [...said(/^\[[^\]]+\] error: (.+)/), ...said(/^\[[^\]]+\] (cannot load the model: .+)/)][0]
}

function shortened(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ')
  return line.length <= mostCharacters ? line : `${line.slice(0, mostCharacters - 1)}…`
}
