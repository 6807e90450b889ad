import t from 'tap'
import { createRandomState } from '../../../../lib/simulation/random/create-random-state.js'
import { nextUint32 } from '../../../../lib/simulation/random/next-uint32.js'
import { sampleNormal } from '../../../../lib/simulation/random/sample-normal.js'
import { samplePoisson } from '../../../../lib/simulation/random/sample-poisson.js'
import { sampleUniform } from '../../../../lib/simulation/random/sample-uniform.js'

/** A statistic of the standard normal stays below this with probability 1 - 6e-7; seeds are fixed, so a pass stays a pass. */
const Z = 5

t.test('sfc32 gives the published sequence', async (t) => {
  // A second implementation in BigInt, straight from the definition of sfc32 (PractRand).
  const mask = 0xffffffffn
  let [a, b, c, d] = [1n, 2n, 3n, 4n]
  const expected: number[] = []
  for (let i = 0; i < 100; i++) {
    const out = (a + b + d) & mask
    d = (d + 1n) & mask
    a = b ^ (b >> 9n)
    b = (c + (c << 3n)) & mask
    c = ((((c << 21n) & mask) | (c >> 11n)) + out) & mask
    expected.push(Number(out))
  }
  const state = new Int32Array([1, 2, 3, 4])
  t.strictSame(
    Array.from({ length: 100 }, () => nextUint32(state)),
    expected
  )
})

t.test('a key makes its stream; any other key another one', async (t) => {
  const first = (...key: number[]) => nextUint32(createRandomState(...key))
  t.equal(first(1, 2, 3), first(1, 2, 3))
  const keys = [[1], [2], [1, 0], [0, 1], [0], [0, 0], [1, 2], [2, 1], [0.5], [2 ** 32], [2 ** 32 + 1], [2 ** 53 - 1], [-1]]
  t.equal(new Set(keys.map((key) => first(...key))).size, keys.length)
  // Neighbouring keys: the first draws of 65536 streams fill 256 boxes; chi-square of 255 degrees, sd sqrt(510).
  const boxes = new Float64Array(256)
  for (let k = 0; k < 65536; k++) boxes[first(7, k) >>> 24]++
  const chi = boxes.reduce((sum, n) => sum + (n - 256) ** 2 / 256, 0)
  t.ok(Math.abs(chi - 255) < Z * Math.sqrt(510), `chi-square ${chi}`)
  // No correlation between the streams of neighbouring keys: r has sd 1/sqrt(n).
  const [a, b] = [createRandomState(3, 1), createRandomState(3, 2)]
  let r = 0
  for (let i = 0; i < 1e5; i++) r += (sampleUniform(a) - 0.5) * (sampleUniform(b) - 0.5) * 12
  t.ok(Math.abs(r / 1e5) < Z / Math.sqrt(1e5), `correlation ${r / 1e5}`)
})

t.test('uniform numbers lie strictly inside 0 and 1, mean 1/2, variance 1/12', async (t) => {
  const state = createRandomState(5)
  const n = 1e6
  let [sum, squares, least, most, bits] = [0, 0, 1, 0, 0]
  for (let i = 0; i < n; i++) {
    const u = sampleUniform(state)
    sum += u
    squares += (u - 0.5) ** 2
    least = Math.min(least, u)
    most = Math.max(most, u)
    bits += nextUint32(state) & 1
  }
  t.ok(least > 0 && most < 1 && least < 1e-4 && most > 1 - 1e-4)
  t.ok(Math.abs(sum / n - 0.5) < Z / Math.sqrt(12 * n))
  // Var((u - 1/2)^2) = 1/80 - 1/144 = 1/180.
  t.ok(Math.abs(squares / n - 1 / 12) < Z / Math.sqrt(180 * n))
  t.ok(Math.abs(bits / n - 0.5) < Z / Math.sqrt(4 * n), 'lowest bit is fair')
  t.equal(sampleUniform(new Int32Array([0, 0, 0, 0])), 0.5 / 2 ** 32, 'the smallest of all')
})

t.test('normal numbers have the moments and the tails of the normal law', async (t) => {
  const state = createRandomState(6)
  const n = 4e6
  const moments = [0, 0, 0, 0, 0]
  const above = { 1: 0, 2: 0, 3: 0, 4: 0 }
  let [lag, before] = [0, 0]
  for (let i = 0; i < n; i++) {
    const z = sampleNormal(state)
    for (let k = 1, power = z; k <= 4; k++, power *= z) moments[k] += power / n
    for (const limit of [1, 2, 3, 4] as const) if (Math.abs(z) > limit) above[limit]++
    lag += (z * before) / n
    before = z
  }
  // Variances of z, z^2, z^3, z^4: 1, 2, 15, 96.
  const expected = [0, 0, 1, 0, 3]
  for (const [k, variance] of [
    [1, 1],
    [2, 2],
    [3, 15],
    [4, 96]
  ] as const) {
    t.ok(Math.abs(moments[k] - expected[k]) < Z * Math.sqrt(variance / n), `moment ${k}: ${moments[k]}`)
  }
  t.ok(Math.abs(lag) < Z / Math.sqrt(n), `neighbours are uncorrelated: ${lag}`)
  // 2 (1 - Phi(k)), tables of the normal distribution; beyond 3.44 the tail of the ziggurat serves.
  const tails = { 1: 0.3173105079, 2: 0.0455002639, 3: 0.0026997961, 4: 6.33424837e-5 }
  for (const limit of [1, 2, 3, 4] as const) {
    const mean = n * tails[limit]
    t.ok(Math.abs(above[limit] - mean) < Z * Math.sqrt(mean), `beyond ${limit}: ${above[limit]}, expected ${mean}`)
  }
})

t.test('the far tail has the shape of the normal law', async (t) => {
  const state = createRandomState(11)
  let [sum, count] = [0, 0]
  for (let i = 0; i < 16e6; i++) {
    const size = Math.abs(sampleNormal(state))
    if (size <= 3.5) continue
    sum += size
    count++
  }
  // E[z | z > a] = phi(a) / Q(a), variance 1 + a E - E^2; a = 3.5: phi 8.72682695e-4, Q 2.32629079e-4 (tables).
  const expected = 8.72682695e-4 / 2.32629079e-4
  const error = Math.sqrt((1 + 3.5 * expected - expected ** 2) / count)
  t.ok(Math.abs(sum / count - expected) < Z * error, `mean beyond 3.5: ${sum / count}, expected ${expected} within ${error}`)
})

t.test('normal numbers fill the curve evenly (chi-square over 200 equal parts)', async (t) => {
  const state = createRandomState(8)
  const n = 2e6
  const edges = quantiles(200)
  const counts = new Float64Array(200)
  for (let i = 0; i < n; i++) counts[rank(edges, sampleNormal(state))]++
  const chi = counts.reduce((sum, count) => sum + (count - n / 200) ** 2 / (n / 200), 0)
  t.ok(Math.abs(chi - 199) < Z * Math.sqrt(2 * 199), `chi-square ${chi} of 199`)
})

t.test('Poisson numbers have the probabilities of Poisson where the sampler is exact', async (t) => {
  for (const mean of [0.3, 3, 11.9, 12, 30, 100, 255]) {
    const state = createRandomState(9, mean)
    const n = 3e5
    const counts = new Map<number, number>()
    for (let i = 0; i < n; i++) {
      const k = samplePoisson(state, mean)
      counts.set(k, (counts.get(k) ?? 0) + 1)
    }
    // pmf by its recurrence from exp(-mean); classes with fewer than 10 expected are pooled into one.
    let [chi, classes, pooled, pooledExpected] = [0, 0, 0, 0]
    for (let k = 0, p = Math.exp(-mean); k < mean + 20 * Math.sqrt(mean) + 20; k++, p *= mean / k) {
      const seen = counts.get(k) ?? 0
      if (n * p >= 10) {
        chi += (seen - n * p) ** 2 / (n * p)
        classes++
      } else {
        pooled += seen
        pooledExpected += n * p
      }
    }
    t.ok(Math.abs(chi - (classes - 1)) < Z * Math.sqrt(2 * classes) + Z, `mean ${mean}: chi-square ${chi} of ${classes - 1}`)
    const rare = Math.abs(pooled - pooledExpected)
    t.ok(rare < Z * Math.sqrt(pooledExpected) + Z, `mean ${mean}: rare counts ${pooled}, expected ${pooledExpected}`)
  }
  t.equal(samplePoisson(createRandomState(1), 0), 0, 'no quanta, no count')
})

t.test('Poisson numbers of large means keep mean, variance and skewness', async (t) => {
  for (const mean of [256, 1000, 32768, 3e6]) {
    const state = createRandomState(10, mean)
    const n = 2e6
    let [sum, squares, cubes, whole] = [0, 0, 0, true]
    for (let i = 0; i < n; i++) {
      const k = samplePoisson(state, mean)
      const z = (k - mean) / Math.sqrt(mean)
      whole &&= Number.isInteger(k) && k >= 0
      sum += z / n
      squares += (z * z) / n
      cubes += (z * z * z) / n
    }
    t.ok(whole, 'counts are whole')
    // Standardised: E = 0, 1, mean^-1/2; sampling variances 1, 2 + 1/mean, 15 + O(1/mean) per draw.
    t.ok(Math.abs(sum) < Z / Math.sqrt(n), `mean ${mean}: ${sum}`)
    t.ok(Math.abs(squares - 1) < Z * Math.sqrt((2 + 1 / mean) / n), `variance ${mean}: ${squares}`)
    t.ok(Math.abs(cubes - 1 / Math.sqrt(mean)) < Z * Math.sqrt((15 + 60 / mean) / n), `skewness ${mean}: ${cubes}`)
  }
})

/** Quantiles of the normal law at 1/parts, 2/parts, ... by bisection of its cdf (series of Marsaglia 2004). */
function quantiles(parts: number): number[] {
  return Array.from({ length: parts - 1 }, (_, i) => {
    let [low, high] = [-8, 8]
    for (let step = 0; step < 60; step++) {
      const middle = (low + high) / 2
      if (normalCdf(middle) < (i + 1) / parts) low = middle
      else high = middle
    }
    return low
  })
}

function normalCdf(x: number): number {
  let [sum, term] = [x, x]
  for (let k = 3; k < 200; k += 2) sum += term *= (x * x) / k
  return 0.5 + sum * Math.exp(-0.5 * x * x - 0.9189385332046727)
}

function rank(edges: readonly number[], x: number): number {
  let [low, high] = [0, edges.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (edges[middle] < x) low = middle + 1
    else high = middle
  }
  return low
}
