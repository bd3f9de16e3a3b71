import { BadInputError } from '../errors.ts'
import type { Architecture } from './architecture.ts'
import { smallestVocabulary } from './tokenizer/index.ts'
import { parameterCount } from './weights/index.ts'

/** Head sizes in the order in which they are given up; below 32 quantised blocks do not fit a head. */
const headSizes = [256, 128, 64, 32] as const
/** Rows of quantised tensors are made of blocks of 32 values. */
const block = 32
/** Largest miss of 1/n of the parameters. */
const tolerance = 0.1

/**
 * The same shape with about 1/`divisor` of the parameters: same family, layer type, ratio of query to key-value heads,
 * ratio of feed-forward to embedding, and share of the embedding matrix. Layers and width shrink together; heads get
 * fewer before they get smaller; the vocabulary takes up what rounding leaves.
 *
 * @throws BadInputError where the divisor is no whole number from 1, or no such architecture is that small.
 */
export function scaleArchitecture(architecture: Architecture, divisor: number): Architecture {
  if (!Number.isInteger(divisor) || divisor < 1) {
    throw new BadInputError(`scaling ${architecture.name}: the divisor is ${divisor}; it must be a whole number from 1`)
  }
  if (divisor === 1) return architecture
  const name = `${architecture.name} ÷ ${divisor}`
  const target = parameterCount(architecture) / divisor
  const candidates = widths(architecture)
    .map(width => fitDepthAndVocabulary({ ...architecture, ...width, name }, architecture, divisor))
    .filter(candidate => Math.abs(parameterCount(candidate) / target - 1) <= tolerance)
    .map(candidate => ({ candidate, distortion: distortion(candidate, architecture) }))
    .sort((a, b) => a.distortion - b.distortion)
  if (candidates[0]) return candidates[0].candidate
  throw new BadInputError(
    `scaling ${architecture.name}: 1/${divisor} of it would be ${Math.round(target).toLocaleString('en')} parameters, ` +
      'too few for its shape; take a smaller divisor',
  )
}

type Width = Pick<Architecture, 'embedding' | 'feedForward' | 'heads' | 'kvHeads' | 'headSize'>

/** Every width that keeps the heads' ratio, from the original down to a single key-value head of the smallest size. */
function widths({ embedding, feedForward, heads, kvHeads, headSize }: Architecture): Width[] {
  return headSizes
    .filter(size => size <= headSize)
    .flatMap(size =>
      Array.from({ length: kvHeads }, (_, index): Width => {
        const fewerKvHeads = index + 1
        const fewerHeads = fewerKvHeads * (heads / kvHeads)
        const narrower = embedding * ((fewerHeads * size) / (heads * headSize))
        return {
          headSize: size,
          heads: fewerHeads,
          kvHeads: fewerKvHeads,
          embedding: blocks(narrower),
          feedForward: blocks(narrower * (feedForward / embedding)),
        }
      }),
    )
}

function fitDepthAndVocabulary(wide: Architecture, original: Architecture, divisor: number): Architecture {
  const tableParameters = (architecture: Architecture) =>
    architecture.embedding * architecture.vocabulary * (architecture.tiedEmbeddings ? 1 : 2)
  const layerParameters = (architecture: Architecture) =>
    (parameterCount(architecture) - tableParameters(architecture)) / architecture.layers

  const target = parameterCount(original) / divisor
  const tableTarget = tableParameters(original) / divisor
  const layers = Math.round((target - tableTarget) / layerParameters(wide))
  const deep = { ...wide, layers: clamp(layers, 1, original.layers) }
  const left = target - (parameterCount(deep) - tableParameters(deep))
  const vocabulary = blocks(left / (tableParameters(deep) / deep.vocabulary))
  return { ...deep, vocabulary: clamp(vocabulary, smallestVocabulary, original.vocabulary) }
}

/** How far proportions are from the original's: depth to width, share of the vocabulary, and the size of heads. */
function distortion(scaled: Architecture, original: Architecture): number {
  const ratio = (key: 'layers' | 'embedding' | 'vocabulary' | 'headSize') => Math.log(scaled[key] / original[key])
  return (
    Math.abs(ratio('layers') - ratio('embedding')) +
    Math.abs(ratio('vocabulary') - ratio('embedding')) / 2 -
    ratio('headSize')
  )
}

const blocks = (values: number) => Math.max(1, Math.round(values / block)) * block
const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value))
