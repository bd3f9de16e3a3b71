/**
 * Scores the prediction of memory around the limit: `node helpers/limits/prediction-cases.ts`. Every case is a load that
 * is predicted to take so much, tried in a memory cage of a little less, exactly as much, and a little more. Takes root
 * and some minutes. Its table is in docs/memory-prediction.md.
 */

import type { LoadSettings } from '../engines/index.ts'
import { sizeOfArchitecture } from '../estimate/index.ts'
import { modelStorage } from '../fixtures/choose-model.ts'
import { type Quantisation, syntheticModel } from '../models/index.ts'
import { Prover, predictedTrial, predictionScore, trialTable, tryInCage } from './index.ts'

/** Of what is predicted. The estimate is at the upper edge of what is seen, by 1 to 5 %. */
const limits = [0.92, 1, 1.05]

interface Case {
  model: string
  divisor: number
  quantisation: Quantisation
  copies: number
  contextTokens: number
  slots: number
  settings: LoadSettings
}

const one = { divisor: 16, quantisation: 'q4_0', copies: 1, contextTokens: 2048, slots: 1, settings: {} } as const
const cases: Case[] = [
  { ...one, model: 'qwen2.5-0.5b' },
  { ...one, model: 'qwen2.5-0.5b', copies: 4, contextTokens: 1024 },
  { ...one, model: 'qwen2.5-0.5b', contextTokens: 32_768, settings: { memoryMap: false } },
  { ...one, model: 'qwen2.5-3b', quantisation: 'q8_0', settings: { memoryMap: false } },
  { ...one, model: 'qwen2.5-7b' },
  { ...one, model: 'llama-3.1-8b', copies: 2, settings: { memoryMap: false } },
  { ...one, model: 'smollm2-1.7b', slots: 8, settings: { kvCacheType: 'q8_0' } },
  { ...one, model: 'qwen2.5-0.5b', divisor: 1, slots: 4 },
]

const prover = new Prover(async trial => {
  const end = await tryInCage(trial, { gpu: false })
  if (end.state === 'absent') throw new Error(end.reason)
  return end.value
})

for (const { model, divisor, quantisation, copies, ...size } of cases) {
  const file = await syntheticModel({ model, divisor, quantisation }, modelStorage)
  const { bytes } = predictedTrial(sizeOfArchitecture(file.architecture, quantisation), size, { copies })
  const { kvCacheType = 'f16', memoryMap = true } = size.settings
  const kind = `${quantisation}, ${size.slots} × ${size.contextTokens.toLocaleString('en')} tokens ${kvCacheType}`
  for (const share of limits) {
    await prover.fits({
      ...size,
      label: `${copies} × ${file.name} ${kind}${memoryMap ? '' : ', copied'}`,
      predictedBytes: bytes,
      limitBytes: Math.floor(bytes * share),
      models: async () => Array.from({ length: copies }, (_, i) => ({ ...file, name: `${file.name} (${i + 1})` })),
    })
    const row = prover.rows.at(-1)
    process.stderr.write(`${prover.rows.length} ${row?.label}: ${row?.outcome}\n`)
  }
}

const { columns, rows, notes } = trialTable('', '', prover.rows)
for (const row of [columns, columns.map(() => '---'), ...rows]) console.log(`| ${row.join(' | ')} |`)
console.log(`\n${notes.join('\n')}\n\n${JSON.stringify(predictionScore(prover.rows))}`)
