import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { absent, measured } from '../../measured.ts'
import { FakeTree } from '../fake-tree.ts'
import { ProcessTrees } from '../process-trees.ts'
import { cgroupSource } from './cgroup.ts'
import { cpuSource } from './cpu.ts'
import { cpuClockSource } from './cpu-clock.ts'
import { disksSource } from './disks.ts'
import { engineProcessesSource } from './engine-processes.ts'
import { fragmentationSource } from './fragmentation.ts'
import { kernelConstants } from './kernel-constants.ts'
import { loadSource } from './load.ts'
import { memorySource } from './memory.ts'
import { networkSource } from './network.ts'
import { pressureSources } from './pressure.ts'
import { atMostEvery, type Source } from './source.ts'
import { temperaturesSource } from './temperatures.ts'
import { throttleSource } from './throttle.ts'
import { unusableShares } from './unusable-shares.ts'
import { vmstatSource } from './vmstat.ts'

let tree: FakeTree
beforeEach(() => {
  tree = new FakeTree()
})
afterEach(() => tree[Symbol.dispose]())

const complete = (atMs = 0) => ({ atMs, complete: true })
const reasons = (source: Source): string[] =>
  Object.values(source.sample(complete())).map(value => (value.state === 'absent' ? value.reason : 'measured'))

describe('memory', () => {
  test('used is total less available; swap', () => {
    tree.write(
      'proc/meminfo',
      'MemTotal:        8000 kB\nMemFree:          100 kB\nMemAvailable:    3000 kB\nSwapTotal:       2000 kB\nSwapFree:        1500 kB\n',
    )
    expect(memorySource(tree.procRoot).sample(complete())).toEqual({
      ramTotalBytes: measured(8000 * 1024),
      ramUsedBytes: measured(5000 * 1024),
      ramAvailableBytes: measured(3000 * 1024),
      swapUsedBytes: measured(500 * 1024),
    })
  })

  test('a kernel that does not tell what is available, and none at all', () => {
    tree.write('proc/meminfo', 'MemTotal:        8000 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n')
    expect(memorySource(tree.procRoot).sample(complete())).toMatchObject({
      ramTotalBytes: { state: 'measured' },
      ramUsedBytes: { state: 'absent' },
      swapUsedBytes: measured(0),
    })
    tree.remove('proc/meminfo')
    expect(reasons(memorySource(tree.procRoot))[0]).toMatch(/proc\/meminfo cannot be read: it does not exist/)
  })
})

describe('vmstat', () => {
  test('pages of the size that the kernel tells', () => {
    // Auxiliary vector: AT_PAGESZ 6 = 16384, AT_CLKTCK 17 = 250, AT_NULL.
    const words = [6n, 16_384n, 17n, 250n, 0n, 0n]
    tree.write('proc/self/auxv', Buffer.from(new BigUint64Array(words).buffer))
    tree.write(
      'proc/vmstat',
      'nr_free_pages 5\npswpin 3\npswpout 7\nallocstall_dma 1\nallocstall_normal 20\npgskip_dma 5\npgmajfault 11\noom_kill 2\n',
    )
    const { pageBytes, ticksPerSecond } = kernelConstants(tree.procRoot)
    expect(ticksPerSecond).toBe(250)
    expect(vmstatSource(tree.procRoot, pageBytes).sample(complete())).toEqual({
      swapInBytes: measured(3 * 16_384),
      swapOutBytes: measured(7 * 16_384),
      majorFaults: measured(11),
      allocationStalls: measured(21),
      oomKills: measured(2),
    })
  })

  test('what an older kernel does not count is absent, not 0', () => {
    tree.write('proc/vmstat', 'pswpin 3\npswpout 7\npgmajfault 1\n')
    expect(vmstatSource(tree.procRoot, measured(4096)).sample(complete())).toMatchObject({
      majorFaults: measured(1),
      allocationStalls: { state: 'absent', reason: expect.stringContaining('does not have it') },
      oomKills: { state: 'absent' },
    })
  })

  test('nothing is said when the page size is not known', () => {
    tree.write('proc/vmstat', 'pswpin 3\npswpout 7\n')
    expect(reasons(vmstatSource(tree.procRoot, kernelConstants(tree.procRoot).pageBytes))).toEqual(
      Array(5).fill(expect.stringMatching(/the page size is not known/)),
    )
  })

  test('the real kernel tells both', () => {
    expect(kernelConstants('/proc')).toEqual({ pageBytes: measured(expect.any(Number)), ticksPerSecond: 100 })
  })
})

describe('fragmentation', () => {
  // 16 single pages, 4 blocks of two and one of 512: 536 pages in two zones.
  const text = `Node 0, zone      DMA ${[16, 0, ...Array(9).fill(0)].join(' ')}
Node 1, zone   Normal     ${[0, 4, ...Array(7).fill(0), 1, 0].join('      ')}
`

  test('the share of free pages in blocks that are too small, an order at a time', () => {
    const shares = unusableShares(text)
    expect(shares).toHaveLength(11)
    expect(shares.slice(0, 4)).toEqual([0, 16 / 536, 24 / 536, 24 / 536])
    expect(shares.slice(8)).toEqual([24 / 536, 24 / 536, 1])
  })

  test('nothing free is all unusable, as in the kernel', () => {
    expect(unusableShares('Node 0, zone DMA 0 0 0\n')).toEqual([1, 1, 1])
  })

  test.for([
    { pageBytes: 4096, share: 24 / 536, name: 'order 9 with pages of 4 KiB' },
    { pageBytes: 2 ** 20, share: 16 / 536, name: 'order 1 with pages of 1 MiB' },
  ])('of 2 MiB: $name', ({ pageBytes, share }) => {
    tree.write('proc/buddyinfo', text)
    expect(fragmentationSource(tree.procRoot, measured(pageBytes)).sample(complete())).toEqual({
      memoryUnusableShare: measured(share),
    })
  })

  test('absent with the reason: no file, no zones, no page size', () => {
    expect(reasons(fragmentationSource(tree.procRoot, measured(4096)))[0]).toMatch(/buddyinfo cannot be read/)
    tree.write('proc/buddyinfo', '\n')
    expect(reasons(fragmentationSource(tree.procRoot, measured(4096)))[0]).toMatch(/does not have it/)
    expect(reasons(fragmentationSource(tree.procRoot, absent('no page size')))).toEqual(['no page size'])
  })
})

describe('clock', () => {
  const clock = () => cpuClockSource(tree.procRoot, tree.sysRoot)
  const cpuinfo = (flags: string) =>
    [1200.5, 3400.25].map(mhz => `processor\t: 0\ncpu MHz\t\t: ${mhz}\nflags\t\t: fpu ${flags}\n`).join('\n')

  test('of the fastest core, from what drives the clocks', () => {
    tree.write('proc/cpuinfo', cpuinfo('aperfmperf'))
    tree.write('sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq', '800000\n')
    tree.write('sys/devices/system/cpu/cpufreq/policy4/scaling_cur_freq', '2400000\n')
    tree.write('sys/devices/system/cpu/cpufreq/policy6/scaling_cur_freq', '<unknown>\n')
    expect(clock().sample(complete())).toEqual({ cpuClockMhz: measured(2400) })
  })

  test('from cpuinfo where the kernel measures it, and not where it repeats the nominal clock', () => {
    tree.write('proc/cpuinfo', cpuinfo('aperfmperf tsc'))
    expect(clock().sample(complete())).toEqual({ cpuClockMhz: measured(3400.25) })
    tree.write('proc/cpuinfo', cpuinfo('tsc'))
    expect(reasons(clock())[0]).toMatch(/does not tell the clock that this CPU runs at/)
  })
})

test('cpu: busy is all but idle, waiting and stolen; guests are not counted twice', () => {
  tree.write('proc/stat', 'cpu  10 20 30 4000 500 6 7 80 9 1\ncpu0 1 1 1 1 1 1 1 1 1 1\n')
  expect(cpuSource(tree.procRoot, 100).sample(complete())).toEqual({
    cpuBusyMs: measured(730),
    cpuStealMs: measured(800),
  })
})

test('load and pressure', () => {
  tree.write('proc/loadavg', '0.75 0.50 0.25 1/100 4711\n')
  const line = (total: number) => `avg10=0.00 avg60=0.00 avg300=0.00 total=${total}\n`
  tree.write('proc/pressure/memory', `some ${line(2500)}full ${line(99)}`)
  expect(loadSource(tree.procRoot).sample(complete())).toEqual({ loadAverage1: measured(0.75) })
  const [memory, cpu] = pressureSources(tree.procRoot)
  expect(memory?.sample(complete())).toEqual({ memoryPressureStallMs: measured(2.5) })
  expect(cpu?.sample(complete())).toMatchObject({ cpuPressureStallMs: { state: 'absent' } })
})

describe('disks', () => {
  const line = (name: string, read: number, written: number, busyMs: number) =>
    ` 259 0 ${name} 1 1 ${read} 1 1 1 ${written} 1 0 ${busyMs} 1 0 0 0 0 0 0\n`

  test('whole disks alone, in sectors of 512 bytes; NVMe busy time', () => {
    for (const name of ['sda', 'nvme0n1', 'dm-0', 'loop0', 'zram0']) tree.write(`sys/block/${name}/size`, '1')
    tree.write('sys/block/dm-0/slaves/sda/x', '')
    const rows = ['sda', 'sda1', 'nvme0n1', 'nvme0n1p1', 'dm-0', 'loop0', 'zram0', 'ram0']
    tree.write('proc/diskstats', rows.map((name, i) => line(name, 10 + i, 20 + i, 30 + i)).join(''))
    expect(disksSource(tree.procRoot, tree.sysRoot).sample(complete())).toEqual({
      diskReadBytes: measured((10 + 12) * 512),
      diskWriteBytes: measured((20 + 22) * 512),
      nvmeBusyMs: measured(32),
    })
  })

  test('a disk that is pulled takes nothing with it', () => {
    for (const name of ['sda', 'sdb']) tree.write(`sys/block/${name}/size`, '1')
    const source = disksSource(tree.procRoot, tree.sysRoot)
    tree.write('proc/diskstats', line('sda', 10, 0, 0) + line('sdb', 100, 0, 0))
    expect(source.sample(complete()).diskReadBytes).toEqual(measured(110 * 512))
    tree.write('proc/diskstats', line('sda', 15, 0, 0))
    expect(source.sample(complete())).toMatchObject({
      diskReadBytes: measured(115 * 512),
      nvmeBusyMs: absent('this machine has no NVMe disk'),
    })
  })

  test('absent where all are virtual', () => {
    tree.write('proc/diskstats', line('loop0', 1, 1, 1))
    expect(reasons(disksSource(tree.procRoot, tree.sysRoot))[0]).toMatch(/no disk but virtual ones/)
  })
})

test('network: real interfaces alone, and a counter that never falls', () => {
  const head = 'Inter-|   Receive |  Transmit\n face |bytes packets errs |bytes packets\n'
  const line = (name: string, read: number, sent: number) => `${name}: ${read} 1 0 0 0 0 0 0 ${sent} 1 0 0 0 0 0 0\n`
  tree.write('proc/net/dev', `${head}${line('    lo', 900, 900)}${line('  eth0', 5, 7)}${line('vethab', 1000, 1000)}`)
  const source = networkSource(tree.procRoot)
  expect(source.sample(complete())).toEqual({ networkInBytes: measured(5), networkOutBytes: measured(7) })
  // eth0 starts again, wlan0 joins with a past of its own.
  tree.write('proc/net/dev', `${head}${line('eth0', 2, 0)}${line('wlan0', 500, 600)}`)
  expect(source.sample(complete())).toEqual({ networkInBytes: measured(5), networkOutBytes: measured(7) })
  tree.write('proc/net/dev', `${head}${line('eth0', 3, 4)}${line('wlan0', 510, 600)}`)
  expect(source.sample(complete())).toEqual({ networkInBytes: measured(16), networkOutBytes: measured(11) })
})

describe('temperatures', () => {
  test('the hottest sensor of the CPU, not of the board', () => {
    tree.write('sys/class/thermal/thermal_zone0/type', 'acpitz\n')
    tree.write('sys/class/thermal/thermal_zone0/temp', '99000\n')
    tree.write('sys/class/thermal/thermal_zone1/type', 'x86_pkg_temp\n')
    tree.write('sys/class/thermal/thermal_zone1/temp', '61500\n')
    tree.write('sys/class/hwmon/hwmon0/name', 'k10temp\n')
    tree.write('sys/class/hwmon/hwmon0/temp1_input', '64250\n')
    tree.write('sys/class/hwmon/hwmon1/name', 'nvme\n')
    tree.write('sys/class/hwmon/hwmon1/temp1_input', '80000\n')
    expect(temperaturesSource(tree.sysRoot).sample(complete())).toEqual({ cpuTemperatureC: measured(64.25) })
  })

  test('absent without one, or when it is off', () => {
    expect(reasons(temperaturesSource(tree.sysRoot))[0]).toMatch(/no sensor of the CPU/)
    tree.write('sys/class/thermal/thermal_zone1/type', 'cpu-thermal\n')
    tree.write('sys/class/thermal/thermal_zone1/temp', '-256000\n')
    expect(reasons(temperaturesSource(tree.sysRoot))[0]).toMatch(/no sensor of the CPU/)
  })
})

test('throttling: every core once and every package once; absent where it is not counted', () => {
  expect(reasons(throttleSource(tree.sysRoot))[0]).toMatch(/does not tell/)
  const cpus = [[0, 0], [1, 1], [2, 0], [3, 1]] as const // biome-ignore format: cpu and core: two threads a core
  for (const [cpu, core] of cpus) {
    const folder = `sys/devices/system/cpu/cpu${cpu}`
    tree.write(`${folder}/topology/core_id`, `${core}\n`)
    tree.write(`${folder}/topology/physical_package_id`, '0\n')
    tree.write(`${folder}/thermal_throttle/core_throttle_count`, `${core + 1}\n`)
    tree.write(`${folder}/thermal_throttle/package_throttle_count`, '10\n')
  }
  expect(throttleSource(tree.sysRoot).sample(complete())).toEqual({ cpuThrottleCount: measured(13) })
})

test('a slow source is sampled once a period, and whenever everything is asked for', () => {
  tree.write('proc/loadavg', '1 1 1')
  const source = atMostEvery(1000, loadSource(tree.procRoot))
  const sampled = (atMs: number, all = false) => 'loadAverage1' in source.sample({ atMs, complete: all })
  expect([sampled(0), sampled(100), sampled(900), sampled(990), sampled(1100)]).toEqual([
    true,
    false,
    false,
    true,
    false,
  ])
  expect(sampled(1200, true)).toBe(true)
})

/** Follows these processes of the fake machine; process 1 is the suite. */
function follow(...roots: number[]): ProcessTrees {
  if (roots.length > 0) tree.process(1, 0)
  const trees = new ProcessTrees({ procRoot: tree.procRoot, suiteRoot: 1, ticksPerSecond: 100 })
  if (roots.length > 0) trees.follow(measured(roots), complete())
  return trees
}

describe('processes of the engine', () => {
  test('memory is summed over the tree; PSS once a second, and whenever everything is asked for', () => {
    tree.process(20, 1, { rssKib: 100, pssKib: 60, swapKib: 8 })
    tree.process(21, 20, { rssKib: 50, pssKib: 40 })
    tree.process(30, 1, { rssKib: 9999, pssKib: 9999 })
    const source = engineProcessesSource(tree.procRoot, follow(20), () => 0)
    expect(source.sample(complete())).toEqual({
      engineRssBytes: measured(150 * 1024),
      enginePssBytes: measured(100 * 1024),
      engineSwapBytes: measured(8 * 1024),
      engineProcesses: measured(2),
      engineCpuMs: measured(0),
    })
    const hasPss = (atMs: number, all = false) => 'enginePssBytes' in source.sample({ atMs, complete: all })
    expect([hasPss(100), hasPss(900), hasPss(1000), hasPss(1100), hasPss(1100, true)]).toEqual([
      false,
      false,
      true,
      false,
      true,
    ])
  })

  test('PSS that takes 20 ms is read every 8 s: a quarter of a per cent of a core', () => {
    tree.process(20, 1, { rssKib: 100, pssKib: 60 })
    let nowMs = 0
    const source = engineProcessesSource(tree.procRoot, follow(20), () => {
      nowMs += 20
      return nowMs
    })
    const read: number[] = []
    for (let atMs = 0; atMs < 20_000; atMs += 100) {
      if ('enginePssBytes' in source.sample({ atMs, complete: false })) read.push(atMs)
    }
    expect(read).toEqual([0, 8000, 16_000])
  })

  test('absent with the reason: nobody followed, unreadable, ended', () => {
    expect(reasons(engineProcessesSource(tree.procRoot, follow(), () => 0))).toEqual(
      Array(5).fill('no engine is followed yet'),
    )
    tree.process(20, 1, { rssKib: 100 })
    const trees = follow(20)
    const source = engineProcessesSource(tree.procRoot, trees, () => 0)
    tree.write('proc/20/smaps_rollup', 'Rss: 5 kB\n')
    expect(source.sample(complete()).enginePssBytes).toMatchObject({
      reason: expect.stringMatching(/does not have Pss/),
    })
    tree.remove('proc/20/smaps_rollup')
    expect(source.sample(complete())).toMatchObject({
      engineRssBytes: measured(102_400),
      enginePssBytes: { state: 'absent' },
    })
    tree.remove('proc/20')
    trees.update(complete(100))
    expect(source.sample(complete(100))).toMatchObject({
      engineProcesses: measured(0),
      engineRssBytes: absent('all processes of the engine have ended'),
    })
    trees.follow(absent('the engine is remote'), complete())
    expect(reasons(source)).toEqual(Array(5).fill('the engine is remote'))
  })
})

describe('process trees', () => {
  test("CPU time of a companion is the suite's, and nothing else of it is", () => {
    tree.process(1, 0)
    tree.process(20, 0, { rssKib: 100 })
    tree.process(40, 0, { ticks: 500 })
    const trees = new ProcessTrees({ procRoot: tree.procRoot, suiteRoot: 1, ticksPerSecond: 100 })
    trees.follow(measured([20]), complete(), [40])
    tree.process(40, 0, { ticks: 507 })
    trees.update(complete(1000))
    expect(trees.suiteCpuMs).toEqual(measured(70))
    expect([trees.engineCpuMs, trees.enginePids]).toEqual([measured(0), measured([20])])
  })

  test("the engine inside the suite's tree is the engine's alone; new processes are found within a second", () => {
    tree.process(20, 1)
    tree.process(30, 1)
    const trees = follow(20)
    tree.process(20, 1, { ticks: 5 })
    tree.process(30, 1, { ticks: 3 })
    tree.process(21, 20, { ticks: 7 })
    trees.update(complete(1000))
    expect(trees.enginePids).toEqual(measured([20, 21]))
    expect([trees.engineCpuMs, trees.suiteCpuMs]).toEqual([measured(120), measured(30)])
  })

  test('a process whose parent ends stays; a pid that is used again is a stranger', () => {
    tree.process(20, 1)
    tree.process(21, 20)
    const trees = follow(20)
    tree.remove('proc/20')
    tree.process(21, 1)
    trees.update(complete(100))
    expect(trees.enginePids).toEqual(measured([21]))
    tree.process(21, 1, { start: 4711 })
    trees.update(complete(200))
    expect(trees.enginePids).toEqual(measured([]))
  })

  test('between the walks, a process that ends is missed at once', () => {
    tree.process(20, 1, { rssKib: 100 })
    tree.process(21, 20, { rssKib: 50 })
    const trees = follow(20)
    const source = engineProcessesSource(tree.procRoot, trees, () => 0)
    const tick = { atMs: 100, complete: false }
    trees.update(tick)
    expect(source.sample(tick)).not.toHaveProperty('engineCpuMs')
    tree.remove('proc/21')
    expect(source.sample(tick)).toMatchObject({ engineRssBytes: measured(102_400), engineProcesses: measured(1) })
  })

  test('a zombie is no process of the engine, but its time stays', () => {
    tree.process(20, 1)
    tree.process(21, 20)
    const trees = follow(20)
    tree.process(21, 20, { ticks: 9, state: 'Z' })
    trees.update(complete(1000))
    expect([trees.enginePids, trees.engineCpuMs]).toEqual([measured([20]), measured(90)])
    tree.remove('proc/21')
    tree.process(20, 1, { waitedTicks: 9 })
    trees.update(complete(2000))
    expect(trees.engineCpuMs).toEqual(measured(90))
  })

  test('the suite is absent when its process is not there', () => {
    const trees = new ProcessTrees({ procRoot: tree.procRoot, suiteRoot: 77, ticksPerSecond: 100 })
    trees.update(complete())
    expect(trees.suiteCpuMs).toEqual(absent("the suite's process 77 is not there"))
  })
})

describe('cgroup', () => {
  const v2Mount = '30 20 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n'
  const v1Mount =
    '31 20 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n32 20 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n'
  const source = () => cgroupSource(tree.procRoot, tree.sysRoot, follow(20))
  beforeEach(() => tree.process(20, 1))

  test('version 2: the nearest group up that has a limit', () => {
    tree.write('proc/self/mountinfo', v2Mount)
    tree.write('proc/20/cgroup', '0::/user.slice/engine.scope\n')
    tree.write('sys/fs/cgroup/user.slice/engine.scope/memory.current', '500\n')
    tree.write('sys/fs/cgroup/user.slice/engine.scope/memory.max', 'max\n')
    expect(source().sample(complete())).toEqual({
      cgroupUsedBytes: measured(500),
      cgroupLimitBytes: absent('the cgroup has no memory limit'),
    })
    tree.write('sys/fs/cgroup/user.slice/memory.current', '900\n')
    tree.write('sys/fs/cgroup/user.slice/memory.max', '1000\n')
    expect(source().sample(complete())).toEqual({ cgroupUsedBytes: measured(900), cgroupLimitBytes: measured(1000) })
  })

  test('version 2: the root group tells nothing', () => {
    tree.write('proc/self/mountinfo', v2Mount)
    tree.write('proc/20/cgroup', '0::/\n')
    expect(reasons(source())[0]).toMatch(/memory.current cannot be read/)
  })

  test('version 1, beside an empty version 2: the memory controller; its largest number means no limit', () => {
    tree.write('proc/self/mountinfo', `${v1Mount}33 20 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n`)
    tree.write('proc/20/cgroup', '4:memory:/box\n1:cpu,cpuacct:/\n0::/\n')
    tree.write('sys/fs/cgroup/memory/box/memory.usage_in_bytes', '700\n')
    tree.write('sys/fs/cgroup/memory/box/memory.limit_in_bytes', '800\n')
    expect(source().sample(complete())).toEqual({ cgroupUsedBytes: measured(700), cgroupLimitBytes: measured(800) })
    tree.write('sys/fs/cgroup/memory/box/memory.limit_in_bytes', '9223372036854771712\n')
    expect(source().sample(complete())).toMatchObject({
      cgroupUsedBytes: measured(700),
      cgroupLimitBytes: { state: 'absent' },
    })
  })

  test("in a container, a path that is told from the host's view", () => {
    tree.write('proc/self/mountinfo', v1Mount.replace('0:28 / ', '0:28 /docker/abc '))
    tree.write('proc/20/cgroup', '4:memory:/docker/abc/inner\n')
    tree.write('sys/fs/cgroup/memory/inner/memory.usage_in_bytes', '600\n')
    tree.write('sys/fs/cgroup/memory/inner/memory.limit_in_bytes', '800\n')
    expect(source().sample(complete())).toEqual({ cgroupUsedBytes: measured(600), cgroupLimitBytes: measured(800) })
  })

  test('absent where nothing is mounted', () => {
    expect(reasons(source())[0]).toMatch(/mountinfo cannot be read/)
    tree.write('proc/self/mountinfo', '')
    tree.write('proc/20/cgroup', '0::/a\n')
    expect(reasons(source())[0]).toMatch(/no cgroup with a memory controller/)
  })
})
