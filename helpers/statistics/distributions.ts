/*
 * The distribution functions that the tests and intervals here rest on. No formula is our own: each names its source
 * and is checked against SciPy.
 */

/** Upper tail of the standard normal, P(Z > z), with a small relative error far into the tail. */
export function normalUpperTail(z: number): number {
  if (z < 0) return 1 - normalUpperTail(-z)
  return z < 2 ? 0.5 - centralNormal(z) : tailNormal(z)
}

// Series of Marsaglia (2004), "Evaluating the Normal Distribution", J. Stat. Software 11(4): all terms positive.
function centralNormal(z: number): number {
  let term = z
  let sum = z
  for (let k = 3; term > sum * 1e-17; k += 2) {
    term *= (z * z) / k
    sum += term
  }
  return sum * normalDensity(z)
}

// Laplace's continued fraction (Abramowitz & Stegun 26.2.14), evaluated from its end.
function tailNormal(z: number): number {
  let fraction = z
  for (let k = 300; k >= 1; k--) fraction = z + k / fraction
  return normalDensity(z) / fraction
}

const normalDensity = (z: number) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)

/** Upper tail of Student's t, P(T > t), for any df > 0, whole or not. DLMF 8.17, Abramowitz & Stegun 26.7.1. */
export function studentUpperTail(t: number, df: number): number {
  const outside = incompleteBeta(df / (df + t * t), df / 2, 0.5) / 2
  return t < 0 ? 1 - outside : outside
}

/** The t with P(T > t) = p, for 0 < p <= 0.5. */
export function studentUpperQuantile(p: number, df: number): number {
  let high = 1
  while (studentUpperTail(high, df) > p) high *= 2
  return bisect(t => studentUpperTail(t, df) <= p, 0, high)
}

/** P(X <= k) of a binomial with n trials of probability p. Abramowitz & Stegun 26.5.24. */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0
  if (k >= n) return 1
  return incompleteBeta(1 - p, n - k, k + 1)
}

/** The border in [low, high] from which on `holds` is true, to double precision. */
export function bisect(holds: (x: number) => boolean, low: number, high: number, steps = 60): number {
  let [below, above] = [low, high]
  for (let step = 0; step < steps; step++) {
    const middle = (below + above) / 2
    if (holds(middle)) above = middle
    else below = middle
  }
  return above
}

/** Regularised incomplete beta I_x(a, b): continued fraction (DLMF 8.17.22) by Lentz's method. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a)
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - logBeta(a, b)) / a
  let c = 1
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1))
  let fraction = d
  // A million trials need about a thousand terms.
  for (let m = 1; m <= 100_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / nonZero(1 + even * d)
    c = nonZero(1 + even / c)
    fraction *= c * d
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / nonZero(1 + odd * d)
    c = nonZero(1 + odd / c)
    fraction *= c * d
    if (Math.abs(c * d - 1) < 1e-15) break
  }
  return front * fraction
}

const nonZero = (value: number) => (Math.abs(value) < 1e-300 ? 1e-300 : value)

const logBeta = (a: number, b: number) => logGamma(a) + logGamma(b) - logGamma(a + b)

/** Stirling's series (DLMF 5.11.1), after lifting the argument to where six terms reach double precision. */
function logGamma(x: number): number {
  let lift = 0
  let at = x
  for (; at < 15; at++) lift += Math.log(at)
  let series = 0
  for (const coefficient of stirling) series = series / (at * at) + coefficient
  return (at - 0.5) * Math.log(at) - at + Math.log(2 * Math.PI) / 2 + series / at - lift
}

const stirling = [-691 / 360_360, 1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12]
