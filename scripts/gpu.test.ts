import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { recordedNvidiaSmi } from '../helpers/sampling/fake-program.ts'
import { FakeTree } from '../helpers/sampling/fake-tree.ts'

const script = join(import.meta.dirname, 'gpu.ts')

let tree: FakeTree
beforeEach(() => {
  tree = new FakeTree()
})
afterEach(() => tree[Symbol.dispose]())

/** The script on a machine whose nvidia-smi is the one of the tree, where there is one. */
async function run(...args: string[]) {
  const env = { ...process.env, PATH: `${tree.root}:/usr/bin:/bin` }
  return promisify(execFile)(process.execPath, [script, ...args], { env }).catch(
    (error: { stdout: string; stderr: string; code: number }) => error,
  )
}

test('a recorded H100 and a process', async () => {
  recordedNvidiaSmi(tree, 'nvidia-smi-h100-mig.txt')
  const { stdout } = await run(String(process.pid))
  expect(stdout).toMatch(/^GPU 0 · NVIDIA H100 80GB HBM3\n {2}memory used {2}10\.86 GiB\n/)
  expect(stdout).toMatch(new RegExp(`\\nprocess ${process.pid}\\nprocesses +\\d+\\nGPU memory `))
  // In a container nvidia-smi's list tells nothing of this process; on a host it tells that it holds nothing of the GPU.
  expect(stdout).toMatch(/^judged on +(GPU memory of the device|host memory of the engine \(RSS\))$/m)
})

test('wrong arguments are refused', async () => {
  expect(await run('all')).toMatchObject({
    code: 2,
    stderr: 'npm run gpu: a process id is a number, not "all". See `npm run gpu -- --help`.\n',
  })
  expect(await run('--watch')).toMatchObject({ code: 2, stderr: expect.stringMatching(/--watch/) })
})
