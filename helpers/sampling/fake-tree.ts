import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** For tests: /proc and /sys of another machine in a temporary directory, removed when it is disposed of. */
export class FakeTree implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'fake-tree-'))
  readonly procRoot = join(this.root, 'proc')
  readonly sysRoot = join(this.root, 'sys')

  constructor(files: Record<string, string | Buffer> = {}) {
    for (const [path, content] of Object.entries(files)) this.write(path, content)
  }

  /** `proc/meminfo`, `sys/block/sda/size`, … */
  write(path: string, content: string | Buffer): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true })
    writeFileSync(join(this.root, path), content)
  }

  link(path: string, target: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true })
    symlinkSync(target, join(this.root, path))
  }

  remove(path: string): void {
    rmSync(join(this.root, path), { recursive: true, force: true })
  }

  /** A process: its stat line (ticks are its own user time and that of its waited-for children), RSS and PSS. */
  process(
    pid: number,
    parent: number,
    { ticks = 0, waitedTicks = 0, rssKib = 0, pssKib = 0, swapKib = 0, state = 'S', start = pid } = {},
  ): void {
    const before = `${pid} (engine) ${state} ${parent} ${Array(9).fill(0).join(' ')}`
    this.write(`proc/${pid}/stat`, `${before} ${ticks} 0 ${waitedTicks} 0 20 0 1 0 ${start} 0 0\n`)
    this.write(`proc/${pid}/status`, `Name:\tengine\nVmRSS:\t${rssKib} kB\nVmSwap:\t${swapKib} kB\n`)
    this.write(
      `proc/${pid}/smaps_rollup`,
      `0-1 ---p 00000000 00:00 0  [rollup]\nRss:  ${rssKib} kB\nPss:  ${pssKib} kB\n`,
    )
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}
