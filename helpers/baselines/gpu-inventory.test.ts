import { expect, test } from 'vitest'
import { recording } from '../sampling/fake-program.ts'
import { parseNvidiaSmi } from './gpu-inventory.ts'
import { hardwareId } from './hardware-id.ts'

const asked = ['name', 'memory.total', 'driver_version', 'power.limit', 'power.default_limit', 'mig.mode.current']

/** What nvidia-smi prints for the inventory's query on the machine of a recording. */
function inventoryOf(name: string) {
  const [header = '', row = ''] = recording(name).split('\n').slice(1)
  const names = header.split(', ').map(cell => cell.replace(/ \[.*\]$/, ''))
  const cells = row.split(', ').map(cell => cell.replace(/^([\d.]+) (MiB|W)$/, '$1'))
  return parseNvidiaSmi(`${asked.map(field => cells[names.indexOf(field)] ?? '').join(', ')}\n`)
}

const idOf = (name: string): string =>
  hardwareId({ cpu: 'EPYC', cores: 2, ramBytes: 2 ** 34, os: 'Debian', kernel: '6.1', ...inventoryOf(name) })

test.for([
  ['nvidia-smi-h200-idle.txt', 'h200-141g-x1'],
  ['nvidia-smi-h100-mig.txt', 'h100-hbm3-80g-mig-x1'],
  ['nvidia-smi-rtx-2080-super-windows.txt', 'rtx-2080-super-8g-x1'],
] as const)('the machine of %s is %s', ([name, id]) => {
  expect(idOf(name)).toBe(id)
})

test('the recorded driver and limits: a limit at its default is no variant', () => {
  expect(inventoryOf('nvidia-smi-h100-mig.txt')).toEqual({
    driver: '590.48.01',
    gpus: [{ name: 'NVIDIA H100 80GB HBM3', vramBytes: 81_559 * 2 ** 20, powerLimitW: null, mig: true }],
  })
})
