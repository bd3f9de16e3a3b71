import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A file that a run recommends, as it wrote it. */
export interface ConfigurationFile {
  /** Within the run's folder: `recommended/production.yaml`. */
  path: string
  text: string
}

/** Folders of a run that hold what it recommends. */
const folders = ['recommended', 'deployment']

/** What a run recommends, by its folder; nothing where it recommends nothing. */
export function readConfigurationFiles(runFolder: string): ConfigurationFile[] {
  return folders.flatMap(folder => {
    const directory = join(runFolder, folder)
    if (!existsSync(directory)) return []
    return readdirSync(directory, { withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(({ name }) => name)
      .toSorted()
      .map(name => ({ path: `${folder}/${name}`, text: readFileSync(join(directory, name), 'utf8') }))
  })
}
