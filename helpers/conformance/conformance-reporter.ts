import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Reporter, TestCase, TestModule } from 'vitest/node'
import type { EngineIdentity } from '../engines/index.ts'

declare module 'vitest' {
  interface TaskMeta {
    /** The engine that a check was run on. */
    conformanceOf?: Pick<EngineIdentity, 'name' | 'version' | 'runsAs'>
  }
}

export type CheckState = 'passed' | 'failed' | 'skipped'

/** What a run of the conformance checks on one engine came to. */
export interface ConformanceResult {
  engine: Pick<EngineIdentity, 'name' | 'version' | 'runsAs'>
  /** In the order of the checks. `note` is the reason of a skip. */
  checks: { name: string; state: CheckState; note: string }[]
}

/** Where the result goes: a reporter that is named on the command line takes no options. */
export const resultVariable = 'CONFORMANCE_RESULT'

/** Writes the result as JSON; nothing when no check got as far as an engine, or when nobody wants it. */
export default class ConformanceReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap(module => [...module.children.allTests()])
    const engine = tests.map(test => test.meta().conformanceOf).find(found => found !== undefined)
    const path = process.env[resultVariable]
    if (engine === undefined || path === undefined) return
    const result: ConformanceResult = { engine, checks: tests.map(checkOf) }
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`)
  }
}

function checkOf(test: TestCase): ConformanceResult['checks'][number] {
  const result = test.result()
  const note = result.state === 'skipped' ? (result.note ?? '') : ''
  return { name: test.name, state: result.state === 'pending' ? 'skipped' : result.state, note }
}
