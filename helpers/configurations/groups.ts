import type { BatchConfiguration, ConfigurationCategory } from './configuration.ts'

/** Plan 002's five categories, in its order. */
const matrixCategories: readonly ConfigurationCategory[] = ['baseline', 'concurrency', 'large model', 'stress', 'sla']

/** Those of plan 002's matrix: of the plan's own file the eleven. In the order of the file. */
export const matrixOf = (configurations: readonly BatchConfiguration[]): BatchConfiguration[] =>
  configurations.filter(({ category }) => matrixCategories.includes(category))

export const ofCategory = (
  configurations: readonly BatchConfiguration[],
  category: ConfigurationCategory,
): BatchConfiguration[] => configurations.filter(configuration => configuration.category === category)

/** One optimisation: the same work before and after it. */
export interface BeforeAndAfter {
  /** The names without their ends: `tensor-parallel` of `tensor-parallel-before`. */
  change: string
  before: BatchConfiguration
  after: BatchConfiguration
}

/** The two halves that a name in the category "before and after" may end in. */
export const halves = ['-before', '-after'] as const

/** The pairs of the category "before and after". One whose other half is not there is left out; no file has such. */
export function beforeAndAfter(configurations: readonly BatchConfiguration[]): BeforeAndAfter[] {
  const all = ofCategory(configurations, 'before and after')
  return all.flatMap(before => {
    const change = changeOf(before.name)
    const after = all.find(({ name }) => name === `${change}-after`)
    return after !== undefined && before.name === `${change}-before` ? [{ change, before, after }] : []
  })
}

const changeOf = (name: string): string => {
  const half = halves.find(end => name.endsWith(end))
  return half === undefined ? name : name.slice(0, -half.length)
}

/** What the other half of a name is called; null for a name that is no half. */
export function otherHalf(name: string): string | null {
  const change = changeOf(name)
  if (change === name) return null
  return name.endsWith('-before') ? `${change}-after` : `${change}-before`
}
