import type { Architecture } from '../architecture.ts'
import type { Tokenizer } from '../tokenizer/index.ts'
import { embeddingGain, type TensorRole, type TensorShape, tensorShapes } from './families/index.ts'
import { peakDeviations } from './row-encoder.ts'
import type { Level, SpecialRow, Tensor, TensorContent } from './tensor.ts'
import type { Quantisation } from './tensor-type.ts'

/**
 * Random weights that still say only whole words and, unless asked, never stop.
 *
 * Three channels of the residual stream are taken out of the noise; no layer writes to them but as said here.
 * - `constant` has the same value in every token's embedding.
 * - `forbid`: layer 0 passes `constant` into it through one attention value, which attention cannot change as its
 *   weights sum to 1. So at every position it carries one known number, whatever was read before. The output rows of
 *   unwanted tokens hold the lowest possible weight for it, all others zero, and the output norm's gain makes that a
 *   penalty no noise can overcome.
 * - `finish`: one word in 32 has the lowest value here, the end of sequence the highest, all others zero. With a
 *   negative gain, the end of sequence follows those words by far, however tokens are sampled. Off unless asked for.
 *
 * All of it is at levels that a quantised block can hold, and no token's row is used for two things that collide, so it
 * works with tied embeddings, where the same matrix is input and output. Sizes and cost are those of the architecture.
 */
const channels = { constant: 0, forbid: 1, finish: 2 } as const

/** Gain of the wires in layer 0: `forbid` dwarfs what embeddings put there, and is still little of the whole stream. */
const wireGain = 1.75

/** What the output norm makes of `forbid`: a penalty of about 170 on the logit. */
const forbiddingActivation = 100

/** What it makes of `finish` after a closing word: more than the penalty. */
const finishingActivation = 3 * forbiddingActivation

/** One word in so many ends an answer. */
const closingWordEvery = 32

export interface Steering {
  architecture: Architecture
  quantisation: Quantisation
  tokenizer: Tokenizer
  /** Answers end after one word in 32. */
  endOfSequence: boolean
}

/** All tensors of a model, in the order of the file. */
export const steeredTensors = (steering: Steering): Tensor[] =>
  tensorShapes(steering.architecture).map(shape => ({
    name: shape.name,
    columns: shape.columns,
    rows: shape.rows,
    dimensions: shape.rows === 1 ? [shape.columns] : [shape.columns, shape.rows],
    // Engines expect vectors in full precision.
    type: shape.rows === 1 ? 'f32' : steering.quantisation,
    content: steeredContent(steering, shape),
  }))

function steeredContent(steering: Steering, tensor: TensorShape): TensorContent {
  const { columns, role, layer } = tensor
  switch (role) {
    case 'norm':
      return { kind: 'vector', values: new Float32Array(columns).fill(1) }
    case 'attention post norm':
    case 'feed-forward post norm':
      return { kind: 'vector', values: postNorm(steering, tensor) }
    case 'bias':
      return { kind: 'vector', values: new Float32Array(columns) }
    case 'output norm':
      return { kind: 'vector', values: outputNorm(steering) }
    case 'embedding':
    case 'output':
      return { kind: 'random', deviation: 1 / embeddingGain(steering.architecture), special: tokenRows(steering) }
    default: {
      const special = layerRows(role, layer === 0)
      if (role === 'attention output' && layer === 0 && hasPostNorms(steering)) {
        // The norm that follows would weigh the wire against whatever else is there, which is not known.
        return { kind: 'random', deviation: 1, special: row => special[row] ?? { kind: 'zero' } }
      }
      return { kind: 'random', deviation: deviation(steering, tensor), special: row => special[row] }
    }
  }
}

/**
 * Values stay near one in all layers. What the layers add is together half of what the embedding is, as a stream where
 * they prevail forgets the last token: then the same few words would be likeliest at every position.
 */
function deviation({ architecture }: Steering, { columns, role }: TensorShape): number {
  const addsToStream = role === 'attention output' || role === 'feed-forward output'
  return 1 / Math.sqrt(columns * (addsToStream ? 2 * architecture.layers : 1))
}

const hasPostNorms = ({ architecture }: Steering) => architecture.family === 'gemma2'

/**
 * A norm after each half of a layer gives it the size that the deviation of its weights gives it elsewhere. In layer 0 the
 * wire stands alone there: what the norm makes of it is √embedding, whatever it was.
 */
function postNorm({ architecture, quantisation }: Steering, { columns, role, layer }: TensorShape): Float32Array {
  const gains = new Float32Array(columns).fill(1 / Math.sqrt(4 * architecture.layers))
  if (role === 'attention post norm' && layer === 0) {
    gains[channels.forbid] = (wireGain * wireGain * peakDeviations[quantisation]) / Math.sqrt(columns)
  }
  return gains
}

function layerRows(role: TensorRole, first: boolean): SpecialRow[] {
  const zero: SpecialRow = { kind: 'zero' }
  const wire = (column: number): SpecialRow => ({ kind: 'wire', column, value: wireGain })
  if (role === 'value' && first) return [wire(channels.constant)]
  if (role === 'attention output' && first) return [zero, wire(0), zero]
  return role === 'attention output' || role === 'feed-forward output' ? [zero, zero, zero] : []
}

function tokenRows({ tokenizer }: Steering): (row: number) => SpecialRow {
  const pinned = (forbid: Level, finish: Level): SpecialRow => ({
    kind: 'pinned',
    pins: [
      { column: channels.constant, level: 1 },
      { column: channels.forbid, level: forbid },
      { column: channels.finish, level: finish },
    ],
  })
  const word = pinned(0, 0)
  const closingWord = pinned(0, -1)
  const unwanted = pinned(-1, 0)
  const end = pinned(-1, 1)
  return token => {
    if (tokenizer.isWord(token)) return token % closingWordEvery === 0 ? closingWord : word
    return token === tokenizer.endOfSequence ? end : unwanted
  }
}

/**
 * Logits get a variance of about 1. Every second sign is turned: with tied embeddings, where the stream is still much
 * like the last token's row, that token would be likeliest to come again.
 */
function outputNorm({ architecture, quantisation, endOfSequence }: Steering): Float32Array {
  const { embedding } = architecture
  // The output matrix is the embedding matrix, which is as much smaller as the engine makes embeddings larger.
  const gain = embeddingGain(architecture)
  const peak = peakDeviations[quantisation]
  const wired = wireGain * wireGain * peak
  // Of the stream at the end: the embedding's 1, the layers' half, and `forbid`.
  const rootMeanSquare = Math.sqrt(1.5 + (wired * wired) / embedding)
  const gains = Float32Array.from(
    { length: embedding },
    (_, channel) => ((channel % 2 === 0 ? 1 : -1) * gain) / Math.sqrt(embedding),
  )
  gains[channels.constant] = 0
  gains[channels.forbid] = (gain * forbiddingActivation * rootMeanSquare) / wired
  gains[channels.finish] = endOfSequence ? (gain * -finishingActivation * rootMeanSquare) / peak : 0
  return gains
}
