import { sampleNormal } from './sample-normal.js'
import { sampleUniform } from './sample-uniform.js'
import type { RandomState } from './create-random-state.js'

const BY_REJECTION = 12
const BY_NORMAL = 256

/**
 * A Poisson number. Below a mean of 12 by inversion, below 256 by Hoermann's transformed rejection: both exact. From 256
 * on a normal number z bent by the first Cornish-Fisher term and rounded,
 * `round(mean + a z + (z^2 - 1) / 6)` with `a^2 = mean - 1/18 - 1/12`: mean and variance are those of Poisson, the
 * skewness within 1e-3 of it, relative.
 * @param state is changed
 * @param mean >= 0
 * @see W. Hoermann, The transformed rejection method for generating Poisson random variables, Insur. Math. Econ. 12, 1993 (PTRS)
 */
export function samplePoisson(state: RandomState, mean: number): number {
  if (mean >= BY_NORMAL) {
    const z = sampleNormal(state)
    return Math.floor(mean + Math.sqrt(mean - 5 / 36) * z + (z * z - 1) * (1 / 6) + 0.5)
  }
  return mean < BY_REJECTION ? byInversion(state, mean) : byRejection(state, mean)
}

function byInversion(state: RandomState, mean: number): number {
  let rest = sampleUniform(state)
  let probability = Math.exp(-mean)
  let count = 0
  while (rest > probability) {
    rest -= probability
    count++
    probability *= mean / count
  }
  return count
}

function byRejection(state: RandomState, mean: number): number {
  const logMean = Math.log(mean)
  const b = 0.931 + 2.53 * Math.sqrt(mean)
  const a = -0.059 + 0.02483 * b
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
  const squeeze = 0.9277 - 3.6224 / (b - 2)
  for (;;) {
    const u = sampleUniform(state) - 0.5
    const v = sampleUniform(state)
    const distance = 0.5 - Math.abs(u)
    const count = Math.floor(((2 * a) / distance + b) * u + mean + 0.43)
    if (distance >= 0.07 && v <= squeeze) return count
    if (count < 0 || (distance < 0.013 && v > distance)) continue
    const hat = Math.log((v * inverseAlpha) / (a / (distance * distance) + b))
    if (hat <= count * logMean - mean - logFactorial(count)) return count
  }
}

/** log(n!), by products below 10 and Stirling's series above (error below 1e-9). */
function logFactorial(n: number): number {
  if (n < 10) {
    let product = 1
    for (let i = 2; i <= n; i++) product *= i
    return Math.log(product)
  }
  const x = n + 1
  const square = 1 / (x * x)
  return (x - 0.5) * Math.log(x) - x + 0.9189385332046727 + (1 / 12 - (1 / 360 - square / 1260) * square) / x
}
