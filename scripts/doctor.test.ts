import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const script = fileURLToPath(new URL('doctor.ts', import.meta.url))

function doctor(
  args: string[],
  environment: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  return new Promise(resolve => {
    const own = { HOME: process.env.HOME ?? '/', DOCKER_HOST: 'unix:///nowhere/docker.sock', PATH: '' }
    execFile(process.execPath, [script, ...args], { env: { ...own, ...environment } }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err }),
    )
  })
}

test('a machine with nothing but Node has its answer, and exit code 0', async () => {
  const { code, out, err } = await doctor([])
  expect(code, err).toBe(0)
  expect(out.trimEnd().split('\n').at(-1)).toMatch(/^Run now {2}.*npx vitest run perf\/$/)
  // No colours where nobody sees them.
  expect(out).not.toContain('\u001b[')
})

test('--json is for programs', async () => {
  const { code, out } = await doctor(['--json'])
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({
    seen: { containers: { docker: { state: expect.any(String) } } },
    items: expect.arrayContaining([expect.objectContaining({ outlook: { state: 'runs' } })]),
    command: expect.stringContaining('npx vitest run perf/'),
  })
})

test.for([
  [{ PERF_PROFILE: 'fast' }, [], 'PERF_PROFILE is "fast"; allowed: quick, standard, full'],
  [{}, ['--fast'], 'npm run doctor'],
] as const)('a wrong option is refused: %j %j', async ([environment, args, message]) => {
  const { code, err } = await doctor([...args], environment)
  expect(code).toBe(2)
  expect(err).toContain(message)
})

test('--help says what it does', async () => {
  const { code, out } = await doctor(['--help'])
  expect(code).toBe(0)
  expect(out).toContain('npm run doctor -- [--json]')
})
