import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where every spec's engine comes from, and the words in it that start one. */
const FILE = 'helpers/fixtures/engine-under-test.ts'
const STARTS = 'await startEngine(options)'

/**
 * Makes the engine of a copy of this project slower by a factor, as a change of its code would: every answer goes through
 * a proxy that holds it back, also after a restart. The engine stays the run's own, so that a regression can be confirmed.
 *
 * @param folder a copy of the project, never the project itself
 * @returns takes the change back
 * @throws Error when the code of the copy is not as this change expects it
 */
export function plantSlowdown(folder: string, factor: number): () => void {
  const path = join(folder, FILE)
  const before = readFileSync(path, 'utf8')
  if (before.split(STARTS).length !== 2)
    throw new Error(`planting a slowdown: ${path} does not hold \`${STARTS}\` once`)
  const slowed = `import { slowedEngine } from '../testing/slow-proxy/slowed-engine.ts'\n${before}`
  writeFileSync(path, slowed.replace(STARTS, `await slowedEngine(${STARTS}, ${factor})`))
  return () => writeFileSync(path, before)
}
