import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { EngineStartError } from '../../errors.ts'
import { llamaBinaryTested, testLlamaBinary } from './llama-binary.ts'

/** Loads the binary and prints how many processes node-llama-cpp started for that. */
const processesOfALoad = (before: string): string[] => [
  '--input-type=module',
  '--disable-warning=ExperimentalWarning',
  '--eval',
  `import childProcess from 'node:child_process'
  import { syncBuiltinESMExports } from 'node:module'
  import { skipBinaryTest } from ${JSON.stringify(new URL('./skip-binary-test.ts', import.meta.url).href)}
  const { fork } = childProcess
  let forks = 0
  // Without this program's own arguments, which a fork takes over.
  childProcess.fork = (file, args, options) => (forks++, fork(file, args, { ...options, execArgv: [] }))
  syncBuiltinESMExports()
  ${before}
  const { getLlama } = await import(${JSON.stringify(import.meta.resolve('node-llama-cpp'))})
  const { gpu } = await getLlama({ gpu: false, build: 'never', skipDownload: true })
  console.log(gpu, forks)
  process.exit(0)`,
]

const print = async (args: string[]): Promise<string> =>
  (await promisify(execFile)(process.execPath, args)).stdout.trim()

test('a process that skips the test starts no other to load the binary', async () => {
  expect(await print(processesOfALoad('skipBinaryTest()'))).toBe('false 0')
  // What it skips, where a binary is tested at all: elsewhere than on Linux it is not.
  const usual = process.platform === 'linux' ? 1 : 0
  expect(await print(processesOfALoad(''))).toBe(`false ${usual}`)
})

test('this machine runs the binary; it is asked once', async () => {
  await llamaBinaryTested()
  expect(llamaBinaryTested()).toBe(llamaBinaryTested())
})

test.runIf(process.platform === 'linux')(
  'a binary that fails its test: what to do, and what the library says',
  async () => {
    const failing = `data:text/javascript,${encodeURIComponent(`import { registerHooks } from 'node:module'
    registerHooks({
      load: (url, context, next) => url.endsWith('/testBindingBinary.js')
        ? { format: 'module', shortCircuit: true, source: 'export const testBindingBinary = async () => false' }
        : next(url, context),
    })`)}`
    const failure = await testLlamaBinary(['--import', failing]).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(EngineStartError)
    expect(String(failure)).toMatch(
      /does not run on this machine\. .*PERF_ENGINE_URL\.\nIts last log lines:\n {2}.*NoBinaryFound/s,
    )
  },
)
