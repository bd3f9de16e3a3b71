import type { z } from 'zod'
import { BadInputError } from '../errors.ts'
import { type OptionName, optionDefinitions, type PerfOptions } from './options.ts'

/** What a configuration file may set; the same values that the environment may hold as text. */
export type OptionInput = { [K in OptionName]?: z.input<(typeof optionDefinitions)[K]['schema']> | undefined }

/**
 * Defaults, then the configuration, then the environment; an empty variable counts as absent.
 *
 * @throws BadInputError naming every variable or field that is wrong, its value and what is allowed, and every PERF_
 * variable that does not exist.
 */
export function resolveOptions(
  configured: OptionInput = {},
  environment: Record<string, string | undefined> = process.env,
): PerfOptions {
  const problems = unknownVariables(environment)
  const resolved: Record<string, unknown> = {}
  for (const [name, definition] of Object.entries(optionDefinitions)) {
    const fromEnvironment = environment[definition.environmentName] || undefined
    const fromConfiguration = configured[name as OptionName]
    const raw = fromEnvironment ?? fromConfiguration
    if (raw === undefined || raw === null) {
      resolved[name] = definition.default
      continue
    }
    const source = fromEnvironment === undefined ? `${name} in the configuration` : definition.environmentName
    const parsed = definition.schema.safeParse(raw)
    if (parsed.success) resolved[name] = parsed.data
    else problems.push(`${source} is ${definition.secret ? '(hidden)' : show(raw)}; allowed: ${definition.allowed}`)
  }
  const options = resolved as PerfOptions
  if (problems.length === 0) problems.push(...contradictions(options))
  if (problems.length > 0) throw new BadInputError(`The options of this run are not valid.\n${indent(problems)}`)
  return options
}

function contradictions(options: PerfOptions): string[] {
  const { engine, engineUrl } = options
  const problems: string[] = []
  if (engine === 'embedded' && engineUrl !== null)
    problems.push('PERF_ENGINE is "embedded" and PERF_ENGINE_URL is set; leave one of them out')
  if (engine === 'openai' && engineUrl === null)
    problems.push('PERF_ENGINE is "openai" and PERF_ENGINE_URL is missing; give the URL of the running server')
  if (engineUrl === null) {
    if (options.enginePid !== null) problems.push(needsUrl('PERF_ENGINE_PID', 'a process id'))
    if (options.engineContainer !== null) problems.push(needsUrl('PERF_ENGINE_CONTAINER', "a container's name"))
  }
  for (const [name, isSet] of [
    ['PERF_ENGINE_START', options.engineStart !== null],
    ['PERF_ENGINE_IMAGE', options.engineImage !== null],
    ['PERF_ENGINE_ARGS', options.engineArguments.length > 0],
  ] as const) {
    if (!isSet) continue
    if (engineUrl !== null) problems.push(`${name} and PERF_ENGINE_URL are set; a server at a URL is not started`)
    else if (engine === null || engine === 'embedded')
      problems.push(`${name} is set and PERF_ENGINE is not; allowed with it: llama-server, ollama, vllm`)
  }
  if (options.engineImage !== null && options.engineStart === 'binary')
    problems.push('PERF_ENGINE_IMAGE is set and PERF_ENGINE_START is "binary"; leave one of them out')
  return problems
}

const needsUrl = (name: string, what: string): string =>
  `${name} is set and PERF_ENGINE_URL is missing; ${what} belongs to a server at a URL`

function unknownVariables(environment: Record<string, string | undefined>): string[] {
  const known = Object.values(optionDefinitions).map(definition => definition.environmentName)
  return Object.keys(environment)
    .filter(name => name.startsWith('PERF_') && !known.includes(name))
    .map(name => `${name} is not an option; allowed: ${known.join(', ')}`)
}

const show = (value: unknown): string => (typeof value === 'string' ? `"${value}"` : JSON.stringify(value))

const indent = (lines: string[]): string => lines.map(line => `  - ${line}`).join('\n')
