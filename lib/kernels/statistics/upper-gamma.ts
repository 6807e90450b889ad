const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7
]

/**
 * Regularised upper incomplete gamma function Q(a, x) = Gamma(a, x) / Gamma(a).
 *
 * Series for x < a + 1, continued fraction (Lentz) above; about 1e-13 relative. Q(a, 0) = 1, Q(a, Infinity) = 0.
 * Q(d / 2, x / 2) is the probability that a chi-square of d degrees of freedom exceeds x; Q(1/2, z^2 / 2) that a
 * Gaussian deviates by more than z, either side.
 *
 * What must hold: a > 0, x >= 0.
 * @see Abramowitz, Stegun, Handbook of Mathematical Functions, 6.5.29, 6.5.31, 26.4.19, 1964
 */
export function upperGamma(a: number, x: number): number {
  if (x === 0) return 1
  if (x === Infinity) return 0
  const front = Math.exp(a * Math.log(x) - x - logGamma(a))
  return x < a + 1 ? 1 - front * lowerSeries(a, x) : front * upperFraction(a, x)
}

function lowerSeries(a: number, x: number): number {
  let term = 1 / a
  let sum = term
  for (let k = 1; Math.abs(term) > Math.abs(sum) * 1e-16; k++) {
    term *= x / (a + k)
    sum += term
  }
  return sum
}

function upperFraction(a: number, x: number): number {
  let b = x + 1 - a
  let c = 1e300
  let d = 1 / b
  let h = d
  for (let k = 1; k < 100_000; k++) {
    const factor = -k * (k - a)
    b += 2
    d = 1 / (factor * d + b)
    c = b + factor / c
    const change = c * d
    h *= change
    if (Math.abs(change - 1) < 1e-15) break
  }
  return h
}

/** ln Gamma(a) for a > 0, Lanczos approximation with g = 7 and 9 terms; a < 1/2 through Gamma(a + 1) = a Gamma(a). */
function logGamma(a: number): number {
  if (a < 0.5) return logGamma(a + 1) - Math.log(a)
  const y = a - 1
  let sum = LANCZOS[0]
  for (let k = 1; k < LANCZOS.length; k++) sum += LANCZOS[k] / (y + k)
  const t = y + 7.5
  return 0.5 * Math.log(2 * Math.PI) + (y + 0.5) * Math.log(t) - t + Math.log(sum)
}
