import { alignmentBytes, bool, float32, float32s, type GgufContent, text, uint32 } from '../gguf/index.ts'
import { fileTypes } from '../weights/index.ts'
import { towerTensors } from './tower-tensors.ts'
import { type VisionTower, windowPattern } from './vision-tower.ts'

/** Metadata and tensors of a projector's file (`mmproj`) with random weights; keys as in llama.cpp's clip-impl.h. */
export function towerGguf(tower: VisionTower, textEmbedding: number, title: string): GgufContent {
  const isClip = tower.projector === 'mlp'
  return {
    metadata: new Map([
      ['general.architecture', text('clip')],
      ['general.type', text('mmproj')],
      ['general.name', text(title)],
      ['general.alignment', uint32(alignmentBytes)],
      ['general.file_type', uint32(fileTypes.f16)],
      ['clip.has_vision_encoder', bool(true)],
      ['clip.projector_type', text(tower.projector)],
      // CLIP's own activation, a quick GELU, is what is taken where neither is named.
      ['clip.use_gelu', bool(false)],
      ['clip.use_silu', bool(!isClip)],
      ['clip.vision.image_size', uint32(tower.imagePixels)],
      ['clip.vision.patch_size', uint32(tower.patchPixels)],
      ['clip.vision.embedding_length', uint32(tower.embedding)],
      ['clip.vision.feed_forward_length', uint32(tower.feedForward)],
      ['clip.vision.projection_dim', uint32(textEmbedding)],
      ['clip.vision.block_count', uint32(tower.layers)],
      ['clip.vision.attention.head_count', uint32(tower.heads)],
      ['clip.vision.attention.layer_norm_epsilon', float32(tower.normEpsilon)],
      ['clip.vision.image_mean', float32s(tower.imageMean)],
      ['clip.vision.image_std', float32s(tower.imageDeviation)],
      ...(isClip ? [] : [['clip.vision.n_wa_pattern', uint32(windowPattern(tower))] as const]),
    ]),
    tensors: towerTensors(tower, textEmbedding),
  }
}
