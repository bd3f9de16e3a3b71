/** What a drawing is made of, each in one colour. Series take theirs in order. */
interface Palette {
  ink: string
  quiet: string
  grid: string
  band: string
  limit: string
  series: readonly string[]
}

/** On white: vitest's UI shows an image, which knows nothing of the theme around it. */
export const onWhite = {
  ink: '#1f2329',
  quiet: '#59636e',
  grid: '#e3e6ea',
  band: '#f3f5f7',
  limit: '#c0143c',
  series: ['#0b66b0', '#d15600', '#00917a', '#6f1d6b', '#3a4250'],
} as const satisfies Palette

/** On grounds up to #262c33. */
export const onDark = {
  ink: '#e9edf1',
  quiet: '#aab4bf',
  grid: '#3b434c',
  band: '#2b323a',
  limit: '#ff8f9c',
  series: ['#5cb3f5', '#f58a45', '#2fbf9b', '#f3b8e6', '#d9c94f'],
} as const satisfies Palette

export const GROUND = '#ffffff'

/**
 * CSS that recolours drawn charts in a page with a dark ground: put it where that is in force, such as
 * `@media (prefers-color-scheme: dark) { … }`. The drawings themselves hold plain colours, which every viewer knows.
 */
export const darkChartRules: string = [
  // The page's own ground shows through.
  `svg.chart [fill="${GROUND}"] { fill: none }`,
  ...colourPairs().flatMap(([white, dark]) =>
    (['fill', 'stroke'] as const).map(of => `svg.chart [${of}="${white}"] { ${of}: ${dark} }`),
  ),
].join('\n')

function colourPairs(): [white: string, dark: string][] {
  const pair = (of: Exclude<keyof Palette, 'series'>): [string, string] => [onWhite[of], onDark[of]]
  const series = onWhite.series.map((colour, i): [string, string] => [colour, onDark.series[i] ?? colour])
  return [pair('ink'), pair('quiet'), pair('grid'), pair('band'), pair('limit'), ...series]
}
