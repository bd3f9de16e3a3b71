import { expect, test } from 'vitest'
import { absent, measured } from '../measured.ts'
import { projection, recording } from './fake-program.ts'
import { gpuLines } from './index.ts'
import { parseDevice } from './sources/nvidia-devices.ts'

test('each GPU by itself, and the reason for what is not told', () => {
  const parsed = parseDevice(projection(recording('nvidia-smi-h100-mig.txt'), '--query-gpu').trim())
  if (parsed === undefined) throw new Error('no reading')
  expect(
    gpuLines(measured([parsed.device, { ...parsed.device, index: 1, throttledBy: measured(['heat', 'power']) }])),
  ).toMatchInlineSnapshot(`
      [
        "GPU 0 · NVIDIA H100 80GB HBM3",
        "  memory used  10.86 GiB",
        "  memory       79.65 GiB",
        "  load         not told: nvidia-smi says [N/A]",
        "  temperature  53.0 °C",
        "  power        433.8 W",
        "  clock        1980 MHz",
        "  throttled    no",
        "GPU 1 · NVIDIA H100 80GB HBM3",
        "  memory used  10.86 GiB",
        "  memory       79.65 GiB",
        "  load         not told: nvidia-smi says [N/A]",
        "  temperature  53.0 °C",
        "  power        433.8 W",
        "  clock        1980 MHz",
        "  throttled    by heat and power",
      ]
    `)
})

test('no GPU', () => {
  expect(gpuLines(absent('nvidia-smi was not found'))).toEqual(['no GPU: nvidia-smi was not found'])
})
