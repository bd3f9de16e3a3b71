import { join } from 'node:path'

/** What runs keep for the next ones, relative to the project: it goes with the installed packages. */
export const cacheFolder: string = join('node_modules', '.cache', 'vitest-llm-perf')

/** What V8 compiled of the modules of programs that are started over and over. */
export const compiledCodeFolder: string = join(cacheFolder, 'compiled')
