import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { EngineStartError } from '../../errors.ts'
import { siblingModule } from '../../sibling-module.ts'
import { withLog } from '../log-text.ts'
import { engineEnvironment } from './engine-environment.ts'

const limitMs = 60_000

let tested: Promise<void> | undefined

/**
 * Resolves once llama.cpp's binary for the CPU has run on this machine. Asked once in the life of this process, and not
 * with every model: the first load would take longer than the others else, and all of them longer than they need.
 *
 * @throws EngineStartError with what node-llama-cpp says.
 */
export function llamaBinaryTested(): Promise<void> {
  tested ??= testLlamaBinary()
  return tested
}

/** The test itself. `flags` are Node's. */
export async function testLlamaBinary(flags: readonly string[] = []): Promise<void> {
  const script = fileURLToPath(siblingModule(import.meta.url, 'llama-binary-process'))
  const args = [...flags, '--disable-warning=ExperimentalWarning', script]
  try {
    await promisify(execFile)(process.execPath, args, { env: engineEnvironment(), timeout: limitMs })
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
    throw new EngineStartError(
      withLog(
        "llama.cpp's binary, which node-llama-cpp brings along, does not run on this machine. Install it anew " +
          '(npm rebuild node-llama-cpp), or measure a running engine with PERF_ENGINE_URL.',
        said === '' ? [String(error)] : said.split('\n'),
      ),
      { cause: error },
    )
  }
}
