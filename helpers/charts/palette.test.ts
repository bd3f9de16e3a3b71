import { describe, expect, test } from 'vitest'
import { exampleChart } from './example-charts.ts'
import { darkChartRules, drawChart } from './index.ts'
import { GROUND, onDark, onWhite } from './palette.ts'

type Rgb = readonly [number, number, number]

/** Linear light, 0 to 1 (sRGB, IEC 61966-2-1). */
const linear = (colour: string): Rgb => {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map(at => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return [r, g, b]
}

/** WCAG 2.2, contrast ratio. */
const contrast = (a: string, b: string): number => {
  const [light = 0, dark = 0] = [a, b]
    .map(linear)
    .map(([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b)
    .toSorted((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

/** Machado, Oliveira & Fernandes (2009), severity 1.0, on linear light. */
const eyes = {
  'all colours': [1, 0, 0, 0, 1, 0, 0, 0, 1],
  'no red': [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  'no green': [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  'no blue': [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
} as const

/** CIE Lab, D65. */
const lab = ([r, g, b]: Rgb): Rgb => {
  const f = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : (t * 24389) / 27 / 116 + 16 / 116)
  const x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047)
  const y = f(0.2126 * r + 0.7152 * g + 0.0722 * b)
  const z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883)
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
}

const seen = (colour: string, m: readonly number[]): Rgb => {
  const rgb = linear(colour)
  const row = (i: number) =>
    Math.max(
      0,
      rgb.reduce((sum, c, j) => sum + c * (m[3 * i + j] ?? 0), 0),
    )
  return lab([row(0), row(1), row(2)])
}

const difference = (a: string, b: string, m: readonly number[]): number => {
  const [one, two] = [seen(a, m), seen(b, m)]
  return Math.hypot(...one.map((value, i) => value - (two[i] ?? 0)))
}

describe.for([
  ['white', onWhite, GROUND],
  ['dark', onDark, '#262c33'],
] as const)('on %s', ([, palette, ground]) => {
  test('text has the contrast of text, series that of graphics', () => {
    for (const colour of [palette.ink, palette.quiet, palette.limit])
      expect(contrast(colour, ground), colour).toBeGreaterThanOrEqual(4.5)
    for (const colour of palette.series) expect(contrast(colour, ground), colour).toBeGreaterThanOrEqual(3)
  })

  test.for(Object.entries(eyes))('series are told apart by eyes that see %s', ([, matrix]) => {
    for (const [i, a] of palette.series.entries())
      for (const b of palette.series.slice(i + 1)) expect(difference(a, b, matrix), `${a} ${b}`).toBeGreaterThan(10)
  })
})

test('every colour of a drawing has one for dark grounds', () => {
  const svg = drawChart(exampleChart)
  // The line of a legend has a black surface without extent, and a clip has no colour.
  const colours = [...svg.matchAll(/\b(fill|stroke)="(#(?!000")[^"]*|rgb[^"]*)"/g)]
  expect(colours.length).toBeGreaterThan(10)
  const known = ([, of, colour]: string[]) => darkChartRules.includes(`[${of}="${colour}"]`)
  expect(colours.filter(colour => !known(colour)).map(([text]) => text)).toEqual([])
})
