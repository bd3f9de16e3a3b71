import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { absent, measured } from '../../measured.ts'
import { recording } from '../fake-program.ts'
import { FakeTree } from '../fake-tree.ts'
import { amdCards, amdReader } from './amd.ts'
import { parseFdinfo } from './amd-processes.ts'
import { combine } from './gpu-device.ts'

const GIB = 2 ** 30
const KIB = 1024
const pci = '0000:03:00.0'

let tree: FakeTree
beforeEach(() => {
  tree = new FakeTree()
})
afterEach(() => tree[Symbol.dispose]())

/** A card as /sys has it: its folder in the tree of devices, and a link to it. */
function card(name: string, address: string, files: Record<string, string | number>): void {
  for (const [file, value] of Object.entries(files)) tree.write(`sys/devices/pci/${address}/${file}`, `${value}\n`)
  tree.link(`sys/class/drm/${name}/device`, `${tree.sysRoot}/devices/pci/${address}`)
}

const recorded = Object.fromEntries(
  recording('amdgpu-sysfs.txt')
    .trim()
    .split('\n')
    .map(line => line.split(' ') as [string, string]),
)

const reader = () => amdReader({ procRoot: tree.procRoot, sysRoot: tree.sysRoot, cards: amdCards(tree.sysRoot) })
const sampled = () => {
  const reading = reader().read(0)
  return reading.state === 'measured' ? combine(reading.value.devices) : reading
}

describe('cards', () => {
  test('the recorded card: memory and load; sensors that it does not have are absent', () => {
    card('card0', pci, recorded)
    tree.write('sys/class/drm/card0-DP-1/status', 'connected\n')
    expect(sampled()).toEqual({
      gpuUsedBytes: measured(1_490_378_752),
      gpuTotalBytes: measured(8_573_157_376),
      gpuSharesRam: measured(0),
      gpuUtilisation: measured(0.04),
      gpuTemperatureC: absent(`${tree.sysRoot}/class/drm/card0/device has no hwmon folder`),
      gpuPowerW: absent(`${tree.sysRoot}/class/drm/card0/device has no hwmon folder`),
      gpuClockMhz: absent(`${tree.sysRoot}/class/drm/card0/device has no hwmon folder`),
      gpuThrottled: absent('amdgpu tells throttling in gpu_metrics only, which is not read'),
    })
  })

  // Sensors and the second card by hand, after the kernel's amdgpu documentation.
  test('sensors: the hotter of edge and junction, not the memory; the average power, else that of now', () => {
    card('card0', pci, {
      ...recorded,
      product_name: 'AMD Radeon RX 7900 XTX',
      'hwmon/hwmon4/temp1_input': 44_000,
      'hwmon/hwmon4/temp1_label': 'edge',
      'hwmon/hwmon4/temp2_input': 57_000,
      'hwmon/hwmon4/temp2_label': 'junction',
      'hwmon/hwmon4/temp3_input': 80_000,
      'hwmon/hwmon4/temp3_label': 'mem',
      'hwmon/hwmon4/power1_average': 210_000_000,
      'hwmon/hwmon4/power1_input': 1,
      'hwmon/hwmon4/freq1_input': 2_300_000_000,
    })
    card('card1', '0000:04:00.0', { ...recorded, 'hwmon/hwmon5/power1_input': 90_000_000, device: '0x744c' })
    const reading = reader().read(0)
    expect(reading).toMatchObject({
      value: {
        devices: [
          {
            name: 'AMD Radeon RX 7900 XTX',
            temperatureC: measured(57),
            powerW: measured(210),
            clockMhz: measured(2300),
          },
          { name: 'AMD 744c', powerW: measured(90), temperatureC: { state: 'absent' } },
        ],
      },
    })
  })

  test('a unit in the CPU counts only where there is no card, and uses the RAM', () => {
    card('card0', pci, { mem_info_vram_total: GIB / 2, mem_info_vram_used: GIB / 4, mem_info_gtt_used: 3 * GIB })
    expect(sampled()).toMatchObject({
      gpuUsedBytes: measured(3.25 * GIB),
      gpuTotalBytes: { reason: expect.stringMatching(/uses the machine's RAM/) },
      gpuSharesRam: measured(1),
    })
    card('card1', '0000:04:00.0', recorded)
    expect(sampled()).toMatchObject({ gpuUsedBytes: measured(1_490_378_752), gpuSharesRam: measured(0) })
  })

  test('no card of AMD', () => {
    tree.write('sys/class/drm/card0/device/vendor', '0x8086\n')
    expect(amdCards(tree.sysRoot)).toEqual([])
  })
})

// By hand, after Documentation/gpu/drm-usage-stats.rst of the kernel and what amdgpu prints of it.
const fdinfo = (id: number, vramKib: number, address = pci): string => `pos:	0
flags:	02100002
mnt_id:	24
drm-driver:	amdgpu
drm-client-id:	${id}
drm-pdev:	${address}
pasid:	32771
drm-total-vram:	${vramKib} KiB
drm-shared-vram:	0
drm-resident-vram:	${vramKib} KiB
drm-resident-gtt:	2 MiB
drm-memory-vram:	${vramKib} KiB
drm-memory-gtt: 	2048 KiB
drm-engine-compute:	46464671 ns
`

describe('processes', () => {
  function file(pid: number, fd: number, target: string, text: string): void {
    tree.link(`proc/${pid}/fd/${fd}`, target)
    tree.write(`proc/${pid}/fdinfo/${fd}`, text)
  }

  test('every client of the driver once, of the cards that count', () => {
    card('card0', pci, recorded)
    file(20, 5, '/dev/dri/renderD128', fdinfo(7, 1000))
    file(20, 6, '/dev/dri/renderD128', fdinfo(7, 1000))
    file(20, 7, '/dev/dri/renderD128', fdinfo(8, 300))
    file(20, 8, '/dev/dri/renderD129', fdinfo(9, 5000, '0000:99:00.0'))
    file(20, 9, '/dev/null', fdinfo(10, 7000))
    file(21, 3, '/dev/dri/renderD128', fdinfo(11, 50))
    expect(reader().bytesOf([20, 21], 0)).toEqual(measured(1350 * KIB))
  })

  test('programs of ROCm: the larger of what KFD and fdinfo count', () => {
    card('card0', pci, recorded)
    tree.write('sys/class/kfd/kfd/proc/20/vram_57300', '2815950848\n')
    tree.write('proc/20/fd/x', '')
    expect(reader().bytesOf([20], 0)).toEqual(measured(2_815_950_848))
    file(20, 5, '/dev/dri/renderD128', fdinfo(7, 3 * 1024 * 1024))
    expect(reader().bytesOf([20], 0)).toEqual(measured(3 * GIB))
  })

  test('on a unit in the CPU what is mapped of the RAM counts too', () => {
    card('card0', pci, { mem_info_vram_total: GIB / 2, mem_info_vram_used: 0, mem_info_gtt_used: 0 })
    file(20, 5, '/dev/dri/renderD128', fdinfo(7, 1024))
    expect(reader().bytesOf([20], 0)).toEqual(measured(3 * 1024 * KIB))
  })

  test('a process that holds nothing is 0, one that may not be read is not', () => {
    card('card0', pci, recorded)
    tree.write('proc/20/fd/x', '')
    expect(reader().bytesOf([20], 0)).toEqual(measured(0))
    expect(reader().bytesOf([20, 21], 0)).toMatchObject({ reason: expect.stringMatching(/process 21 is not told/) })
  })

  test('older drivers have one key for memory; other drivers are none of ours', () => {
    const old = 'drm-driver:	amdgpu\ndrm-pdev:	0000:03:00.0\ndrm-client-id:	1\ndrm-memory-vram:	2 MiB\n'
    expect(parseFdinfo(old)).toEqual({ pciAddress: pci, id: '1', vramBytes: 2 ** 21, gttBytes: 0 })
    expect(parseFdinfo('drm-driver:	i915\ndrm-resident-local0:	128 MiB\n')).toBeUndefined()
  })
})
