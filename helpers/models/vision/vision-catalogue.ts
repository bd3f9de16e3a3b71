import { BadInputError } from '../../errors.ts'
import { absent, type Measured, measured } from '../../measured.ts'
import type { Architecture } from '../architecture.ts'
import type { ModelNames } from '../catalogue.ts'
import type { VisionTower } from './vision-tower.ts'

export interface VisionModel {
  name: string
  /** The instruct model's names; null where there is none. */
  names: ModelNames
  /** Parameters as its makers publish them, tower included. */
  publishedParameters: number
  /** What it is made of; absent with the reason for a model that cannot be written with random weights. */
  parts: Measured<{ text: Architecture; tower: VisionTower }>
}

/** OpenAI's CLIP, whose pixels all these towers see. */
const clipImages = {
  imageMean: [0.48145466, 0.4578275, 0.40821073],
  imageDeviation: [0.26862954, 0.26130258, 0.27577711],
} as const

/** The vision models of the plans. Numbers are those of each model's config.json on Hugging Face. */
export const visionCatalogue: readonly VisionModel[] = [
  {
    name: 'qwen2.5-vl-3b',
    names: { ollama: 'qwen2.5vl:3b', huggingFace: 'Qwen/Qwen2.5-VL-3B-Instruct' },
    publishedParameters: 3_754_622_976,
    parts: measured({
      text: {
        name: 'qwen2.5-vl-3b',
        family: 'qwen2vl',
        vocabulary: 151_936,
        contextTokens: 128_000,
        ropeTheta: 1e6,
        normEpsilon: 1e-6,
        layers: 36,
        embedding: 2048,
        feedForward: 11_008,
        heads: 16,
        kvHeads: 2,
        headSize: 128,
        tiedEmbeddings: true,
      },
      tower: {
        projector: 'qwen2.5vl_merger',
        layers: 32,
        embedding: 1280,
        feedForward: 3420,
        heads: 16,
        imagePixels: 560,
        patchPixels: 14,
        normEpsilon: 1e-6,
        ...clipImages,
      },
    }),
  },
  {
    name: 'phi-3.5-vision',
    names: { ollama: null, huggingFace: 'microsoft/Phi-3.5-vision-instruct' },
    // As its card rounds them.
    publishedParameters: 4_200_000_000,
    parts: absent(
      'only vLLM runs phi-3.5-vision (neither llama.cpp nor Ollama has its projector), and its image processor is ' +
        'code of its repository, which a folder with random weights lacks',
    ),
  },
  {
    name: 'llava-1.5-7b',
    names: { ollama: 'llava:7b-v1.5-q4_0', huggingFace: 'llava-hf/llava-1.5-7b-hf' },
    publishedParameters: 7_063_427_072,
    parts: measured({
      text: {
        name: 'llava-1.5-7b',
        family: 'llama',
        vocabulary: 32_064,
        contextTokens: 4096,
        ropeTheta: 10_000,
        normEpsilon: 1e-5,
        layers: 32,
        embedding: 4096,
        feedForward: 11_008,
        heads: 32,
        kvHeads: 32,
        headSize: 128,
        tiedEmbeddings: false,
      },
      tower: {
        projector: 'mlp',
        // Of CLIP's 24: the last is not used, and not in the files.
        layers: 23,
        embedding: 1024,
        feedForward: 4096,
        heads: 16,
        imagePixels: 336,
        patchPixels: 14,
        normEpsilon: 1e-5,
        ...clipImages,
      },
    }),
  },
]

/** The vision model of that name; a BadInputError that lists all names where there is none. */
export function findVisionModel(name: string): VisionModel {
  const model = visionCatalogue.find(candidate => candidate.name === name)
  if (model) return model
  const names = visionCatalogue.map(candidate => candidate.name).join(', ')
  throw new BadInputError(`looking up a vision model: the catalogue has no '${name}'; it has ${names}`)
}
