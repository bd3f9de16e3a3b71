import { stat } from 'node:fs/promises'
import type { Bench, ChosenModel, Lab, Measured, Observation } from '../../helpers/index.ts'
import { absent, benchFigures, formatQuantity, measured, observe, ratioOfMedians } from '../../helpers/index.ts'
import { median, quantileInterval } from '../../helpers/statistics/index.ts'

const SPEC = '000.vision-models'

/** For the chat template, what stands around an image, and an image of the size of LLaVA's or a few times Qwen's. */
const ROOM_TOKENS = 1024

export interface VisionPlan {
  image: { widthPixels: number; heightPixels: number }
  /** Of the text that goes with it, and of the answer. */
  promptTokens: number
  outputTokens: number
  requests: number
}

/** What images cost one model. */
export interface VisionFigures {
  success: Observation<'ratio'>
  /** Of the model with its tower, beyond its text model alone. */
  memoryOverhead: Observation<'bytes'>
  requestTime: Observation<'ms'>
  /** Against a request with the same text and no image. */
  requestRatio: Observation<'ratio'>
  imageTokens: Observation<'count'>
  /** Until an image is tokens: the first token's delay beyond that of a text of as many tokens. */
  imagePipeline: Observation<'ms'>
  /** The part of it that the engine counts to the prompt's own time: the tower. */
  imageEncode: Observation<'ms'>
  /** The rest: decoding and resizing the picture. */
  imageDecode: Observation<'ms'>
  /** Of a text of as many tokens as image and text have: what is left for the text model. */
  prefill: Observation<'ms'>
}

export type VisionStudy = Record<string, Measured<VisionFigures>>

/** Each of the models by itself; absent for one that this engine does not have or cannot show images, with who can. */
export async function measureVisionModels(
  lab: Lab,
  { models, ...plan }: VisionPlan & { models: readonly string[] },
): Promise<VisionStudy> {
  const study: VisionStudy = {}
  const taken = new Map<string, string>()
  for (const planned of models) {
    const model = await lab.find({ model: planned, role: 'vision' })
    if (model.state === 'absent') {
      study[planned] = model
      continue
    }
    const other = taken.get(model.value.name)
    taken.set(model.value.name, planned)
    study[planned] =
      other === undefined
        ? measured(await new VisionMeasurement(lab, planned, model.value, plan).figures())
        : absent(`${model.value.name} stands for this one too, and was measured as ${other}`)
  }
  for (const figures of Object.values(study)) {
    if (figures.state === 'measured') await lab.note(...Object.values(figures.value))
  }
  return study
}

/** The benches of one model: with images, with the text alone, and with as many tokens of text alone. */
interface Benches {
  image: Bench
  text: Bench
  longText: Bench
}

class VisionMeasurement {
  readonly #lab: Lab
  readonly #planned: string
  readonly #model: ChosenModel
  readonly #plan: VisionPlan

  constructor(lab: Lab, planned: string, model: ChosenModel, plan: VisionPlan) {
    this.#lab = lab
    this.#planned = planned
    this.#model = model
    this.#plan = plan
  }

  async figures(): Promise<VisionFigures> {
    const alone = await this.#textModelAlone()
    await this.#lab.load(this.#model, this.#size())
    const image = await this.#bench({ image: this.#plan.image })
    const together = await this.#heldNow()
    const text = await this.#bench({})
    const imageTokens = (tokensOf(image) ?? 0) - (tokensOf(text) ?? 0)
    // Without an answer to both there is nothing to make as long.
    const isCounted = tokensOf(image) !== null && tokensOf(text) !== null && imageTokens > 0
    const longText = isCounted ? await this.#bench({ promptTokens: this.#plan.promptTokens + imageTokens }) : text
    if (this.#lab.engine.traits.neverUnloads === null) await this.#lab.unload(this.#model.name)
    return this.#observe({ image, text, longText }, isCounted ? imageTokens : null, { alone, together })
  }

  #observe(
    { image, text, longText }: Benches,
    imageTokens: number | null,
    { alone, together }: { alone: Measured; together: Measured },
  ): VisionFigures {
    const { widthPixels, heightPixels } = this.#plan.image
    const size = `images of ${widthPixels} × ${heightPixels} pixels`
    const failure = image.failed[0]
    const none = failure === undefined ? 'no request was answered' : `${failure.failure}: ${failure.message}`
    const answered = <T>(value: () => Measured<T>): Measured<T> => (imageTokens === null ? absent(none) : value())
    const about = <U extends Observation['unit']>(what: string, title: string, unit: U) => ({
      id: `${SPEC}.${what}.${this.#planned}`,
      title: `${title} of ${this.#model.name}`,
      unit,
      n: image.completed.length,
      data: `${image.completed.length} requests with images, ${text.completed.length} without`,
      details: [size],
      spoiledBy: image.disturbance ?? text.disturbance ?? longText.disturbance,
      scale: this.#model.scale,
    })
    const { imagesOutsidePromptTimes: outside } = this.#lab.engine.traits
    const engineTimes = (of: (bench: Bench) => (number | null)[]) =>
      outside === null ? answered(() => medianDifference(of(image), of(longText))) : absent(outside)
    const pipeline = answered(() => medianDifference(ttfts(image), ttfts(longText)))
    return {
      success: observe({
        ...about('success', 'share of image requests answered', 'ratio'),
        value: benchFigures(image).success.value,
        spoiledBy: null,
      }),
      memoryOverhead: observe({
        ...about('memory-overhead', 'memory of the image part', 'bytes'),
        value: difference(together, alone),
        n: 1,
        data: 'one load of each',
        spoiledBy: null,
        details: memoryDetails(alone, together),
      }),
      requestTime: observe({
        ...about('request-time', 'time of a request with an image', 'ms'),
        value: benchFigures(image).e2eMs.value,
        details: [size, `${this.#plan.promptTokens} tokens of text, ${this.#plan.outputTokens} of answer`],
      }),
      requestRatio: observe({
        ...about('request-ratio', 'time of a request with an image, against its text alone', 'ratio'),
        value: answered(() => ratioOfMedians(e2es(text), e2es(image))),
      }),
      imageTokens: observe({
        ...about('image-tokens', 'tokens of an image', 'count'),
        value: imageTokens ?? absent(none),
        spoiledBy: null,
      }),
      imagePipeline: observe({
        ...about('image-pipeline', 'time until an image is tokens', 'ms'),
        value: pipeline,
        details: [size, `first token's delay beyond that of ${imageTokens} more tokens of text`],
      }),
      imageEncode: observe({
        ...about('image-encode', "time of the image encoder, by the engine's prompt times,", 'ms'),
        value: engineTimes(promptTimes),
      }),
      imageDecode: observe({
        ...about('image-decode', 'time to decode and resize an image, before the prompt,', 'ms'),
        value: engineTimes(timesBeforePrompt),
      }),
      prefill: observe({
        ...about('prefill', 'prefill of as many tokens of text as image and text have', 'ms'),
        value: answered(() => medianOf(ttfts(longText))),
        n: longText.completed.length,
        data: `${longText.completed.length} requests`,
        details: [],
      }),
    }
  }

  /** The same text model without what makes tokens of images; absent where a model comes with it or not at all. */
  async #textModelAlone(): Promise<Measured> {
    const { projectorPath, ...model } = this.#model
    const { identity, traits } = this.#lab.engine
    if (projectorPath === undefined) {
      return absent(`${identity.name} has ${model.name} as a whole: its text model cannot be loaded alone`)
    }
    if (traits.neverUnloads !== null) return absent(traits.neverUnloads)
    const bytes = model.bytes - (await stat(projectorPath)).size
    const alone = { ...model, name: `${model.name} text`, bytes }
    await this.#lab.load(alone, this.#size())
    await this.#lab.bench(alone, { ...this.#lengths(), concurrency: 1, requests: 1 })
    const held = await this.#heldNow()
    await this.#lab.unload(alone.name)
    return held
  }

  /** Of all the engine's processes: nothing else is loaded. On the host, pages that several of them map count once. */
  async #heldNow(): Promise<Measured> {
    const { gpuMemoryIsFixed } = this.#lab.engine.traits
    if (gpuMemoryIsFixed !== null) return absent(gpuMemoryIsFixed)
    const { enginePssBytes, engineRssBytes, gpuEngineBytes } = (await this.#lab.reading()).metrics
    const host = enginePssBytes.state === 'measured' ? enginePssBytes : engineRssBytes
    if (host.state === 'absent' || gpuEngineBytes.state === 'absent') return host
    return measured(host.value + gpuEngineBytes.value)
  }

  #bench(more: { image?: VisionPlan['image']; promptTokens?: number }): Promise<Bench> {
    const { requests } = this.#plan
    return this.#lab.bench(this.#model, { ...this.#lengths(), ...more, concurrency: 1, requests })
  }

  #lengths() {
    const { promptTokens, outputTokens } = this.#plan
    return { promptTokens, outputTokens }
  }

  #size() {
    const { promptTokens, outputTokens } = this.#plan
    return { contextTokens: 256 * Math.ceil((ROOM_TOKENS + promptTokens + outputTokens) / 256), slots: 1 }
  }
}

function tokensOf({ completed }: Bench): number | null {
  return completed.length === 0 ? null : median(completed.map(({ promptTokens }) => promptTokens))
}

const ttfts = ({ completed }: Bench) => completed.map(({ ttftMs }) => ttftMs)
const e2es = ({ completed }: Bench) => completed.map(({ endedAtMs, sentAtMs }) => endedAtMs - sentAtMs)
const promptTimes = ({ completed }: Bench) => completed.map(({ timings }) => timings?.promptMs ?? null)
const timesBeforePrompt = ({ completed }: Bench) =>
  completed.map(({ timings, ttftMs }) => (timings === null ? null : ttftMs - timings.promptMs))

const medianOf = (values: readonly number[]): Measured<Estimate> =>
  values.length === 0
    ? absent('no request was answered')
    : measured({ value: median(values), interval: quantileInterval(values, 0.5) })

/** Median of the differences of the first, second, … requests: they are independent, so any pairing is as good. */
function medianDifference(larger: readonly (number | null)[], smaller: readonly (number | null)[]): Measured<Estimate> {
  const count = Math.min(larger.length, smaller.length)
  const differences: number[] = []
  for (let i = 0; i < count; i++) {
    const [a, b] = [larger[i], smaller[i]]
    if (typeof a !== 'number' || typeof b !== 'number') return absent('the engine sends no times of its own')
    differences.push(a - b)
  }
  return medianOf(differences)
}

function difference(larger: Measured, smaller: Measured): Measured {
  if (larger.state === 'absent') return larger
  return smaller.state === 'absent' ? smaller : measured(larger.value - smaller.value)
}

function memoryDetails(alone: Measured, together: Measured): string[] {
  if (alone.state === 'absent' || together.state === 'absent') return []
  const bytes = (value: number) => formatQuantity(value, 'bytes')
  return [`${bytes(together.value)} after an image, ${bytes(alone.value)} for the text model alone`]
}

type Estimate = Extract<Observation['measured'], { state: 'measured' }>['value']
