import { readFileSync } from 'node:fs'
import t from 'tap'
import { buildDefectMap } from '../../calibration/build-defect-map.js'
import type { DefectMapResult } from '../../calibration/build-defect-map.js'
import { DEFECT_PRESETS } from '../../calibration/defect-presets/defect-presets.js'
import type { DefectPresetName } from '../../calibration/defect-presets/defect-preset.js'
import { leastDeviation } from '../../calibration/defect-rules/least-deviation.js'
import type { DefectRuleOptions } from '../../calibration/defect-rules/resolve-defect-options.js'
import { shareBudget } from '../../calibration/defect-rules/share-budget.js'
import type { StackSummary } from '../../calibration/stack-summary.js'
import { slidingMedian } from '../../lib/kernels/median/sliding-median.js'
import { DEFECT_FLAGS } from '../../lib/maps/defect-flags.js'
import type { DefectClass } from '../../lib/maps/defect-flags.js'
import { drawSummary } from '../fixtures/draw-summary.js'
import { gaussianSource } from '../fixtures/gaussian-source.js'

const SIDE = 96
const SATURATION = 16383

interface Panel {
  darks: StackSummary
  flats: StackSummary[]
}

/** A flat panel: offset 1000 DN, noise 4 DN in the dark and 45 in the flats of 8000 DN, no other structure. */
function drawPanel({ side = SIDE, frames = 32, levels = [8000], seed = 1, noise = 1, prnu = 0.002 } = {}): Panel {
  const gauss = gaussianSource(seed)
  const response = Float32Array.from({ length: side * side }, () => 1 + prnu * gauss())
  const stack = { rows: side, cols: side, frames }
  const darks = drawSummary({ ...stack, role: 'dark', raw: () => 1000 + 4 * gauss() })
  const flats = levels.map((level) => drawSummary({ ...stack, role: 'flat', raw: (i) => level * response[i] + 45 * noise * gauss() }))
  return { darks, flats }
}

function build(panel: Panel, options: DefectRuleOptions): DefectMapResult {
  return buildDefectMap(panel, { saturation: SATURATION, ...options })
}

/** The classes, clusters and lines aside, of a pixel. */
function classesAt({ defects }: DefectMapResult, pixel: number): DefectClass[] {
  const aside = DEFECT_FLAGS.cluster | DEFECT_FLAGS.line
  return (Object.keys(DEFECT_FLAGS) as DefectClass[]).filter((name) => (defects.data[pixel] & DEFECT_FLAGS[name] & 0xffff & ~aside) !== 0)
}

/** Pixels far apart, one after the other. */
const at = (k: number): number => (8 + 8 * Math.floor(k / 10)) * SIDE + 8 + 8 * (k % 10)

t.test('the numbers of the presets are those of their sources', (t) => {
  // ASTM E2597/E2597M-14 as publicly described.
  t.match(DEFECT_PRESETS.e2597.numbers, {
    responseWindow: 21,
    overResponse: 1.3,
    underResponse: 0.6,
    noisyE2597Factor: 6,
    noisyProbability: null,
    noisyExposedFactor: null,
    nonUniformDeviation: 0.01,
    lagFactor: 2,
    lineLength: 11,
    lineAdjacent: 0.1,
    hotSigma: null,
    hotFraction: null,
    unstableProbability: null
  })
  // The specification of underperforming pixels of the XRD 1621.
  t.match(DEFECT_PRESETS.xrd1621.numbers, {
    responseWindow: null,
    overResponse: 1.5,
    underResponse: 0.45,
    noisyE2597Factor: 6,
    noisyExposedFactor: 6,
    nonUniformDeviation: 0.01,
    nonUniformGlobal: 0.02,
    lagFactor: null,
    lagFirst: 0.08,
    lagSecond: 0.04,
    lineLength: 11,
    lineAdjacent: null
  })
  t.match(DEFECT_PRESETS.general.numbers, {
    deadResponse: 0.05,
    hotSigma: 6,
    hotFraction: 0.01,
    overResponse: 1.3,
    underResponse: 0.6,
    noisyProbability: 1e-6,
    noisyFactor: 1.5,
    unstableProbability: 1e-6,
    nonUniformDeviation: 0.01,
    nonUniformSigma: 5.32,
    lineSigma: 5,
    lineDeviation: 0.02
  })
  for (const [name, preset] of Object.entries(DEFECT_PRESETS)) {
    t.equal(preset.name, name)
    t.ok(preset.title.length > 10 && preset.source.length > 10, `${name} says where it comes from`)
  }
  t.end()
})

t.test('the table of the documentation holds the numbers of the presets', (t) => {
  const names = Object.keys(DEFECT_PRESETS.general.numbers) as (keyof (typeof DEFECT_PRESETS)['general']['numbers'])[]
  const presets = [DEFECT_PRESETS.general, DEFECT_PRESETS.e2597, DEFECT_PRESETS.xrd1621, DEFECT_PRESETS.statistical]
  const rows = names.map((name) => `| \`${name}\` | ${presets.map(({ numbers }) => numbers[name] ?? '-').join(' | ')} |`)
  const page = readFileSync('docs/defects.md', 'utf8').split('\n')
  t.strictSame(
    page.filter((line) => /^\| `[a-zA-Z0-9]+` \|/.test(line) && names.some((name) => line.startsWith(`| \`${name}\` |`))),
    rows
  )
  t.end()
})

t.test('a budget of false pixels gives the quantiles of the normal tables', (t) => {
  const stacks = { noisyStacks: 2, flatComparisons: 1, flatLevels: 1, decayFrames: 0 }
  const fixed = {
    hotSigma: 6,
    responseSigma: 6,
    noisyProbability: 1e-6,
    unstableProbability: 1e-6,
    nonUniformSigma: 6,
    lagSigma: 6,
    nonLinearSigma: 6,
    lineSigma: 6
  }
  const one = (name: 'hotSigma' | 'responseSigma', pixels: number, falsePixels: number): number => {
    const numbers = { ...DEFECT_PRESETS.statistical.numbers, ...fixed, falsePixels, [name]: 'budget' as const }
    const { numbers: inUse, tests } = shareBudget(numbers, { ...stacks, pixels })
    t.equal(tests, 1)
    return inUse[name]!
  }
  // Two- and one-sided quantiles of 1 / N, and of 0.05 / N, tables of the normal distribution, 4 decimals.
  const table: [number, number, number, number][] = [
    [3072 * 3072, 1, 5.3162, 5.1886],
    [3072 * 3072, 0.05, 5.8375, 5.7209],
    [2048 * 2048, 1, 5.1666, NaN],
    [2048 * 2048, 0.05, 5.7009, NaN],
    [4096 * 4096, 1, 5.42, NaN],
    [4096 * 4096, 0.05, 5.9327, NaN],
    [1e6, 1, 4.8916, 4.7534],
    [1e5, 1, 4.4172, 4.2649],
    [1e7, 1, 5.3267, 5.1993]
  ]
  for (const [pixels, budget, twoSided, oneSided] of table) {
    // Bonferroni and Sidak shares of 5 % differ by 2.5 %, 0.0045 in z at most.
    const slack = budget < 1 ? 0.005 : 6e-5
    t.ok(Math.abs(one('responseSigma', pixels, budget) - twoSided) < slack, `two-sided, N ${pixels}, ${budget}`)
    if (oneSided === oneSided) t.ok(Math.abs(one('hotSigma', pixels, budget) - oneSided) < slack, `one-sided, N ${pixels}, ${budget}`)
  }
  // All tests together expect exactly the budget: p N summed over the tests.
  const all = { pixels: 1 << 20, noisyStacks: 4, flatComparisons: 3, flatLevels: 3, decayFrames: 2 }
  const { numbers, probability, tests } = shareBudget({ ...DEFECT_PRESETS.statistical.numbers, falsePixels: 3 }, all)
  t.ok(Math.abs(probability! * tests * all.pixels - 3) < 1e-9)
  t.ok(Math.abs(numbers.noisyProbability! - 4 * probability!) < 1e-18, 'four stacks, four shares')
  t.equal(shareBudget({ ...DEFECT_PRESETS.general.numbers }, all).probability, null, 'no number from a budget')
  const none = shareBudget(DEFECT_PRESETS.statistical.numbers, {
    pixels: 100,
    noisyStacks: 0,
    flatComparisons: 0,
    flatLevels: 1,
    decayFrames: 0
  })
  t.ok(none.numbers.nonUniformSigma > 0, 'a number that cannot be absent has a value')
  const few = shareBudget(
    { ...DEFECT_PRESETS.statistical.numbers, ...fixed, noisyProbability: 'budget' },
    { ...stacks, pixels: 100, noisyStacks: 0 }
  )
  t.strictSame([few.probability, few.numbers.noisyProbability], [null, null], 'no stack to test, no probability')
  t.end()
})

t.test('chi-square limits of the noise are those of the tables', (t) => {
  // s / sigma that a Gaussian pixel exceeds with probability p over n frames; two stacks share the probability.
  for (const [frames, p, expected] of [
    [10, 1e-5, 2.0907],
    [10, 1e-6, 2.2314],
    [20, 1e-6, 1.8307],
    [30, 1e-5, 1.5917],
    [30, 1e-6, 1.6654],
    [50, 1e-6, 1.506],
    [100, 1e-6, 1.3514]
  ]) {
    const { rules } = build(drawPanel({ side: 24, frames }), { noisyProbability: 2 * p, noisyFactor: null })
    const rule = rules.find(({ name }) => name === 'noisy (darks)')!
    t.ok(Math.abs(rule.threshold! - expected) < 6e-5, `n ${frames}, p ${p}: ${rule.threshold}`)
  }
  // Lower quantile of chi-square with 7 degrees of freedom at 0.005: 0.989 (tables). 6 / sqrt(0.989 / 7) = 15.96.
  const few = build(drawPanel({ side: 24, frames: 8 }), { preset: 'e2597' })
  t.ok(Math.abs(few.rules.find(({ name }) => name === 'noisy (darks)')!.reliablyFound! - 15.96) < 0.02)
  t.match(
    few.warnings.join('\n'),
    /darks: 8 frames, the rule of 6 x the median noise wants 30 to 100: 99\.5 % of such pixels are found from 16 x on only/
  )
  const enough = build(drawPanel({ side: 24, frames: 32 }), { preset: 'e2597' })
  t.notMatch(enough.warnings.join('\n'), /wants 30/)
  t.end()
})

/** Put deviations into the summaries themselves: what a rule sees is then known to the last digit. */
function plant(panel: Panel): void {
  const { darks, flats } = panel
  const [flat] = flats
  const level = 8000
  const scale = (pixel: number, factor: number): void => {
    for (const map of [flat.location, flat.evenHalf!, flat.oddHalf!]) map[pixel] = level * factor
  }
  ;[1.29, 1.31, 0.61, 0.59, 1.48, 1.52, 0.47, 0.43].forEach((factor, k) => scale(at(k), factor))
  ;[5.8, 6.2].forEach((factor, k) => (darks.sd![at(10 + k)] = 4 * factor))
  ;[5.8, 6.2].forEach((factor, k) => (flat.sd![at(12 + k)] = 45 * factor))
  ;[1.009, 1.0112, 1.019, 1.0215].forEach((factor, k) => {
    const pixel = at(14 + k)
    flat.evenHalf![pixel] = level
    flat.oddHalf![pixel] = level * factor
  })
  ;[155, 175].forEach((step, k) => (darks.location[at(18 + k)] += step))
}

t.test('each preset finds what lies beyond its own limits, and nothing below', (t) => {
  // Means as of many frames (1 % decides), single frames of 45 DN as planted.
  const panel = drawPanel({ noise: 0.1, prnu: 0 })
  const [flat] = panel.flats
  flat.sd!.forEach((sd, i) => (flat.sd![i] = 10 * sd))
  plant(panel)
  const named = (preset: DefectPresetName): Record<number, DefectClass[]> => {
    const result = build(panel, { preset, nonUniformSigma: 0.5, unstableProbability: null })
    return Object.fromEntries(
      Array.from({ length: 20 }, (_, k) => [k, classesAt(result, at(k))] as const).filter(([, names]) => names.length > 0)
    )
  }
  t.strictSame(named('e2597'), {
    1: ['overResponding'],
    3: ['underResponding'],
    4: ['overResponding'],
    5: ['overResponding'],
    6: ['underResponding'],
    7: ['underResponding'],
    11: ['noisy'],
    15: ['nonUniform'],
    16: ['nonUniform'],
    17: ['nonUniform']
  })
  t.strictSame(named('xrd1621'), {
    5: ['overResponding'],
    7: ['underResponding'],
    11: ['noisy'],
    13: ['noisy'],
    15: ['nonUniform'],
    16: ['nonUniform'],
    17: ['nonUniform']
  })
  const general = named('general')
  t.strictSame(general[19], ['hot'], 'above 1 % of saturation')
  t.strictSame([general[18], general[0], general[2], general[14]], [undefined, undefined, undefined, undefined], 'below their limits')
  t.strictSame([general[10], general[12], general[15]], [['noisy'], ['noisy'], ['nonUniform']])
  const global = build(panel, { preset: 'xrd1621', nonUniformDeviation: null, nonUniformSigma: 0.5 })
  t.strictSame(
    [14, 15, 16, 17].map((k) => classesAt(global, at(k))),
    [[], [], [], ['nonUniform']],
    'against the panel: 2 %'
  )
  t.strictSame(
    global.rules.filter(({ name }) => name.startsWith('nonUniform')).map(({ name }) => name),
    ['nonUniform (flats 1, panel)']
  )
  t.end()
})

t.test('statistical: a panel without defects stays within its budget, and what was used is said', (t) => {
  let found = 0
  for (let seed = 1; seed <= 4; seed++) {
    const result = build(drawPanel({ side: 256, frames: 16, seed, prnu: 0.01 }), { preset: 'statistical' })
    found += result.defects.data.reduce((sum, flags) => sum + ((flags & 0xffff) !== 0 ? 1 : 0), 0)
    t.match(result.used, {
      preset: 'statistical',
      overrides: {},
      budget: { falsePixels: 1 },
      numbers: { falsePixels: 1, overResponse: null }
    })
  }
  // Four panels, one false pixel each: Poisson of mean 4 exceeds 12 with probability 2.7e-4.
  t.ok(found <= 12, `${found} false pixels`)
  // Ten times the budget on the same panel: lower limits.
  const panel = drawPanel({ side: 128, frames: 16, seed: 9 })
  const [strict, loose] = [1, 100].map((falsePixels) => build(panel, { preset: 'statistical', falsePixels }))
  const limit = (result: DefectMapResult, rule: string): number => result.rules.find(({ name }) => name === rule)!.threshold!
  for (const rule of ['hot', 'response (outliers)', 'noisy (darks)', 'unstable (flats 1)', 'nonUniform (flats 1)']) {
    t.ok(limit(loose, rule) < limit(strict, rule), `${rule}: ${limit(loose, rule)} < ${limit(strict, rule)}`)
  }
  t.end()
})

t.test('statistical: outliers of the response and of the offset', (t) => {
  const panel = drawPanel({ frames: 16, prnu: 0.01, seed: 5 })
  const { darks, flats } = panel
  // 22 tests at most share one false pixel of 9216: 5.2 sd at most; noise of the offsets 4 / sqrt(16) = 1 DN.
  ;[1.03, 0.97, 1.11, 0.89].forEach((factor, k) => {
    for (const map of [flats[0].location, flats[0].evenHalf!, flats[0].oddHalf!]) map[at(k)] = 8000 * factor
  })
  ;[3, 11].forEach((step, k) => (darks.location[at(4 + k)] = 1000 + step))
  const result = build(panel, { preset: 'statistical', lineSigma: null })
  t.strictSame(
    [0, 1, 2, 3, 4, 5].map((k) => classesAt(result, at(k))),
    [[], [], ['overResponding'], ['underResponding'], [], ['hot']]
  )
  // One frame: the spread is all that is known.
  const single = build(drawPanel({ frames: 1, prnu: 0.01, seed: 6 }), { preset: 'statistical' })
  t.equal(single.rules.find(({ name }) => name === 'response (outliers)')!.found, 0)
  t.end()
})

t.test('beside a step between read-out chips no pixel is an outlier', (t) => {
  // Two sides that differ by 2.5 sd: the median of a window on the edge lies between them, windows on either side do not.
  const gauss = gaussianSource(11)
  const rows = 512
  const cols = 512
  const values = Float32Array.from({ length: rows * cols }, (_, i) => (i % cols < 256 ? 100 : 102.5) + gauss())
  const local = new Float32Array(values.length)
  slidingMedian(values, new Uint8Array(values.length), rows, cols, 10, 10, local)
  const limit = 3.5
  let plain = 0
  let least = 0
  for (let row = 0; row < rows; row++) {
    for (let col = 246; col < 266; col++) {
      const i = row * cols + col
      if (Math.abs(values[i] - local[i]) > limit) plain++
      if (Math.abs(leastDeviation(values, local, i, rows, cols, 10, false)) > limit) least++
    }
  }
  // 10240 pixels at 4.7e-4 (two-sided): 4.8 expected of a panel without a step, more than 14 with probability 1e-4.
  t.ok(plain > 20, `${plain} against the window around`)
  t.ok(least <= 14, `${least} against every window`)
  const corner = Float32Array.from([9, 1, 1, 1])
  t.equal(leastDeviation(corner, Float32Array.from([1, 1, 1, 1]), 0, 2, 2, 10, false), 8, 'at a border as far as the map goes')
  t.equal(leastDeviation(corner, Float32Array.from([12, 1, 1, 1]), 0, 2, 2, 1, false), 0, 'above one median and below another')
  t.equal(leastDeviation(corner, Float32Array.from([12, 18, 18, 12]), 0, 2, 2, 1, true), -0.25, 'the nearest median, relative')
  t.equal(leastDeviation(corner, new Float32Array(4).fill(NaN), 0, 2, 2, 1, false), 0, 'nothing to compare with')
  t.end()
})

t.test('single numbers go over those of the preset', (t) => {
  const panel = drawPanel({ side: 48, frames: 12 })
  const { used } = build(panel, { preset: 'e2597', overResponse: 1.4, hotSigma: 8, lineAdjacent: null })
  t.strictSame(used.overrides, { overResponse: 1.4, hotSigma: 8, lineAdjacent: null })
  t.match(used.numbers, { overResponse: 1.4, hotSigma: 8, underResponse: 0.6, lineAdjacent: null })
  t.match(used, { preset: 'e2597', source: /E2597/, budget: null, chipColumns: null, midline: null })
  t.strictSame(build(panel, {}).used.preset, 'general', 'the default')
  const mixed = build(panel, { falsePixels: 2, hotSigma: 'budget', readout: { chipColumns: 16, midline: true } }).used
  // One test takes the whole budget: p = 2 / 2304.
  t.match(mixed, { budget: { falsePixels: 2, tests: 1 }, chipColumns: 16, midline: 24 })
  t.ok(Math.abs(mixed.budget!.probability - 2 / 2304) < 1e-12)
  // The short form for the noise rule takes its numbers where the preset has none.
  t.match(build(panel, { noisyRule: 'e2597' }).used.numbers, { noisyE2597Factor: 6, noisyProbability: null })
  t.match(build(panel, { preset: 'xrd1621', noisyRule: 'statistical' }).used.numbers, {
    noisyE2597Factor: null,
    noisyProbability: 1e-6,
    noisyFactor: 1.5
  })
  t.match(build(panel, { noisyRule: 'e2597', noisyE2597Factor: 7 }).used.numbers, { noisyE2597Factor: 7 })
  t.match(build(panel, { noisyRule: 'statistical' }).used.numbers, { noisyE2597Factor: null, noisyProbability: 1e-6 })
  const off = build(panel, { noisyProbability: null, noisyFactor: 1.5, overResponse: null, underResponse: null })
  t.equal(off.rules.find(({ name }) => name === 'noisy (darks)')!.threshold, 1.5, 'a factor alone')
  t.notOk(off.rules.some(({ name }) => name === 'overResponding'))
  const hot = build(panel, { hotSigma: null, hotFraction: null })
  t.match(
    hot.rules.find(({ name }) => name === 'saturated in the dark'),
    { threshold: 0.5, found: 0 }
  )
  const single = build(drawPanel({ side: 24, frames: 1 }), { preset: 'xrd1621' })
  t.strictSame(
    single.rules.filter(({ name }) => name.startsWith('noisy')).map(({ threshold }) => threshold),
    [null, null],
    'one frame has no noise'
  )
  t.end()
})

t.test('frames too noisy for a rule are told', (t) => {
  // Mean of 4 frames of 1600 DN at 4000 DN: 20 % noise, 5.32 times that exceeds 30 and 40 %.
  const gauss = gaussianSource(21)
  const stack = { rows: 64, cols: 64, frames: 4 }
  const darks = drawSummary({ ...stack, role: 'dark', raw: () => 100 + gauss() })
  const flat = drawSummary({ ...stack, role: 'flat', raw: () => 4000 + 1600 * gauss() })
  const { warnings, rules } = build({ darks, flats: [flat] }, { preset: 'e2597' })
  t.match(warnings.join('\n'), /flats 1: the mean of the frames is too noisy to tell over- and under-responding pixels below \d+ %/)
  const over = rules.find(({ name }) => name === 'overResponding')!
  // 5.32 * 1600 / sqrt(4) / 4000 = 1.06; the median sd of 4 values is 8 % low.
  t.ok(Math.abs(over.smallestVisible! - 1.98) < 0.08, `seen from ${over.smallestVisible}`)
  t.end()
})

t.test('refusals', (t) => {
  const panel = drawPanel({ side: 16, frames: 2 })
  const refuse = (options: object, message: RegExp): void => {
    t.throws(() => build(panel, options as DefectRuleOptions), { code: 'ERR_OPTION', message })
  }
  refuse({ preset: 'astm' }, /option "preset": expected one of general, e2597, xrd1621, statistical, received astm/)
  refuse({ preset: 'toString' }, /option "preset"/)
  refuse({ responseWindow: 20 }, /option "responseWindow": expected an odd number of pixels, received 20/)
  refuse({ responseWindow: 123 }, /option "responseWindow"/)
  refuse({ hotSigma: 'budget' }, /option "falsePixels": expected a number above 0 where another number is "budget", received null/)
  refuse({ hotFraction: 'budget' }, /option "hotFraction": expected a number between 0 and 1, received budget/)
  refuse({ lineLength: null }, /option "lineLength": .* received null/)
  refuse({ noisyFactor: NaN }, /option "noisyFactor"/)
  const { darks, flats } = panel
  const decay = (frames: Float32Array[], exposed: Float32Array | null = null) => ({ shape: [16, 16] as const, frames, exposed })
  const find = (frames: Float32Array[], exposed?: Float32Array | null) => () =>
    buildDefectMap({ darks, flats, decay: decay(frames, exposed) })
  t.throws(find([]), { code: 'ERR_STACK', message: /decay: expected at least the first frame/ })
  t.throws(find([new Float32Array(4)]), { code: 'ERR_SHAPE', message: /decay, frame 0/ })
  t.throws(find([new Float32Array(256)], new Float32Array(4)), { code: 'ERR_SHAPE', message: /decay, exposed signal/ })
  t.end()
})
