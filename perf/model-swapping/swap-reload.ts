import {
  absent,
  type ChosenModel,
  formatQuantity,
  type Lab,
  type Measured,
  type MeasuredTable,
  measured,
  type Observation,
  observe,
} from '../../helpers/index.ts'
import { weightsPath } from '../../helpers/lab/index.ts'
import { dropFromPageCache, inPageCache, readIntoPageCache } from '../../helpers/page-cache/index.ts'
import { median, quantileInterval } from '../../helpers/statistics/index.ts'
import { Asker } from './swap-asker.ts'

export interface ReloadPlan {
  model: string
  /** Of each kind; from six on a median has an interval. */
  reloads: number
  contextTokens: number
  promptTokens: number
  outputTokens: number
}

export interface ReloadStudy {
  /** From the call to load until the model is ready: its file not in the page cache, and all of it there. */
  cold: Observation<'ms'>
  warm: Observation<'ms'>
  /** From the call to unload until the model is gone. */
  out: Observation<'ms'>
  /** Bytes of the file by the time of the load. */
  coldRate: Observation<'bytes/s'>
  warmRate: Observation<'bytes/s'>
}

interface Reload {
  loadMs: number
  /** From the call to load to the first token of the first answer; null where that failed. */
  firstAnswerMs: number | null
  unloadMs: number
  /** By all disks of the machine meanwhile. */
  readBytes: Measured
}

const SPEC = '003.swap-performance'

/** Loads one model from disk and unloads it, again and again. This is no paging: nothing of the machine's swap takes part. */
export async function measureReload(lab: Lab, plan: ReloadPlan): Promise<ReloadStudy> {
  const model = await lab.choose({ model: plan.model, role: 'large' })
  const study = new ReloadMeasurement(lab, model, plan)
  const { found, table } = await study.run()
  await lab.note(...found.observations, table)
  return found.study
}

class ReloadMeasurement {
  readonly #lab: Lab
  readonly #model: ChosenModel
  readonly #plan: ReloadPlan

  constructor(lab: Lab, model: ChosenModel, plan: ReloadPlan) {
    this.#lab = lab
    this.#model = model
    this.#plan = plan
  }

  async run() {
    // The first load writes files and makes copies; it is not counted.
    await this.#load()
    const asker = await Asker.of(this.#lab, this.#model, this.#plan)
    const path = await weightsPath(this.#lab.engine, this.#model)
    await this.#lab.unload(this.#model.name)
    const cold: Reload[] = []
    const warm: Reload[] = []
    let noCold = path.state === 'absent' ? path : null
    let warmth = path.state === 'absent' ? `not known whether it was cached: ${path.reason}` : ''
    // In turns, so that what the machine does meanwhile meets both.
    for (let i = 0; i < this.#plan.reloads; i++) {
      if (path.state === 'measured') {
        const dropped = await dropFromPageCache(path.value)
        const reload = dropped.state === 'absent' ? null : await this.#reload(asker)
        const obstacle = dropped.state === 'absent' ? dropped : await this.#notRead(path.value)
        if (reload && !obstacle) cold.push(reload)
        noCold = obstacle ?? noCold
        warmth = await this.#warmUp(path.value)
      }
      warm.push(await this.#reload(asker))
    }
    const bytes = await this.#bytes(path)
    return this.#report(cold.length === 0 && noCold ? noCold : measured(cold), warm, bytes, warmth)
  }

  #load() {
    return this.#lab.load(this.#model, { contextTokens: this.#plan.contextTokens, slots: 1 })
  }

  async #reload(asker: Asker): Promise<Reload> {
    const before = await this.#lab.reading()
    const { loadMs } = await this.#load()
    const answer = await asker.ask()
    const after = await this.#lab.reading()
    const { unloadMs } = await this.#lab.unload(this.#model.name)
    const [from, to] = [before.metrics.diskReadBytes, after.metrics.diskReadBytes]
    return {
      loadMs,
      firstAnswerMs: answer.state === 'completed' ? loadMs + answer.ttftMs : null,
      unloadMs,
      readBytes: from.state === 'absent' ? from : to.state === 'absent' ? to : measured(to.value - from.value),
    }
  }

  /** A load that leaves the file uncached read something else: another copy, or past the page cache. */
  async #notRead(path: string): Promise<{ state: 'absent'; reason: string } | null> {
    const cached = await inPageCache(path)
    if (cached.state === 'absent') return cached
    if (cached.value.cachedBytes >= cached.value.totalBytes / 2) return null
    return absent(
      `cold and warm cannot be told apart: a load leaves ${path} out of the page cache, so the engine reads past it, or a copy`,
    )
  }

  async #warmUp(path: string): Promise<string> {
    await readIntoPageCache(path)
    const cached = await inPageCache(path)
    if (cached.state === 'absent') return `it was read just before; how much of it is cached: ${cached.reason}`
    const { cachedBytes, totalBytes } = cached.value
    return `${formatQuantity(Math.min(1, cachedBytes / totalBytes), 'ratio')} of it cached`
  }

  async #bytes(path: Measured<string>): Promise<Measured> {
    if (this.#model.bytes > 0) return measured(this.#model.bytes)
    const cached = path.state === 'absent' ? path : await inPageCache(path.value)
    return cached.state === 'absent' ? cached : measured(cached.value.totalBytes)
  }

  #report(cold: Measured<Reload[]>, warm: Reload[], bytes: Measured, warmth: string) {
    const { model: name } = this.#plan
    const { scale } = this.#model
    const about = (what: string, details: string[]) => ({
      id: `${SPEC}.${what}.${name}`,
      scale,
      details: [...(bytes.state === 'measured' ? [formatQuantity(bytes.value, 'bytes')] : []), ...details],
    })
    const time = (what: string, title: string, reloads: Measured<Reload[]>, details: string[], of: Of) =>
      observe({ ...about(what, details), title: `${title} of ${name}`, unit: 'ms', ...medianOf(reloads, of) })
    const rate = (what: string, title: string, reloads: Measured<Reload[]>, details: string[]) =>
      observe({
        ...about(what, details),
        title: `${title} of ${name}`,
        unit: 'bytes/s',
        ...(bytes.state === 'absent'
          ? { value: bytes }
          : medianOf(reloads, ({ loadMs }) => (1000 * bytes.value) / loadMs)),
      })
    const coldly = ['page cache dropped', ...(cold.state === 'measured' ? readInWords(cold.value) : [])]
    const warmly = [warmth, ...readInWords(warm)]
    const all = cold.state === 'measured' ? [...cold.value, ...warm] : warm
    const study = {
      cold: time('swap-in-cold', 'load time from a cold page cache', cold, coldly, ({ loadMs }) => loadMs),
      warm: time('swap-in-warm', 'load time from a warm page cache', measured(warm), warmly, ({ loadMs }) => loadMs),
      out: time('swap-out', 'unload time', measured(all), [], ({ unloadMs }) => unloadMs),
      coldRate: rate('swap-in-rate-cold', 'load rate from a cold page cache', cold, coldly),
      warmRate: rate('swap-in-rate-warm', 'load rate from a warm page cache', measured(warm), warmly),
    }
    const first = {
      cold: time('first-answer-cold', 'time to the first token from a cold page cache', cold, coldly, firstAnswer),
      warm: time(
        'first-answer-warm',
        'time to the first token from a warm page cache',
        measured(warm),
        warmly,
        firstAnswer,
      ),
    }
    const row = (label: string, load: Observation, answer: Observation, speed: Observation) => [
      label,
      String(load.n),
      ...[load, answer, speed].map(shown),
    ]
    const table: MeasuredTable = {
      id: `${SPEC}.reload.${name}`,
      title: `${this.#model.name}, loaded from disk again and again`,
      columns: ['page cache', 'loads', 'load time', 'to the first token', 'rate'],
      rows: [row('cold', study.cold, first.cold, study.coldRate), row('warm', study.warm, first.warm, study.warmRate)],
      notes: [
        `unload time ${shown(study.out)}`,
        ...(cold.state === 'absent' ? [cold.reason] : []),
        'a cache below the machine, such as a hypervisor’s, cannot be dropped from here',
      ],
    }
    return { found: { study, observations: [...Object.values(study), ...Object.values(first)] }, table }
  }
}

type Of = (reload: Reload) => number | null

const firstAnswer: Of = ({ firstAnswerMs }) => firstAnswerMs

function medianOf(reloads: Measured<Reload[]>, of: Of) {
  if (reloads.state === 'absent') return { value: reloads }
  const values = reloads.value.map(of).filter(value => value !== null)
  if (values.length === 0) return { value: absent('no reload of this kind has it') }
  const value = { value: median(values), interval: quantileInterval(values, 0.5) }
  return { value, n: values.length, data: `${values.length} reloads` }
}

function readInWords(reloads: readonly Reload[]): string[] {
  const read = reloads.flatMap(({ readBytes }) => (readBytes.state === 'measured' ? [readBytes.value] : []))
  return read.length === 0 ? [] : [`${formatQuantity(median(read), 'bytes')} read from disk`]
}

const shown = ({ measured: found, unit }: Observation): string =>
  found.state === 'measured' ? formatQuantity(found.value.value, unit) : '–'
