import { matchesGlob, relative } from 'node:path'
import { BaseSequencer, type TestSequencerConstructor, type TestSpecification } from 'vitest/node'

/**
 * Runs specs in the order of the globs that include them, and by path within a glob; vitest's default puts failed and
 * slow files first.
 */
export function inOrderOf(include: readonly string[]): TestSequencerConstructor {
  return class extends BaseSequencer {
    override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
      const rank = ({ moduleId }: TestSpecification) => {
        const found = include.findIndex(glob => matchesGlob(relative(this.ctx.config.root, moduleId), glob))
        return found === -1 ? include.length : found
      }
      return files.toSorted(
        (a, b) => rank(a) - rank(b) || a.moduleId.localeCompare(b.moduleId, 'en', { numeric: true }),
      )
    }
  }
}
