import { catalogue, type PublishedScore } from '../../models/index.ts'
import type { Evidence } from '../question.ts'

const SPEC = '000.limit-discovery'

/** One model as the run measured it, one request at a time. */
export interface SizedModel {
  name: string
  decodeRate: number
  memoryBytes: number | null
  /** 1 for a whole model. */
  scale: number
  /** What is published about it, since capability is never measured on random weights; of one benchmark for all. */
  score: PublishedScore | null
  evidence: string[]
}

/** The first score of the catalogue for that model; null where it has none. */
export const scoreOf = (name: string): PublishedScore | null =>
  catalogue.find(model => model.name === name)?.publishedScores[0] ?? null

/** In the order in which they were measured, small to large. Scores of another benchmark than the first one's say nothing. */
export function sizedModels(evidence: Evidence, scores: typeof scoreOf = scoreOf): SizedModel[] {
  const prefix = `${SPEC}.decode-rate.`
  const rates = evidence.metrics(prefix).map(rate => ({ rate, name: rate.id.slice(prefix.length) }))
  const benchmark = rates.map(({ name }) => scores(name)).find(score => score !== null)?.benchmark
  return rates.map(({ rate, name }) => {
    const memory = evidence.metric(`${SPEC}.memory.${name}`)
    const score = scores(name)
    return {
      name,
      decodeRate: rate.value,
      memoryBytes: memory?.value ?? null,
      scale: rate.scale ?? 1,
      score: score?.benchmark === benchmark ? score : null,
      evidence: [rate.id, ...(memory ? [memory.id] : [])],
    }
  })
}

/** What every answer about capability must say. */
export function caveatsOf(models: readonly SizedModel[]): string[] {
  const sources = [...new Set(models.flatMap(({ score }) => (score ? [`${score.benchmark}: ${score.source}`] : [])))]
  const scales = [...new Set(models.flatMap(({ scale }) => (scale === 1 ? [] : [scale])))]
  return [
    `capability not measured here: published scores (${sources.join('; ')})`,
    ...scales.map(scale => `speed and memory of models of 1/${scale} of their size`),
  ]
}
