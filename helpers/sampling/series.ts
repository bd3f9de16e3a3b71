import { absent, type Measured, measured } from '../measured.ts'
import type { Point, WindowStatistics } from './metrics.ts'

/** Newer samples than this are kept as they came. */
const EXACT_MS = 3_600_000
/** Older ones as pairs of the smallest and largest of a bucket, whose buckets double when there are more points. */
const OLD_POINTS = 32_768

/**
 * One metric over time, in bounded memory: everything of the last hour, and of what is older the peaks of buckets of one
 * width (at 10 Hz 0.4 s up to 2.8 h, 6.4 s for a day). Statistics of a window that is older than an hour are those of the
 * peaks, so minimum, maximum and a counter's delta stay exact up to a bucket's width at the window's edges.
 */
export class Series {
  readonly #recent = new PointBuffer()
  readonly #old = new PointBuffer()
  /** Samples in a bucket of `#old`. */
  #bucket = 4

  /** Times ascend. */
  push(atMs: number, value: number): void {
    const horizonMs = atMs - EXACT_MS
    // Room for a tenth more, so that moving is rare.
    if (this.#recent.length > 0 && this.#recent.timeAt(0) < horizonMs - EXACT_MS / 10) this.#age(horizonMs)
    this.#recent.push(atMs, value)
  }

  /** Samples and peaks that are held now. */
  get length(): number {
    return this.#old.length + this.#recent.length
  }

  /** Over [fromMs, toMs], both included. */
  window(fromMs: number, toMs: number): Measured<WindowStatistics> {
    let n = 0
    let first = 0
    let last = 0
    let min = Number.POSITIVE_INFINITY
    let max = Number.NEGATIVE_INFINITY
    let sum = 0
    this.#each(fromMs, toMs, (_, value) => {
      if (n === 0) first = value
      last = value
      min = Math.min(min, value)
      max = Math.max(max, value)
      sum += value
      n += 1
    })
    if (n === 0) return absent('no sample was taken in this window')
    return measured({ n, first, last, min, max, mean: sum / n, delta: last - first })
  }

  /** Over [fromMs, toMs]; where there are more than `maxPoints`, the smallest and largest of equal shares of them. */
  points(fromMs: number, toMs: number, maxPoints: number): Point[] {
    const all: Point[] = []
    this.#each(fromMs, toMs, (atMs, value) => all.push({ atMs, value }))
    if (all.length <= maxPoints) return all
    if (maxPoints < 2) return maxPoints < 1 ? [] : [all.reduce((top, point) => (point.value > top.value ? point : top))]
    const buckets = Math.floor(maxPoints / 2)
    return Array.from({ length: buckets }, (_, i) =>
      peaks(all.slice(Math.floor((i * all.length) / buckets), Math.floor(((i + 1) * all.length) / buckets))),
    ).flat()
  }

  #each(fromMs: number, toMs: number, visit: (atMs: number, value: number) => void): void {
    for (const buffer of [this.#old, this.#recent]) {
      for (let i = buffer.firstFrom(fromMs); i < buffer.length && buffer.timeAt(i) <= toMs; i++) {
        visit(buffer.timeAt(i), buffer.valueAt(i))
      }
    }
  }

  #age(horizonMs: number): void {
    const whole = Math.floor(this.#recent.firstFrom(horizonMs) / this.#bucket) * this.#bucket
    for (const point of this.#recent.peaks(whole, this.#bucket)) this.#old.push(point.atMs, point.value)
    this.#recent.dropFirst(whole)
    while (this.#old.length > OLD_POINTS) {
      const whole = Math.floor(this.#old.length / 4) * 4
      const halved = this.#old.peaks(whole, 4)
      const rest = Array.from({ length: this.#old.length - whole }, (_, i) => ({
        atMs: this.#old.timeAt(whole + i),
        value: this.#old.valueAt(whole + i),
      }))
      this.#old.dropFirst(this.#old.length)
      for (const point of [...halved, ...rest]) this.#old.push(point.atMs, point.value)
      this.#bucket *= 2
    }
  }
}

/** The smallest and the largest, in their order in time; always two of two or more, so that buckets stay aligned. */
function peaks(points: readonly Point[]): Point[] {
  const [first, ...rest] = points
  if (first === undefined) return []
  if (rest.length === 0) return [first]
  let low = 0
  let high = 0
  points.forEach(({ value }, i) => {
    if (value < (points[low]?.value ?? value)) low = i
    if (value > (points[high]?.value ?? value)) high = i
  })
  // All equal: the first and the last.
  if (low === high) high = points.length - 1
  return [low, high].sort((a, b) => a - b).flatMap(i => points[i] ?? [])
}

/** Growable columns of times and values. */
class PointBuffer {
  #times = new Float64Array(256)
  #values = new Float64Array(256)
  #length = 0

  get length(): number {
    return this.#length
  }

  timeAt(index: number): number {
    return this.#times[index] ?? Number.NaN
  }

  valueAt(index: number): number {
    return this.#values[index] ?? Number.NaN
  }

  push(atMs: number, value: number): void {
    if (this.#length === this.#times.length) this.#grow()
    this.#times[this.#length] = atMs
    this.#values[this.#length] = value
    this.#length += 1
  }

  dropFirst(count: number): void {
    this.#times.copyWithin(0, count, this.#length)
    this.#values.copyWithin(0, count, this.#length)
    this.#length -= count
  }

  /** Index of the first point at or after the time. */
  firstFrom(atMs: number): number {
    let low = 0
    let high = this.#length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.timeAt(middle) < atMs) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The peaks of the first `count` points, in buckets of `size`. */
  peaks(count: number, size: number): Point[] {
    const found: Point[] = []
    for (let start = 0; start < count; start += size) {
      const bucket = Array.from({ length: size }, (_, i) => ({
        atMs: this.timeAt(start + i),
        value: this.valueAt(start + i),
      }))
      found.push(...peaks(bucket))
    }
    return found
  }

  #grow(): void {
    const grown = (column: Float64Array): Float64Array<ArrayBuffer> => {
      const larger = new Float64Array(column.length * 2)
      larger.set(column)
      return larger
    }
    this.#times = grown(this.#times)
    this.#values = grown(this.#values)
  }
}
