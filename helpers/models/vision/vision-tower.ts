/** What turns an image into tokens: a vision transformer, and the projector into the text model's width. */
export interface VisionTower {
  /** The projector's kind, as llama.cpp calls it; the rest of the tower follows from it. */
  projector: 'mlp' | 'qwen2.5vl_merger'
  /** Those that are run: LLaVA leaves out CLIP's last. */
  layers: number
  /** Width of the residual stream. */
  embedding: number
  feedForward: number
  heads: number
  /** Side of the square that an image is fitted into (`mlp`), or a usual one's: the other takes any size. */
  imagePixels: number
  /** Side of a patch. */
  patchPixels: number
  normEpsilon: number
  /** Of the pixels, by colour, as the tower was trained. */
  imageMean: readonly [red: number, green: number, blue: number]
  imageDeviation: readonly [red: number, green: number, blue: number]
}

/** In how many groups layers look only within windows, but for the last of each, which sees the whole image. */
export const windowedGroups = 4

/** One layer in so many sees the whole image; the others see windows of 112 × 112 pixels (`qwen2.5vl_merger`). */
export const windowPattern = ({ layers }: VisionTower): number => Math.max(1, Math.round(layers / windowedGroups))

/** Two by two patches become one token (`qwen2.5vl_merger`). */
export const mergedSide = 2
