import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

/** A program of that body: how it ends, and what it says. */
function run(body: string): { code: number | null; said: string } {
  const imports = [
    `import { runProgram } from '${new URL('./index.ts', import.meta.url).href}'`,
    `import { BadInputError } from '${new URL('../errors.ts', import.meta.url).href}'`,
  ]
  const program = [...imports, `await runProgram(async () => { ${body} })`].join('\n')
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  })
  return { code: status, said: stderr.trim() }
}

test('the number that it returns is the exit code; nothing is 0', () => {
  expect(run('return 1')).toEqual({ code: 1, said: '' })
  expect(run('process.exitCode = 1')).toEqual({ code: 0, said: '' })
})

test('what a person did wrong is a message, with its own exit code', () => {
  expect(run(`throw new BadInputError('no such file')`)).toEqual({ code: 2, said: 'no such file' })
})

test('a fault of its own has a stack and is 3, never 1', () => {
  expect(run(`throw new TypeError('a fault')`)).toEqual({
    code: 3,
    said: expect.stringMatching(/^TypeError: a fault\n\s+at /),
  })
})

test('what it knew before it threw stays', () => {
  expect(run(`process.exitCode = 1; throw new TypeError('a fault')`).code).toBe(1)
  expect(run(`process.exitCode = 130; throw new BadInputError('no such file')`).code).toBe(130)
})
