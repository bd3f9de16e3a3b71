import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'

/** Full path of a program: the first on the PATH that may be run, or itself where it is a path. */
export function programPath(program: string, path: string = process.env.PATH ?? ''): string | undefined {
  const candidates = program.includes('/')
    ? [resolve(program)]
    : path.split(delimiter).flatMap(folder => (folder === '' ? [] : [join(folder, program)]))
  return candidates.find(isProgram)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    // Not there, or not for this user: the next folder of the PATH may have it.
    return false
  }
}
