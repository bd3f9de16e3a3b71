/** Builds of llama.cpp that this suite was run against: v0.5.0 and v0.7.0, with the months around them. */
const SEEN = { from: 10_000, to: 12_000 } as const

/** Why a build (`b11669`, `b11669-Debian`) should make a reader careful, or null. Other servers of the dialect say what they like. */
export function buildCaution(version: string): string | null {
  const build = Number(/^b(\d+)/.exec(version)?.[1] ?? SEEN.from)
  if (build >= SEEN.from && build < SEEN.to) return null
  return `this suite was tried with llama.cpp b${SEEN.from} to b${SEEN.to}; this one is ${version}`
}
