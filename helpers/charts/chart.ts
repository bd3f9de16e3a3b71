import { z } from 'zod'

/** `line` joins its points, a null between them is a gap; `bars` stand on zero. */
const shapes = ['line', 'points', 'bars'] as const

const number = z.number()

/** One axis. On an axis of categories the place of a point is the category's index, from 0. */
const axis = z.discriminatedUnion('scale', [
  z.object({ scale: z.literal('linear'), title: z.string() }),
  z.object({ scale: z.literal('log'), title: z.string() }),
  z.object({ scale: z.literal('categories'), title: z.string(), categories: z.array(z.string()) }),
])

const series = z.object({
  name: z.string(),
  shape: z.enum(shapes),
  /** What the others are held against: a mean, a linear expectation, a baseline. Drawn quietly. */
  isReference: z.boolean(),
  /** In the order in which they are joined. */
  points: z.array(z.tuple([number, number.nullable()])),
  /** 95 % intervals: x, low, high. Empty where there are none. */
  intervals: z.array(z.tuple([number, number, number])),
})

/**
 * A chart as plain data: results.json keeps it, an SVG is drawn of it, and a table of the same numbers stands for it
 * where nobody sees it.
 */
export const chartSchema = z.object({
  /** `<plan>.<spec>.<what>`, stable: `001.sequential-batches.throughput`. */
  id: z.string().min(1),
  title: z.string().min(1),
  /** What was measured with what: model, engine, machine. */
  subtitle: z.string(),
  /** What is to be seen, in a sentence with numbers and units; why there are none, in a chart without points. */
  description: z.string().min(1),
  x: axis,
  y: axis,
  series: z.array(series),
  /** Stretches of the x axis, such as batches. */
  bands: z.array(z.object({ name: z.string(), from: number, to: number })),
  /** Limits and expectations across the chart. */
  lines: z.array(z.object({ name: z.string(), y: number })),
})

export type Chart = z.infer<typeof chartSchema>
export type ChartAxis = Chart['x']
export type ChartSeries = Chart['series'][number]
