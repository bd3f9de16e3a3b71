import type { ChosenModel, Lab, Measured, MeasuredTable, Observation } from '../../helpers/index.ts'
import { absent, formatQuantity, measured, observe } from '../../helpers/index.ts'
import { weightsPath } from '../../helpers/lab/index.ts'
import { loadTimeChart } from '../../helpers/limits/index.ts'
import { dropFromPageCache, readIntoPageCache } from '../../helpers/page-cache/index.ts'
import { type LineFit, lineFit } from '../../helpers/statistics/index.ts'

const GIB = 2 ** 30

/** One model, loaded with its weights on the disk alone, and with them in the page cache. */
interface LoadTimes {
  planned: string
  scale: number
  weightBytes: Measured
  coldMs: Measured
  warmMs: Measured
}

export interface LoadTimeStudy {
  /** By the plan's name: from the disk where its weights can be dropped from the page cache, else as they were. */
  loadTimes: Record<string, Observation<'ms'>>
  perGibCold: Observation<'ms'>
  perGibWarm: Observation<'ms'>
  fitQuality: Observation<'ratio'>
}

type LoadSize = Parameters<Lab['load']>[1]

/** Loads models of several sizes, cold and warm, and lays a line through their load times. Nothing stays loaded. */
export async function measureLoadTimes(
  lab: Lab,
  spec: string,
  { models, size }: { models: readonly string[]; size: LoadSize },
): Promise<LoadTimeStudy> {
  const times: LoadTimes[] = []
  for (const model of models) times.push(await timeLoads(lab, model, size))
  const cold = fitOf(times, ({ coldMs }) => coldMs)
  const warm = fitOf(times, ({ warmMs }) => warmMs)
  const study = {
    loadTimes: Object.fromEntries(times.map(each => [each.planned, loadTime(spec, each)])),
    perGibCold: perGib(`${spec}.load-per-gib`, 'cold', cold, times),
    perGibWarm: perGib(`${spec}.load-per-gib-warm`, 'warm', warm, times),
    fitQuality: observe({
      id: `${spec}.load-fit`,
      title: 'share of the differences between load times that a line over size explains (r²)',
      unit: 'ratio',
      value: mapped(cold.state === 'measured' ? cold : warm, ({ rSquared }) => rSquared),
      n: times.length,
      data: `${times.length} models`,
      scale: scaleOf(times),
    }),
  }
  const warmTimes = times.map(each => warmTime(spec, each))
  await lab.note(...Object.values(study.loadTimes), ...warmTimes, study.perGibCold, study.perGibWarm, study.fitQuality)
  const { name, version } = lab.engine.identity
  const chart = loadTimeChart({ id: `${spec}.load-times`, subtitle: `${name} ${version}` }, times, { cold, warm })
  await lab.note(tableOf(spec, times, { cold, warm }), chart)
  return study
}

/** An engine that takes the file into its store does so with the first load, which then says nothing about a load. */
async function timeLoads(lab: Lab, planned: string, size: LoadSize): Promise<LoadTimes> {
  const none = (reason: string): LoadTimes => {
    const reasoned = absent(reason)
    return { planned, scale: 1, weightBytes: reasoned, coldMs: reasoned, warmMs: reasoned }
  }
  const found = await lab.find({ model: planned, role: roleOf(planned) })
  if (found.state === 'absent') return none(found.reason)
  const model = found.value
  const { neverUnloads } = lab.engine.traits
  if (neverUnloads !== null) return none(neverUnloads)
  if (model.path !== '') await readIntoPageCache(model.path)
  const { loadMs: firstMs } = await lab.load(model, size)
  const path = await weightsPath(lab.engine, model)
  await lab.unload(model.name)
  const dropped = path.state === 'absent' ? path : await dropFromPageCache(path.value)
  const coldMs = dropped.state === 'absent' ? dropped : measured(await timedLoad(lab, model, size))
  const wasRead = path.state === 'measured' && path.value === model.path
  if (path.state === 'measured' && !wasRead) await readIntoPageCache(path.value)
  const warmMs = measured(wasRead ? firstMs : await timedLoad(lab, model, size))
  const weightBytes = model.bytes > 0 ? measured(model.bytes) : absent('the engine has the file itself')
  return { planned, scale: model.scale, weightBytes, coldMs, warmMs }
}

async function timedLoad(lab: Lab, model: ChosenModel, size: LoadSize): Promise<number> {
  const { loadMs } = await lab.load(model, size)
  await lab.unload(model.name)
  return loadMs
}

const roleOf = (model: string): string => {
  const billions = Number(/-([\d.]+)b$/.exec(model)?.[1])
  return billions < 1 ? 'small' : billions < 5 ? 'medium' : 'large'
}

const loadTime = (spec: string, { planned, scale, coldMs, warmMs }: LoadTimes): Observation<'ms'> =>
  observe({
    id: `${spec}.load-time.${planned}`,
    title: `load time of ${planned}, ${coldMs.state === 'measured' ? 'cold' : 'warm'}`,
    unit: 'ms',
    value: coldMs.state === 'measured' ? coldMs : warmMs,
    details: coldMs.state === 'measured' ? ['its weights dropped from the page cache'] : [coldMs.reason],
    scale,
  })

const warmTime = (spec: string, { planned, scale, warmMs }: LoadTimes): Observation<'ms'> =>
  observe({
    id: `${spec}.load-time-warm.${planned}`,
    title: `load time of ${planned}, warm`,
    unit: 'ms',
    value: warmMs,
    details: ['its weights in the page cache'],
    scale,
  })

function fitOf(times: readonly LoadTimes[], of: (times: LoadTimes) => Measured): Measured<LineFit> {
  const points = times.flatMap(each => {
    const [size, ms] = [each.weightBytes, of(each)]
    return size.state === 'measured' && ms.state === 'measured' ? [{ x: size.value / GIB, y: ms.value }] : []
  })
  const [first] = times.map(of).filter(ms => ms.state === 'absent')
  const fit = lineFit(points)
  if (fit && points.length > 2) return measured(fit)
  return absent(
    `a line takes three models of known size; there are ${points.length}${first ? ` (${first.reason})` : ''}`,
  )
}

const perGib = (
  id: string,
  how: 'cold' | 'warm',
  fit: Measured<LineFit>,
  times: readonly LoadTimes[],
): Observation<'ms'> =>
  observe({
    id,
    title: `load time that a GiB of weights more takes, ${how}`,
    unit: 'ms',
    value: mapped(fit, ({ slope, slopeInterval }) => ({ value: slope, interval: slopeInterval })),
    n: times.length,
    data: `${times.length} models`,
    details: fit.state === 'measured' ? [lineInWords(fit.value)] : [],
    scale: scaleOf(times),
  })

const lineInWords = ({ slope, intercept, rSquared }: LineFit): string =>
  `${formatQuantity(intercept, 'ms')} + ${formatQuantity(slope, 'ms')} a GiB, r² ${rSquared.toFixed(3)}`

function tableOf(
  spec: string,
  times: readonly LoadTimes[],
  { cold, warm }: Record<'cold' | 'warm', Measured<LineFit>>,
): MeasuredTable {
  const cell = (value: Measured, unit: 'bytes' | 'ms'): string =>
    value.state === 'measured' ? formatQuantity(value.value, unit) : '–'
  const line = (how: string, fit: Measured<LineFit>): string =>
    `${how}: ${fit.state === 'measured' ? lineInWords(fit.value) : 'too few models for a line'}`
  const reasons = times.flatMap(({ planned, weightBytes, coldMs, warmMs }) =>
    [weightBytes, coldMs, warmMs].flatMap(value => (value.state === 'absent' ? [`${planned}: ${value.reason}`] : [])),
  )
  return {
    id: `${spec}.load-times`,
    title: 'Load time against size',
    columns: ['model', 'weights', 'cold', 'warm'],
    rows: times.map(({ planned, scale, weightBytes, coldMs, warmMs }) => [
      scale === 1 ? planned : `${planned} ÷ ${scale}`,
      cell(weightBytes, 'bytes'),
      cell(coldMs, 'ms'),
      cell(warmMs, 'ms'),
    ]),
    notes: [
      line('cold', cold),
      line('warm', warm),
      'cold: not in the page cache; caches below this machine stay',
      ...new Set(reasons),
    ],
  }
}

const scaleOf = (times: readonly LoadTimes[]): number => Math.max(...times.map(({ scale }) => scale))

const mapped = <T, U>(value: Measured<T>, fold: (value: T) => U): Measured<U> =>
  value.state === 'absent' ? value : measured(fold(value.value))
