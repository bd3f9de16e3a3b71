import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { RecordingError } from '../errors.ts'
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
