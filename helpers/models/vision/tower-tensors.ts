import type { Tensor, TensorContent } from '../weights/index.ts'
import { mergedSide, type VisionTower } from './vision-tower.ts'

/** Colours of a pixel. */
const COLOURS = 3

/**
 * The tensors that llama.cpp looks for in a projector's file (clip-impl.h), with random weights that keep the stream near
 * one, so that an image's tokens look to the text model like embeddings of its own: also in the channel that is the same
 * in all of them. Matrices are F16, as in the files that people use.
 */
export function towerTensors(tower: VisionTower, textEmbedding: number): Tensor[] {
  const layers = Array.from({ length: tower.layers }, (_, layer) =>
    layerTensors(tower).map(tensor => ({ ...tensor, name: `v.blk.${layer}.${tensor.name}` })),
  )
  return [...inputTensors(tower), ...layers.flat(), ...outputTensors(tower, textEmbedding)]
}

/** Weights of a tower and its projector. */
export const towerParameters = (tower: VisionTower, textEmbedding: number): number =>
  towerTensors(tower, textEmbedding).reduce((sum, { rows, columns }) => sum + rows * columns, 0)

function inputTensors({ projector, embedding, imagePixels, patchPixels }: VisionTower): Tensor[] {
  const patches = [`v.patch_embd.weight`, ...(projector === 'mlp' ? [] : ['v.patch_embd.weight.1'])].map(name =>
    convolution(name, patchPixels, embedding, projector === 'mlp' ? 1 : 2),
  )
  if (projector !== 'mlp') return patches
  const positions = (imagePixels / patchPixels) ** 2 + 1
  return [
    vector('v.class_embd', embedding, 1),
    ...patches,
    { ...matrix('v.position_embd.weight', embedding, positions, 0.5), type: 'f32' },
    ...norm('v.pre_ln', embedding),
  ]
}

/** CLIP's layers have norms with a mean and no gate; Qwen's have RMS norms and a gate. */
function layerTensors({ projector, layers, embedding, feedForward }: VisionTower): Tensor[] {
  const isClip = projector === 'mlp'
  const layerNorm = (name: string) => (isClip ? norm(name, embedding) : [vector(`${name}.weight`, embedding, 1)])
  const added = 1 / Math.sqrt(2 * layers)
  return [
    ...layerNorm('ln1'),
    ...['attn_q', 'attn_k', 'attn_v'].flatMap(name => linear(name, embedding, embedding)),
    ...linear('attn_out', embedding, embedding, added),
    ...layerNorm('ln2'),
    ...(isClip ? [] : linear('ffn_gate', embedding, feedForward)),
    ...linear('ffn_up', embedding, feedForward),
    ...linear('ffn_down', feedForward, embedding, added),
  ]
}

function outputTensors({ projector, embedding }: VisionTower, textEmbedding: number): Tensor[] {
  const isClip = projector === 'mlp'
  const merged = isClip ? embedding : embedding * mergedSide ** 2
  const hidden = isClip ? textEmbedding : merged
  // A GELU lets two fifths of the variance through.
  const [weight, bias] = linear('mm.2', hidden, textEmbedding, 1.5)
  return [
    ...(isClip ? [] : [vector('v.post_ln.weight', embedding, 1)]),
    ...linear('mm.0', merged, hidden),
    { ...weight, content: steered(weight.content) },
    { ...bias, content: { kind: 'vector', values: steeredBias(textEmbedding) } },
  ]
}

/** Of the text model's three channels that carry no noise (see steering.ts), the first has this value in every token. */
const CONSTANT_CHANNEL_VALUE = 1.7
const QUIET_CHANNELS = 3

const steered = (content: TensorContent): TensorContent =>
  content.kind === 'vector'
    ? content
    : { ...content, special: row => (row < QUIET_CHANNELS ? { kind: 'zero' } : undefined) }

const steeredBias = (columns: number) =>
  Float32Array.from({ length: columns }, (_, channel) => (channel === 0 ? CONSTANT_CHANNEL_VALUE : 0))

function vector(name: string, columns: number, value: number): Tensor {
  const values = new Float32Array(columns).fill(value)
  return { name, type: 'f32', columns, rows: 1, dimensions: [columns], content: { kind: 'vector', values } }
}

const norm = (name: string, columns: number) => [
  vector(`${name}.weight`, columns, 1),
  vector(`${name}.bias`, columns, 0),
]

function matrix(name: string, columns: number, rows: number, deviation: number): Tensor {
  const content = { kind: 'random', deviation, special: () => undefined } as const
  return { name, type: 'f16', columns, rows, dimensions: [columns, rows], content }
}

const linear = (name: string, columns: number, rows: number, gain = 1): [weight: Tensor, bias: Tensor] => [
  matrix(`${name}.weight`, columns, rows, gain / Math.sqrt(columns)),
  vector(`${name}.bias`, rows, 0),
]

/** Several that are added up (`summands`) have the variance of one together. */
function convolution(name: string, side: number, rows: number, summands: number): Tensor {
  const columns = side * side * COLOURS
  const dimensions = [side, side, COLOURS, rows]
  return { ...matrix(name, columns, rows, 1 / Math.sqrt(columns * summands)), dimensions }
}
