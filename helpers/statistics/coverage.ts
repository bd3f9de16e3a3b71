/*
 * Prints how often the intervals hold the truth and how wide they are, on data with a known truth; seeded.
 *
 *   node helpers/statistics/coverage.ts [repetitions]
 *
 * 200 repetitions (the default) take some minutes and are uncertain by about 1.5 points, 1,000 by 0.7.
 */
import {
  type Batches,
  type Coverage,
  coverageOfDegradation,
  coverageOfRatio,
  coverageOfRelativeRange,
  coverageOfTrend,
} from './simulations.ts'

const repetitions = Number(process.argv[2] ?? 200)
const percent = (share: number) => `${(100 * share).toFixed(1)} %`
const row = (...cells: (string | number)[]) => console.log(`| ${cells.join(' | ')} |`)
const header = (title: string, ...names: string[]) => {
  console.log(`\n${title}\n`)
  row(...names)
  row(...names.map(() => '---'))
}
const ends = (found: Coverage) => [
  percent(found.covered),
  percent(found.truthBelow),
  percent(found.truthAbove),
  percent(found.width),
]
const plain = { shape: 'even', rho: 0, firstNoise: 1 } as const

header('relativeRange', 'groups × chunks', 'noise', 'true range', 'lies', 'covered', 'below', 'above', 'mean width')
for (const groups of [3, 5]) {
  for (const chunks of [4, 12, 57]) {
    for (const noise of [0.01, 0.03, 0.1]) {
      for (const range of [0, 0.05, 0.1, 0.2]) {
        for (const shape of range === 0 ? (['even'] as const) : (['even', 'half'] as const)) {
          const batches: Batches = { ...plain, groups, chunks, noise, range, shape }
          row(
            `${groups} × ${chunks}`,
            percent(noise),
            percent(range),
            shape,
            ...ends(coverageOfRelativeRange(batches, repetitions)),
          )
        }
      }
    }
  }
}

header(
  'relativeRange off its assumptions (3 % noise)',
  'groups × chunks',
  'ρ',
  "first batch's noise",
  'true range',
  'covered',
  'below',
  'above',
  'mean width',
)
for (const chunks of [4, 12, 57]) {
  for (const [rho, firstNoise] of [
    [0.3, 1],
    [0.6, 1],
    [0, 3],
  ] as const) {
    for (const range of [0, 0.1]) {
      const batches: Batches = { ...plain, groups: 3, chunks, noise: 0.03, range, rho, firstNoise }
      row(
        `3 × ${chunks}`,
        rho,
        `× ${firstNoise}`,
        percent(range),
        ...ends(coverageOfRelativeRange(batches, repetitions)),
      )
    }
  }
}

header(
  'degradation (even fall, 3 % noise)',
  'groups × chunks',
  'ρ',
  'true fall',
  'covered',
  'below',
  'above',
  'mean width',
  'fall found',
)
for (const groups of [3, 5]) {
  for (const chunks of [4, 12, 57]) {
    for (const [rho, range] of [
      [0, 0],
      [0, 0.05],
      [0, 0.2],
      [0.3, 0],
    ] as const) {
      const found = coverageOfDegradation({ ...plain, groups, chunks, noise: 0.03, range, rho }, repetitions)
      row(`${groups} × ${chunks}`, rho, percent(range), ...ends(found), percent(found.excludesZero))
    }
  }
}

header('trend (noise 1)', 'points', 'ρ', 'true rise over all points', 'called a trend', 'slope covered')
for (const points of [8, 12, 30, 100]) {
  for (const rho of [0, 0.3, 0.5, 0.7]) {
    for (const rise of [0, 3, 10]) {
      const found = coverageOfTrend({ points, rho, slope: rise / (points - 1) }, repetitions)
      row(points, rho, rise, percent(found.significant), percent(found.covered))
    }
  }
}

header('ratioInterval (10 % noise, ratio 1.2)', 'values each', 'covered', 'below', 'above', 'mean width')
for (const size of [5, 10, 30]) row(size, ...ends(coverageOfRatio(size, 0.1, 1.2, repetitions)))
