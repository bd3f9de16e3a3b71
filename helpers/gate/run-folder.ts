import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** The folder in which vitest of this process id left its run; null where it ended before it made one. */
export function runFolderOf(output: string, pid: number): string | null {
  const runs = join(output, 'runs')
  const [name] = existsSync(runs)
    ? readdirSync(runs)
        .filter(name => name.endsWith(`-${pid}`))
        .sort()
        .slice(-1)
    : []
  return name === undefined ? null : resolve(runs, name)
}

/** A folder beside those of the runs, for what the gate has to say of a run that made none. */
export const folderOfNoRun = (output: string, startedAt: Date): string =>
  resolve(output, 'runs', `${startedAt.toISOString().slice(0, 19).replaceAll(':', '-')}-gate`)
