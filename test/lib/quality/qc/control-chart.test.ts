import t from 'tap'
import { controlChart } from '../../../../lib/quality/qc/control-chart.js'
import { assertClose } from '../../../fixtures/assert-close.js'
import { gaussianSource } from '../../../fixtures/gaussian-source.js'

/** Montgomery, Introduction to Statistical Quality Control, table 9.1: 20 values of N(10, 1), then 10 of N(11, 1). */
const MONTGOMERY = [
  9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.2, 10.34, 9.03, 11.47, 10.51, 9.4, 10.08, 9.37, 10.62, 10.31, 8.52, 10.84, 10.9,
  9.33, 12.29, 11.5, 10.6, 11.08, 10.38, 11.62, 11.31, 10.52
]

t.test('the worked example of a textbook: both charts signal at value 29', async (t) => {
  const target = { mean: 10, sd: 1 }
  const chart = controlChart(MONTGOMERY, { target, lambda: 0.1, ewmaSigmas: 2.7, exactLimits: true })
  const column = (name: 'cusumHigh' | 'cusumLow' | 'ewma'): number[] => chart.points.map((point) => point[name]!)
  // Published to two decimals.
  assertClose(t, column('cusumHigh').slice(0, 8), [0, 0, 0, 1.16, 2.82, 2.5, 0.04, 1], 'C+ 1 to 8', { absolute: 0.0051 })
  assertClose(t, column('cusumHigh').slice(27), [4.47, 5.28, 5.3], 'C+ 28 to 30', { absolute: 0.0051 })
  assertClose(t, column('cusumLow').slice(0, 4), [0.05, 1.56, 1.77, 0], 'C- 1 to 4', { absolute: 0.0051 })
  t.strictSame(chart.cusumAlarms, [28, 29])
  assertClose(t, column('ewma').slice(0, 3), [9.945, 9.7495, 9.70355], 'EWMA 1 to 3', { absolute: 1e-9 })
  assertClose(t, column('ewma').slice(28), [10.6468, 10.6341], 'EWMA 29 and 30', { absolute: 5.1e-5 })
  t.strictSame(chart.ewmaAlarms, [28, 29])
  // First limits 10 +- 2.7 * 0.1, steady ones 10 +- 2.7 sqrt(0.1 / 1.9).
  assertClose(t, [chart.points[0].ewmaLower!, chart.points[0].ewmaUpper!], [9.73, 10.27], 'first limits', { absolute: 1e-12 })
  t.match(controlChart(MONTGOMERY, { target, lambda: 0.1, ewmaSigmas: 2.7 }).points[0].ewmaUpper!.toFixed(4), '10.6194')
  t.equal(chart.inControl, false)
  t.equal(chart.judgedCount, 30)
})

t.test('a baseline of 20: its own mean and sd, limits of 1 sd at lambda 0.2, a shift of 2 sd found', async (t) => {
  // 19 values alternate about 5, the 20th is the centre: mean 5 + 1 / 20, sum of squares 19 - 20 * (1 / 20)^2.
  const baseline = Array.from({ length: 20 }, (_, i) => (i === 19 ? 5 : i % 2 ? 4 : 6))
  const sd = Math.sqrt((19 - 0.05) / 19)
  const mean = 5.05
  const chart = controlChart([...baseline.slice(0, 3), null, NaN, ...baseline.slice(3), ...Array(6).fill(mean + 2 * sd)])
  assertClose(t, [chart.mean!, chart.sd!], [mean, sd], 'mean and sd', { relative: 1e-12 })
  t.equal(chart.baselineCount, 20)
  t.equal(chart.points[3].value, null)
  t.equal(chart.points[21].baseline, true)
  t.equal(chart.points[21].ewma, null)
  const judged = chart.points.slice(22)
  // EWMA of a step of 2 sd: 2 (1 - 0.8^t); above 1 from t = 4 (1.18). CUSUM: 1.5 t, above 5 from t = 4.
  assertClose(
    t,
    judged.map((point) => (point.ewma! - mean) / sd),
    [1, 2, 3, 4, 5, 6].map((n) => 2 * (1 - 0.8 ** n)),
    'EWMA',
    { absolute: 1e-12 }
  )
  assertClose(
    t,
    judged.map((point) => point.cusumHigh!),
    [1.5, 3, 4.5, 6, 7.5, 9],
    'CUSUM',
    { absolute: 1e-12 }
  )
  t.ok(
    judged.every((point) => Math.abs((point.ewmaUpper! - mean) / sd - 1) < 1e-12 && Math.abs((point.ewmaLower! - mean) / sd + 1) < 1e-12)
  )
  t.strictSame(
    [chart.ewmaAlarms, chart.cusumAlarms],
    [
      [25, 26, 27],
      [25, 26, 27]
    ]
  )
  const down = controlChart([...baseline, ...Array(4).fill(mean - 2 * sd)])
  assertClose(
    t,
    down.points.slice(20).map((point) => point.cusumLow!),
    [1.5, 3, 4.5, 6],
    'downwards',
    { absolute: 1e-12 }
  )
  t.equal(down.inControl, false)
  const calm = controlChart([...baseline, null, 5, 5.1])
  t.strictSame([calm.inControl, calm.judgedCount, calm.points[20].ewma], [true, 2, null])
})

/** Run length in control of a CUSUM and an EWMA by Markov chains over 201 states (Brook, Evans, Biometrika 59, 1972). */
function runLength(states: number[], step: number, next: (from: number, to: number) => number): number {
  const n = states.length
  // (I - P) a = 1 by Gauss-Seidel sweeps would be slow: eliminate.
  const rows = states.map((from, i) => [...states.map((to, j) => (i === j ? 1 : 0) - next(from, to)), 1])
  for (let k = 0; k < n; k++) {
    for (let i = k + 1; i < n; i++) {
      const factor = rows[i][k] / rows[k][k]
      for (let j = k; j <= n; j++) rows[i][j] -= factor * rows[k][j]
    }
  }
  for (let k = n - 1; k >= 0; k--) {
    for (let j = k + 1; j < n; j++) rows[k][n] -= rows[k][j] * rows[j][n]
    rows[k][n] /= rows[k][k]
  }
  return rows[states.findIndex((state) => Math.abs(state) < step / 4)][n]
}

const normal = (x: number): number => {
  // Phi by its Taylor-like series (Marsaglia, J. Stat. Soft. 11, 2004).
  if (x < -8) return 0
  if (x > 8) return 1
  let sum = x
  let term = x
  for (let i = 3; Math.abs(term) > 1e-17; i += 2) sum += term *= (x * x) / i
  return 0.5 + sum * Math.exp(-0.5 * x * x - 0.9189385332046727)
}

t.test('in control, a false alarm about every 465 values for the CUSUM and 560 for the EWMA', async (t) => {
  const n = 101
  const step = 10 / (2 * n - 1) // h = 5, state 0 takes everything below half a step
  const cusum = runLength(
    Array.from({ length: n }, (_, i) => i * step),
    step,
    (from, to) => normal(to - from + step / 2 + 0.5) - (to === 0 ? 0 : normal(to - from - step / 2 + 0.5))
  )
  // One side; both sides: half of it. Published: 465 (Montgomery, table 9.3).
  t.ok(Math.abs(cusum / 2 - 465) < 2, `chain ${cusum / 2}`)
  const width = 2 / n // limits +-1
  const ewma = runLength(
    Array.from({ length: n }, (_, i) => -1 + (i + 0.5) * width),
    width,
    (from, to) => normal((to + width / 2 - 0.8 * from) / 0.2) - normal((to - width / 2 - 0.8 * from) / 0.2)
  )

  const draw = gaussianSource(5)
  const runs = 500
  const length = 4000 // exp(-4000 / 560): one run in 1300 is cut short, and counts up to there
  const sum = { cusum: 0, ewma: 0 }
  for (let run = 0; run < runs; run++) {
    const chart = controlChart(Array.from({ length }, draw), { target: { mean: 0, sd: 1 } })
    sum.cusum += (chart.cusumAlarms[0] ?? length - 1) + 1
    sum.ewma += (chart.ewmaAlarms[0] ?? length - 1) + 1
  }
  // Run lengths are nearly geometric: standard error of their mean 1 / sqrt(500) = 4.5 %; four of them.
  t.ok(Math.abs(sum.cusum / runs / 465 - 1) < 0.18, `CUSUM ${sum.cusum / runs}`)
  t.ok(Math.abs(sum.ewma / runs / ewma - 1) < 0.18, `EWMA ${sum.ewma / runs}, chain ${ewma}`)
})

t.test('too short or constant a baseline is null with its reason; options are refused', async (t) => {
  const short = controlChart(Array(19).fill(1))
  t.match(short, {
    mean: null,
    sd: null,
    inControl: null,
    judgedCount: 0,
    unknown: { inControl: 'a baseline of 20 values is needed, there are 19' }
  })
  t.equal(short.points.length, 19)
  const flat = controlChart(Array(30).fill(0.1))
  t.match(flat, { inControl: null, unknown: { inControl: 'the values of the baseline do not differ' } })
  t.equal(flat.mean!.toFixed(6), '0.100000')
  t.match(controlChart(MONTGOMERY.slice(0, 20)), { inControl: null, unknown: { inControl: 'no value after the baseline' } })
  t.match(controlChart([]), { points: [], unknown: { mean: 'a baseline of 20 values is needed, there are 0' } })
  const refusals: [any, RegExp][] = [
    [{ baseline: 10 }, /^option "baseline": expected a whole number of at least 20, received 10/],
    [{ lambda: 0 }, /^option "lambda"/],
    [{ ewmaSigmas: 0 }, /^option "ewmaSigmas"/],
    [{ k: -1 }, /^option "k"/],
    [{ h: NaN }, /^option "h"/],
    [{ target: { mean: 1, sd: 0 } }, /^option "target": expected a mean and an sd above 0, received mean 1, sd 0/]
  ]
  for (const [options, message] of refusals) t.throws(() => controlChart([1], options), { code: 'ERR_OPTION', message })
})
