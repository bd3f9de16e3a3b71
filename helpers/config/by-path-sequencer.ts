import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Runs specs in the order of their paths; vitest's default puts failed and slow files first. */
export class ByPathSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => a.moduleId.localeCompare(b.moduleId, 'en', { numeric: true }))
  }
}
