import { BadInputError } from '../../errors.ts'
import { towerParameters } from './tower-tensors.ts'
import type { VisionTower } from './vision-tower.ts'

/** Largest miss of 1/n of the parameters. */
const tolerance = 0.15
/** Fewer, and llama.cpp would run none of LLaVA's: it leaves out the file's last. */
const fewestLayers = 2

/**
 * The same tower with about 1/`divisor` of the parameters, for a text model that is as much smaller: fewer layers and fewer
 * heads together, the same image, patches and head size. So an image is as many tokens as it was.
 *
 * @throws BadInputError where no such tower is that small.
 */
export function scaleTower(
  tower: VisionTower,
  divisor: number,
  { textEmbedding, scaledTextEmbedding }: { textEmbedding: number; scaledTextEmbedding: number },
): VisionTower {
  if (divisor === 1) return tower
  const target = towerParameters(tower, textEmbedding) / divisor
  const headSize = tower.embedding / tower.heads
  const candidates = Array.from({ length: tower.heads }, (_, index) => {
    const heads = index + 1
    const embedding = heads * headSize
    const feedForward = Math.max(1, Math.round((embedding * tower.feedForward) / tower.embedding / 32)) * 32
    return withLayers({ ...tower, heads, embedding, feedForward }, target, scaledTextEmbedding, tower.layers)
  })
  const [best] = candidates
    .filter(candidate => Math.abs(towerParameters(candidate, scaledTextEmbedding) / target - 1) <= tolerance)
    .map(candidate => ({ candidate, distortion: distortion(candidate, tower) }))
    .sort((a, b) => a.distortion - b.distortion)
  if (best) return best.candidate
  throw new BadInputError(
    `scaling a vision tower: 1/${divisor} of it would be ${Math.round(target).toLocaleString('en')} parameters, ` +
      'too few for its shape; take a smaller divisor',
  )
}

function withLayers(wide: VisionTower, target: number, textEmbedding: number, most: number): VisionTower {
  const parameters = (layers: number) => towerParameters({ ...wide, layers }, textEmbedding)
  const layer = parameters(2) - parameters(1)
  const layers = Math.round((target - parameters(1)) / layer) + 1
  return { ...wide, layers: Math.min(most, Math.max(fewestLayers, layers)) }
}

/** How far the proportion of depth to width is from the original's. */
const distortion = (scaled: VisionTower, original: VisionTower) =>
  Math.abs(Math.log(scaled.layers / original.layers) - Math.log(scaled.embedding / original.embedding))
