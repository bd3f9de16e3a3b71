import { describe } from 'vitest'
import { expect, percent, test as perfTest, sizes, skipAsNotApplicable } from '../../helpers/index.ts'
import { measureVisionModels } from './vision-study.ts'

const models = ['qwen2.5-vl-3b', 'phi-3.5-vision', 'llava-1.5-7b'] as const

const plan = sizes({
  full: { image: square(672), promptTokens: 64, outputTokens: 64, requests: 20 },
  standard: { image: square(448), promptTokens: 32, outputTokens: 16, requests: 8 },
  quick: { image: square(224), promptTokens: 32, outputTokens: 4, requests: 3 },
})

const test = perfTest.extend('study', { scope: 'file' }, ({ lab }) =>
  lab.study('000.vision-models', () => measureVisionModels(lab, { models, ...plan })),
)

describe('000 · 4C vision models: Qwen2.5-VL 3B, Phi-3.5 Vision, LLaVA 1.5 7B', () => {
  for (const model of models) {
    const visionTest = test.extend('figures', ({ study }) => {
      const found = study[model]
      return found?.state === 'measured' ? found.value : skipAsNotApplicable(found?.reason ?? `${model} was not tested`)
    })

    visionTest(`${model} answers requests with images`, ({ figures }) => {
      expect(figures.success).toReach(percent(100))
    })

    visionTest(`memory of ${model} beyond its text model`, ({ figures }) => {
      expect(figures.memoryOverhead).toBeMeasured()
    })

    visionTest(`time of a multimodal request to ${model}`, ({ figures }) => {
      expect(figures.requestTime).toBeMeasured()
      expect(figures.requestRatio).toBeMeasured()
    })

    visionTest(`tokens of an image for ${model}`, ({ figures }) => {
      expect(figures.imageTokens).toBeMeasured()
    })

    visionTest(`image pipeline of ${model} apart from prefill`, ({ figures }) => {
      expect(figures.imagePipeline).toBeMeasured()
      expect(figures.prefill).toBeMeasured()
    })

    visionTest(`image encoder of ${model} apart from decoding the picture`, ({ figures }) => {
      expect(figures.imageEncode).toBeMeasured()
      expect(figures.imageDecode).toBeMeasured()
    })
  }
})

function square(pixels: number): { widthPixels: number; heightPixels: number } {
  return { widthPixels: pixels, heightPixels: pixels }
}
