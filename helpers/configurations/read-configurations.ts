import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { z } from 'zod'
import { BadInputError } from '../errors.ts'
import type { BatchConfiguration } from './configuration.ts'
import { configurationSchema, fileSchema } from './file-form.ts'
import { otherHalf } from './groups.ts'
import { type Problem, readYaml, type YamlSource } from './yaml-source.ts'

const plansOwn = fileURLToPath(new URL('../../perf/batch-inference/configurations.yaml', import.meta.url))

/** The configurations of the user's file; of the plan's own where that is null. */
export const configurationsFrom = (path: string | null): BatchConfiguration[] => readConfigurations(path ?? plansOwn)

/** @throws BadInputError for a file that cannot be read, and as `parseConfigurations` does. */
export function readConfigurations(path: string): BatchConfiguration[] {
  return parseConfigurations(textOf(path), path)
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause)
    throw new BadInputError(`Reading the configurations in ${path}: ${found}. It must be a readable YAML file.`, {
      cause,
    })
  }
}

/**
 * Configurations from YAML, in its order; `file` is what messages call it.
 *
 * @throws BadInputError with every problem: its line, the field, what was found and what is allowed.
 */
export function parseConfigurations(text: string, file: string): BatchConfiguration[] {
  const source = readYaml(text)
  if (source.state === 'broken') throw refusal(file, source.problems)
  const top = fileSchema.safeParse(source.value)
  if (!top.success)
    throw refusal(
      file,
      top.error.issues.flatMap(issue => problemsOf(issue, [], source)),
    )
  const entries = top.data.configurations
  const problems = [...sameNames(entries, source), ...missingHalves(entries, source)]
  const configurations: BatchConfiguration[] = []
  for (const [index, entry] of entries.entries()) {
    const parsed = configurationSchema.safeParse(entry)
    if (parsed.success) configurations.push(parsed.data)
    else problems.push(...parsed.error.issues.flatMap(issue => problemsOf(issue, ['configurations', index], source)))
  }
  if (problems.length > 0) throw refusal(file, problems)
  return configurations
}

type ReadSource = Extract<YamlSource, { state: 'read' }>
type Path = readonly PropertyKey[]

/** One problem, or one for each key that nobody knows. */
function problemsOf(issue: z.core.$ZodIssue, at: Path, source: ReadSource): Problem[] {
  const path = [...at, ...issue.path]
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(key => ({
      line: source.lineOf([...path, key]),
      text: `${inWords([...path, key])} is no field; allowed: ${issue.message}`,
    }))
  return [problem(path, issue.message, source)]
}

const problem = (path: Path, allowed: string, source: ReadSource): Problem => ({
  line: source.lineOf(path),
  text: `${inWords(path)} is ${shown(valueAt(source.value, path))}; allowed: ${allowed}`,
})

function sameNames(entries: readonly unknown[], source: ReadSource): Problem[] {
  const names = entries.map(nameOf)
  return names.flatMap((name, index) => {
    const first = names.indexOf(name)
    if (name === null || first === index) return []
    return [problem(['configurations', index, 'name'], `a name of its own; configurations[${first}] has it`, source)]
  })
}

/** Of a before and an after each needs the other. */
function missingHalves(entries: readonly unknown[], source: ReadSource): Problem[] {
  const pairs = entries.map(entry => (valueAt(entry, ['category']) === 'before and after' ? nameOf(entry) : null))
  return pairs.flatMap((name, index) => {
    if (name === null) return []
    const other = otherHalf(name)
    if (other !== null && pairs.includes(other)) return []
    const allowed =
      other === null
        ? 'a name that ends in -before or -after, in the category "before and after"'
        : `a name whose other half ${other} is in the category "before and after" too`
    return [problem(['configurations', index, 'name'], allowed, source)]
  })
}

function nameOf(entry: unknown): string | null {
  const name = valueAt(entry, ['name'])
  return typeof name === 'string' ? name : null
}

/** `configurations[3].inference.batch_size`. */
const inWords = (path: Path): string =>
  path.length === 0
    ? 'the file'
    : path.map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i > 0 ? '.' : ''}${String(step)}`)).join('')

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce((found: unknown, step) => (found === null || found === undefined ? found : Object(found)[step]), value)

function shown(value: unknown): string {
  if (value === undefined) return 'not there'
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

function refusal(file: string, problems: readonly Problem[]): BadInputError {
  const lines = problems.toSorted((a, b) => a.line - b.line).map(({ line, text }) => `  - line ${line}: ${text}`)
  return new BadInputError(`The configurations in ${file} are not valid.\n${lines.join('\n')}`)
}
