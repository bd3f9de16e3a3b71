import { mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { BadInputError, RecordingError } from '../errors.ts'
import { redactJson } from './redact.ts'
import { type Results, resultsSchema } from './results-schema.ts'

/**
 * Writes results.json into the directory of a run (`<output>/runs/<time>`) and points `<output>/latest` at it. Both
 * appear whole or not at all. Secrets are struck out wherever they occur.
 *
 * @returns the file's path
 * @throws RecordingError when the disk does not take it
 */
export function writeResults(runDirectory: string, results: Results, secrets: readonly string[] = []): string {
  const path = join(runDirectory, 'results.json')
  const text = `${redactJson(JSON.stringify(resultsSchema.parse(results), null, 2), secrets)}\n`
  try {
    mkdirSync(runDirectory, { recursive: true })
    replace(path, temporary => writeFileSync(temporary, text))
    const output = dirname(dirname(runDirectory))
    replace(join(output, 'latest'), temporary => symlinkSync(relative(output, runDirectory), temporary))
  } catch (cause) {
    throw new RecordingError(`writing the results of the run to ${path}: ${String(cause)}`, { cause })
  }
  return path
}

/** Makes a file or link under another name and moves it into place, so that nobody sees half of it. */
function replace(path: string, make: (temporary: string) => void): void {
  const temporary = `${path}.${process.pid}.tmp`
  rmSync(temporary, { force: true })
  try {
    make(temporary)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/**
 * Reads results.json, by its path or by that of a run's folder.
 *
 * @throws BadInputError when there is none, it is no JSON, of another version, or not as that version has it
 */
export function readResults(fileOrFolder: string): Results {
  const unreadable = (what: string, cause?: unknown) =>
    new BadInputError(`reading the results ${fileOrFolder}: ${what}`, { cause })
  let json: unknown
  try {
    const path = statSync(fileOrFolder).isDirectory() ? join(fileOrFolder, 'results.json') : fileOrFolder
    json = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    const why = cause instanceof SyntaxError ? `it is not JSON (${cause.message})` : String(cause)
    throw unreadable(`${why}. Give the results.json of a run, or its folder, such as .vitest/perf/latest.`, cause)
  }
  const { schema } = resultsSchema.shape
  if (typeof json !== 'object' || json === null || !('schema' in json))
    throw unreadable('it has no `schema`, so it is no results.json of this suite.')
  if (!schema.safeParse(json.schema).success)
    throw unreadable(
      `its schema is ${JSON.stringify(json.schema)}; this version of the suite reads ${[...schema.values].join(', ')}. Read it with the version that wrote it.`,
    )
  const parsed = resultsSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw unreadable(`${issue?.path.join('.') || 'it'} is not as results.json has it: ${issue?.message}.`, parsed.error)
}
