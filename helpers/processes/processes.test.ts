import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  commandLineWords,
  isAlive,
  listeningProcess,
  processEnvironment,
  processIdentity,
  processTree,
  strayProcesses,
} from './index.ts'

/** A /proc in a temporary directory. */
let procRoot: string
beforeEach(() => {
  procRoot = mkdtempSync(join(tmpdir(), 'proc-'))
})
afterEach(() => rmSync(procRoot, { recursive: true, force: true }))

function write(path: string, text: string): void {
  mkdirSync(dirname(join(procRoot, path)), { recursive: true })
  writeFileSync(join(procRoot, path), text)
}

interface FakeProcess {
  pid: number
  parent: number
  name?: string
  state?: string
  start?: number
  command?: string[]
  rssKib?: number
  sockets?: number[]
}

function addProcess({ pid, parent, name = 'x', state = 'S', start = pid, command = [], rssKib, sockets }: FakeProcess) {
  const zeros = (n: number) => Array(n).fill(0).join(' ')
  write(`${pid}/stat`, `${pid} (${name}) ${state} ${parent} ${zeros(17)} ${start} ${zeros(30)}\n`)
  write(`${pid}/cmdline`, command.map(argument => `${argument}\0`).join(''))
  if (rssKib !== undefined) write(`${pid}/status`, `Name:\t${name}\nVmRSS:\t    ${rssKib} kB\nVmSwap:\t       0 kB\n`)
  for (const [fd, inode] of sockets?.entries() ?? []) {
    mkdirSync(join(procRoot, `${pid}/fd`), { recursive: true })
    symlinkSync(`socket:[${inode}]`, join(procRoot, `${pid}/fd/${fd}`))
  }
}

const tcpHeader = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'
const tcpLine = (address: string, st: string, inode: number) =>
  `   0: ${address} 00000000:0000 ${st} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0 100 0 0 10 0\n`

describe('listeningProcess', () => {
  test('finds this process by a port that it listens on, IPv4 and IPv6, and no longer when it is closed', async () => {
    for (const host of ['127.0.0.1', '::1']) {
      const server = createServer()
      server.listen(0, host)
      await once(server, 'listening')
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      expect(await listeningProcess(port)).toEqual({ state: 'measured', value: process.pid })
      server.close()
      await once(server, 'close')
      expect(await listeningProcess(port)).toMatchObject({
        state: 'absent',
        reason: expect.stringContaining(`${port}`),
      })
    }
  })

  test('takes the server, not the worker that inherited its socket, whichever pid is lower', async () => {
    write('net/tcp', tcpHeader + tcpLine('0100007F:1F40', '0A', 77))
    addProcess({ pid: 10, parent: 500, sockets: [3, 77] })
    addProcess({ pid: 500, parent: 1, sockets: [77] })
    expect(await listeningProcess(8000, { procRoot })).toEqual({ state: 'measured', value: 500 })
  })

  test('a connection to that port is no listener', async () => {
    write('net/tcp', tcpHeader + tcpLine('0100007F:1F40', '01', 77))
    addProcess({ pid: 10, parent: 1, sockets: [77] })
    expect(await listeningProcess(8000, { procRoot })).toMatchObject({
      state: 'absent',
      reason: 'no process listens on TCP port 8000 in this network namespace',
    })
  })

  test('says so when the owner may not be seen', async () => {
    write('net/tcp6', tcpHeader + tcpLine('00000000000000000000000000000000:1F40', '0A', 77))
    addProcess({ pid: 10, parent: 1 })
    expect(await listeningProcess(8000, { procRoot })).toMatchObject({
      state: 'absent',
      reason: expect.stringMatching(/no process was found that holds its socket; 1 processes may not be read/),
    })
  })

  test('says so when there is no table', async () => {
    expect(await listeningProcess(8000, { procRoot })).toMatchObject({
      state: 'absent',
      reason: expect.stringContaining('net/tcp cannot be read: it does not exist'),
    })
  })
})

describe('processIdentity', () => {
  test('this process has its command line and the same start time every time', () => {
    const first = processIdentity(process.pid)
    expect(first).toMatchObject({ state: 'measured', value: { pid: process.pid } })
    expect(processIdentity(process.pid)).toEqual(first)
  })

  test('a name with spaces and parentheses is read right', () => {
    addProcess({ pid: 7, parent: 3, name: 'a) R 9 (b', start: 4242 })
    expect(processIdentity(7, { procRoot })).toEqual({
      state: 'measured',
      value: { pid: 7, startTicks: 4242, command: '[a) R 9 (b]' },
    })
    expect(processTree(3, { procRoot })).toEqual([])
    addProcess({ pid: 3, parent: 1 })
    expect(processTree(3, { procRoot })).toEqual([3, 7])
  })

  test('arguments are joined by spaces', () => {
    addProcess({ pid: 7, parent: 1, command: ['python3', '-m', 'vllm'] })
    expect(processIdentity(7, { procRoot })).toMatchObject({ value: { command: 'python3 -m vllm' } })
  })

  test('absent for a process that is not there, has ended, or whose line is cut off', () => {
    addProcess({ pid: 7, parent: 1, state: 'Z' })
    write('8/stat', '8 (cut) S 1')
    expect(processIdentity(6, { procRoot })).toMatchObject({ state: 'absent' })
    expect(processIdentity(7, { procRoot })).toEqual({ state: 'absent', reason: 'process 7 (x) has ended' })
    expect(processIdentity(8, { procRoot })).toMatchObject({
      state: 'absent',
      reason: expect.stringContaining('8 (cut)'),
    })
  })
})

describe('processEnvironment', () => {
  test('the variables of a process, values with signs and all', () => {
    write('7/environ', 'A=1\0B=x=y z\0\0broken\0EMPTY=\0')
    expect(processEnvironment(7, { procRoot })).toEqual({
      state: 'measured',
      value: new Map([
        ['A', '1'],
        ['B', 'x=y z'],
        ['EMPTY', ''],
      ]),
    })
  })

  test('absent when it cannot be read', () => {
    expect(processEnvironment(8, { procRoot })).toMatchObject({ state: 'absent' })
  })
})

describe('command lines', () => {
  test('hide keys and tokens, in whichever form', () => {
    const command = ['llama-server', '--api-key', 'k1', '--port', '1', '--api_key=k2', '--hf-token', 'k3', '-m', 'x']
    process_(command)
    expect(commandLineWords(9, { procRoot })).toEqual([
      'llama-server',
      '--api-key',
      '…',
      '--port',
      '1',
      '--api_key=…',
      '--hf-token',
      '…',
      '-m',
      'x',
    ])
  })

  test('keep options that only sound like it', () => {
    process_(['vllm', '--tokenizer', 'x', '--max-tokens', '5', '--skip-tokenizer-init'])
    expect(commandLineWords(9, { procRoot })).toEqual([
      'vllm',
      '--tokenizer',
      'x',
      '--max-tokens',
      '5',
      '--skip-tokenizer-init',
    ])
  })

  const process_ = (words: string[]) => write('9/cmdline', words.map(word => `${word}\0`).join(''))
})

describe('processTree and isAlive', () => {
  test('sees a child and its child, and neither when they have ended', async () => {
    // `exec` would replace the shell: the `:` after it keeps the shell as the parent.
    const shell = spawn('sh', ['-c', 'sleep 600 & echo $!; wait; :'], { stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      const [line] = await once(shell.stdout, 'data')
      const grandchild = Number(String(line))
      expect(processTree(process.pid)).toEqual(expect.arrayContaining([process.pid, shell.pid, grandchild]))
      expect(processTree(shell.pid ?? 0)).toEqual([shell.pid, grandchild])
      expect(isAlive(grandchild)).toBe(true)
      process.kill(grandchild)
      await once(shell, 'exit')
      expect(processTree(shell.pid ?? 0)).toEqual([])
      expect(isAlive(shell.pid ?? 0)).toBe(false)
    } finally {
      shell.kill()
    }
  })

  test('works from parent pids and from the lists of children', () => {
    for (const [pid, parent] of [[1, 0], [20, 1], [21, 20], [5, 21], [30, 1]] as const) addProcess({ pid, parent }) // biome-ignore format: a tree
    expect(processTree(20, { procRoot })).toEqual([20, 21, 5])
    write('20/task/20/children', '')
    write('20/task/22/children', '21 ')
    write('21/task/21/children', '5 6 ')
    expect(processTree(20, { procRoot })).toEqual([20, 21, 5, 6])
  })

  test('nobody is alive under pids that are none, and a zombie is not', () => {
    addProcess({ pid: 7, parent: 1, state: 'Z' })
    expect([0, -1, 1.5, Number.NaN].map(pid => isAlive(pid))).toEqual([false, false, false, false])
    expect(isAlive(7, { procRoot })).toBe(false)
    expect(isAlive(process.pid)).toBe(true)
  })
})

describe('strayProcesses', () => {
  beforeEach(() => {
    addProcess({ pid: 2, parent: 0, name: 'kthreadd' })
    addProcess({ pid: 10, parent: 1, command: ['/usr/bin/ollama', 'serve'], rssKib: 100 })
    addProcess({ pid: 11, parent: 10, command: ['/usr/bin/ollama', 'runner'], rssKib: 5000 })
    addProcess({ pid: 12, parent: 1, command: ['/usr/bin/python3.12', 'run_batch.py'], rssKib: 300 })
    addProcess({ pid: 13, parent: 1, command: ['/usr/bin/editor', 'notes.txt'], rssKib: 400 })
  })

  test('finds engines and clients by their full command line, largest first', () => {
    expect(strayProcesses({ exclude: [], procRoot })).toEqual([
      { pid: 11, command: '/usr/bin/ollama runner', rssBytes: 5000 * 1024 },
      { pid: 12, command: '/usr/bin/python3.12 run_batch.py', rssBytes: 300 * 1024 },
      { pid: 10, command: '/usr/bin/ollama serve', rssBytes: 100 * 1024 },
    ])
  })

  test('leaves out what is excluded with its children', () => {
    expect(strayProcesses({ exclude: [10], procRoot }).map(({ pid }) => pid)).toEqual([12])
  })

  test('takes patterns of the caller', () => {
    expect(strayProcesses({ patterns: [/notes/], exclude: [], procRoot }).map(({ pid }) => pid)).toEqual([13])
  })
})
