import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { CouldNotMeasureError } from '../errors.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { isAlive } from '../processes/index.ts'
import { memoryController, oomCounts, oomVerdict, openCage } from './index.ts'

const MIB = 2 ** 20
const probe = openCage({ limitBytes: 64 * MIB })
const why = probe.state === 'absent' ? probe.reason : ''
if (probe.state === 'measured') await probe.value[Symbol.asyncDispose]()

function must<T>(value: Measured<T>): T {
  if (value.state === 'absent') throw new Error(value.reason)
  return value.value
}

/** A process that takes so many MiB when it is told to, and says so. */
async function eater(mebibytes: number): Promise<{ child: ChildProcess; pid: number; eat(): Promise<string> }> {
  const program = `process.stdin.once('data', () => { globalThis.food = Buffer.alloc(${mebibytes} * 2 ** 20, 1); console.log('eaten') }); console.log('hungry')`
  const child = spawn(process.execPath, ['--eval', program], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = once(child, 'exit').then(([code, signal]) => String(signal ?? code))
  await once(child.stdout, 'data')
  return {
    child,
    pid: child.pid ?? 0,
    eat() {
      const eaten = once(child.stdout, 'data').then(([text]) => String(text).trim())
      child.stdin.write('now')
      return Promise.race([eaten, ended])
    },
  }
}

describe.skipIf(why !== '')(`a cage${why && `: ${why}`}`, () => {
  test('lets a process have what is below its limit', async () => {
    await using cage = must(openCage({ limitBytes: 128 * MIB }))
    const { pid, eat } = await eater(32)
    cage.add(pid)
    expect(cage.pids()).toEqual([pid])
    expect(await eat()).toBe('eaten')
    expect(must(cage.use()).heldBytes).toBeGreaterThan(30 * MIB)
    expect(must(cage.use()).heldBytes).toBeLessThan(64 * MIB)
    expect(must(cage.peakBytes())).toBeGreaterThan(30 * MIB)
    expect(must(cage.oomKills())).toBe(0)
  })

  test('has a process killed that takes more, and tells by whom', async () => {
    await using cage = must(openCage({ limitBytes: 32 * MIB }))
    const { pid, eat } = await eater(96)
    cage.add(pid)
    const before = oomCounts(cage)
    expect(await eat()).toBe('SIGKILL')
    expect(must(cage.oomKills())).toBeGreaterThanOrEqual(1)
    expect(oomVerdict(before, oomCounts(cage), null)).toBe('killed for want of memory')
    const machine = { cage: absent('no cage') }
    const counts = [before, oomCounts(null)] as const
    const seen = oomVerdict({ ...counts[0], ...machine }, { ...counts[1], ...machine }, { exitCode: 137 })
    expect(seen).toBe('killed for want of memory')
  })

  test('says of a process that somebody else killed that it was not for want of memory', async () => {
    await using cage = must(openCage({ limitBytes: 128 * MIB }))
    const { child, pid } = await eater(1)
    cage.add(pid)
    const before = oomCounts(cage)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(oomVerdict(before, oomCounts(cage), { exitCode: 137 })).toBe('killed, by whom is not known')
    expect(oomVerdict(before, oomCounts(cage), { exitCode: 1 })).toBe('not killed')
  })

  test('ends what is left in it, and is gone then', async () => {
    const cage = must(openCage({ limitBytes: 128 * MIB }))
    const { pid } = await eater(1)
    cage.add(pid)
    await cage[Symbol.asyncDispose]()
    expect(isAlive(pid)).toBe(false)
    expect(existsSync(cage.folder)).toBe(false)
  })

  test('that a killed run left is removed by the next one, and that of a living one is not', async () => {
    await using ours = must(openCage({ limitBytes: 64 * MIB }))
    const { child, pid } = await eater(1)
    child.kill('SIGKILL')
    await once(child, 'exit')
    const leftOver = join(dirname(ours.folder), `vitest-llm-perf-${pid}-12345-1`)
    mkdirSync(leftOver)
    await using next = must(openCage({ limitBytes: 64 * MIB }))
    expect(existsSync(leftOver)).toBe(false)
    expect(existsSync(ours.folder)).toBe(true)
    expect(next.folder).not.toBe(ours.folder)
  })

  test('takes no process that has ended', async () => {
    await using cage = must(openCage({ limitBytes: 64 * MIB }))
    expect(() => cage.add(2 ** 22 + 1)).toThrow(CouldNotMeasureError)
  })

  test('has no swap', async () => {
    await using cage = must(openCage({ limitBytes: 64 * MIB }))
    const names = readdirSync(cage.folder).filter(name => /^memory\.(memsw\.limit_in_bytes|swap\.max)$/.test(name))
    const limits = names.map(name => readFileSync(join(cage.folder, name), 'utf8').trim())
    expect(limits.every(limit => limit === '0' || limit === `${64 * MIB}`)).toBe(true)
  })

  test.for([0, -1, 1.5, Number.NaN])('of %s bytes is refused', limitBytes => {
    expect(() => openCage({ limitBytes })).toThrow('whole number of bytes above 0')
  })
})

describe('without a memory controller', () => {
  function fakeProc(files: Record<string, string>): string {
    const root = mkdtempSync(join(tmpdir(), 'cage-'))
    onTestFinished(() => rmSync(root, { recursive: true }))
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true })
      writeFileSync(join(root, name), text)
    }
    return root
  }
  const v2 = (root: string, inside: string): string =>
    fakeProc({
      'self/mountinfo': `38 31 0:41 / ${root} rw - cgroup2 cgroup2 rw\n`,
      'self/cgroup': `0::${inside}\n`,
    })

  test('there is no cage, and the reason', () => {
    expect(openCage({ limitBytes: 1 }, memoryController('/nowhere'))).toMatchObject({
      state: 'absent',
      reason: expect.stringContaining('this system has no memory cgroups'),
    })
    const none = fakeProc({ 'self/mountinfo': '', 'self/cgroup': '0::/\n' })
    expect(memoryController(none)).toMatchObject({ reason: expect.stringContaining('no memory controller') })
  })

  test('version 2: the nearest group that hands memory down', () => {
    const groups = fakeProc({
      'cgroup.subtree_control': 'cpu memory pids\n',
      'a/cgroup.subtree_control': 'memory\n',
      'a/b/cgroup.subtree_control': '\n',
    })
    expect(memoryController(v2(groups, '/a/b'))).toEqual(measured({ version: 2, parent: `${groups}/a` }))
  })

  test('version 2: none where no group does, as in a container', () => {
    const groups = fakeProc({ 'cgroup.subtree_control': '\n', 'cgroup.procs': '1\n' })
    expect(memoryController(v2(groups, '/'))).toMatchObject({ reason: expect.stringContaining('--cgroupns=host') })
  })

  test('version 2: limits are memory.max and no swap; events are counted in memory.events', async () => {
    const groups = fakeProc({ 'cgroup.subtree_control': 'memory\n' })
    const cage = must(openCage({ limitBytes: 5 * MIB }, measured({ version: 2, parent: groups })))
    expect(readFileSync(join(cage.folder, 'memory.max'), 'utf8')).toBe(`${5 * MIB}`)
    writeFileSync(join(cage.folder, 'memory.events'), 'low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n')
    writeFileSync(join(cage.folder, 'memory.current'), '12800\n')
    writeFileSync(join(cage.folder, 'memory.stat'), 'anon 4096\nfile 8192\nkernel 1\nfile_mapped 512\n')
    expect(cage.oomKills()).toEqual(measured(2))
    expect(cage.use()).toEqual(measured({ heldBytes: 4608, fileBytes: 8192 }))
    expect(cage.peakBytes()).toMatchObject({ state: 'absent' })
  })

  test('where no group can be made there is no cage', () => {
    expect(openCage({ limitBytes: 1 }, measured({ version: 1, parent: '/nowhere' }))).toMatchObject({
      state: 'absent',
      reason: expect.stringContaining('it takes root'),
    })
  })

  test('a kernel that counts no kills says so', () => {
    const proc = fakeProc({ vmstat: 'nr_free_pages 1\n' })
    expect(oomCounts(null, proc).machine).toMatchObject({ state: 'absent' })
    expect(oomCounts(null, fakeProc({ vmstat: 'a 1\noom_kill 7\n' })).machine).toEqual(measured(7))
  })
})
