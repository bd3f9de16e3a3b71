/** Both ends were driven with this suite. */
const SEEN = { from: [0, 17], to: [0, 33] } as const

/** Why the version should make a reader careful, or null. */
export function versionCaution(version: string): string | null {
  const numbers = numbersOf(version)
  if (numbers === null) return `Ollama says that it is version ${version}: a build without a version stamp`
  const isKnown = compare(numbers, SEEN.from) >= 0 && compare(numbers, SEEN.to) <= 0
  if (isKnown) return null
  return `this suite was tried with Ollama ${SEEN.from.join('.')} to ${SEEN.to.join('.')}; this one is ${version}`
}

/** Its runners are llama-server's since 0.30. A version that is not known is taken for a new one. */
export function hasLlamaServers(version: string): boolean {
  const numbers = numbersOf(version)
  return numbers === null || compare(numbers, [0, 30]) >= 0
}

/** Major and minor; null for none, and for the 0.0.0 of a build without a stamp. */
function numbersOf(version: string): readonly [number, number] | null {
  const [, major, minor, patch] = /^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? []
  if (major === undefined || (Number(major) === 0 && Number(minor) === 0 && Number(patch) === 0)) return null
  return [Number(major), Number(minor)]
}

const compare = (a: readonly [number, number], b: readonly [number, number]): number => a[0] - b[0] || a[1] - b[1]
