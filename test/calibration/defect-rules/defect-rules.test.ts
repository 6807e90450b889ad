import t from 'tap'
import { buildDefectMap } from '../../../calibration/build-defect-map.js'
import type { DefectMapResult } from '../../../calibration/build-defect-map.js'
import { calibrate } from '../../../calibration/calibrate.js'
import type { DefectRuleOptions } from '../../../calibration/defect-rules/resolve-defect-options.js'
import { switchingLimit } from '../../../calibration/defect-rules/switching-limit.js'
import type { DecayFrames, StackSummary } from '../../../calibration/stack-summary.js'
import { thirdLargestStep } from '../../../lib/kernels/stack/third-largest-step.js'
import { BAD_PIXEL_BITS, DEFECT_FLAGS } from '../../../lib/maps/defect-flags.js'
import type { DefectClass } from '../../../lib/maps/defect-flags.js'
import { readDefectFinding } from '../../../lib/maps/read-defect-finding.js'
import { createVirtualDetector } from '../../../lib/simulation/create-virtual-detector.js'
import type { PlannedDefect } from '../../../lib/simulation/defects/planned-defect.js'
import type { VirtualDetector, VirtualFrame } from '../../../lib/simulation/virtual-detector.js'
import { assertClose } from '../../fixtures/assert-close.js'
import { drawSummary } from '../../fixtures/draw-summary.js'
import { gaussianSource } from '../../fixtures/gaussian-source.js'

const FULL = 16383

interface Input {
  darks: StackSummary
  flats: StackSummary[]
  decay?: DecayFrames
}

/** Frames of a virtual panel, summed up in plain loops. */
function summarize(detector: VirtualDetector, frames: number, levels: readonly number[]): Input {
  const [rows, cols] = detector.shape
  const stack = (role: 'dark' | 'flat', source: Iterable<VirtualFrame>, offset?: Float32Array): StackSummary => {
    const drawn = Array.from(source, ({ data }) => data)
    return drawSummary({ role, rows, cols, frames, saturation: detector.saturation, raw: (i, k) => drawn[k][i], ...(offset && { offset }) })
  }
  const darks = stack('dark', detector.darks(frames))
  return { darks, flats: levels.map((level) => stack('flat', detector.flats(frames, { level }), darks.location)) }
}

function decayOf(detector: VirtualDetector, { darks, flats }: Input, count = 2, level = 0.5): DecayFrames {
  const frames = Array.from(detector.decay(count, { level }), ({ data }) =>
    Float32Array.from(data, (value, i) => value - darks.location[i])
  )
  return { shape: detector.shape, frames, exposed: flats[0].location }
}

/** A panel of chips, DSNU, PRNU and shading, with single pixels of one kind on a grid. */
function panelOf(defects: readonly PlannedDefect[], options: { rows?: number; cols?: number; seed?: number } = {}): VirtualDetector {
  return createVirtualDetector({ rows: 128, cols: 128, chip: 64, beamSpread: 0, seed: 5, ...options, defects })
}

/** `count` places on a grid of step 6. */
function places(count: number, cols = 128): { row: number; col: number }[] {
  const across = Math.floor((cols - 8) / 6)
  return Array.from({ length: count }, (_, k) => ({ row: 6 + 6 * Math.floor(k / across), col: 6 + 6 * (k % across) }))
}

function carriers({ defects: { data } }: DefectMapResult, name: DefectClass): number[] {
  return [...data.keys()].filter((i) => (data[i] & DEFECT_FLAGS[name]) !== 0)
}

function ruleOf({ rules }: DefectMapResult, name: string): DefectMapResult['rules'][number] {
  const rule = rules.find((one) => one.name === name)
  if (rule === undefined) throw new Error(`no rule ${name} among ${rules.map((one) => one.name).join(', ')}`)
  return rule
}

const build = (input: Input, options: DefectRuleOptions = {}): DefectMapResult => buildDefectMap(input, { saturation: FULL, ...options })

t.test('lagging: twice the limit is found, less is not, and nothing else', (t) => {
  // Good pixels keep 3 % of 8191 DN, 246 DN, with a noise of sqrt(16 + 0.25 * 246) = 9 DN: factor 2 is 28 sd.
  const strengths = [4, 8, 0.2, 1.5, 0.75]
  const at = places(60)
  const detector = panelOf(at.map((place, k): PlannedDefect => ({ class: 'lagging', ...place, strength: strengths[k % 5] })))
  const input = summarize(detector, 12, [0.5])
  const decay = decayOf(detector, input)
  const pixels = (limit: (strength: number) => boolean): number[] =>
    detector.truth.planted.filter(({ strength }) => limit(strength!)).map(({ pixels: [pixel] }) => pixel)
  const result = build({ ...input, decay })
  t.same(
    carriers(result, 'lagging'),
    pixels((s) => s > 2 || s < 0.5),
    'factor 2, either way'
  )
  t.match(ruleOf(result, 'lagging (first frame)'), { threshold: 2, found: 36, smallestVisible: 2 })
  t.same(carriers(build(input), 'lagging'), [], 'nothing is looked for without a decay')
  t.notOk(build(input).rules.some(({ name }) => name.startsWith('lagging')))

  // Parts of the irradiated signal: 3 % times the strength in the first frame, half of that in the second.
  const maker = build({ ...input, decay }, { preset: 'xrd1621' })
  t.same(
    carriers(maker, 'lagging'),
    pixels((s) => 0.03 * s > 0.08),
    '8 % and 4 %'
  )
  t.same(ruleOf(maker, 'lagging (first frame, part)').found, 24)
  t.same(ruleOf(maker, 'lagging (second frame, part)').found, 24)
  const wide = build({ ...input, decay }, { preset: 'xrd1621', lagFirst: 0.2, lagSecond: 0.09 })
  t.same(
    carriers(wide, 'lagging'),
    pixels((s) => s === 8),
    'other parts: 24 % and 12 % only'
  )
  t.same(
    carriers(build({ ...input, decay }, { preset: 'xrd1621', lagFirst: 0.2, lagSecond: 0.05 }), 'lagging'),
    pixels((s) => s > 2),
    'the second frame alone'
  )

  // Without the guard of noise the factor alone judges, and the parts alone; without any number nothing does.
  t.same(
    carriers(build({ ...input, decay }, { lagSigma: null }), 'lagging'),
    pixels((s) => s > 2 || s < 0.5)
  )
  t.same(
    carriers(build({ ...input, decay }, { preset: 'xrd1621', lagSigma: null }), 'lagging'),
    pixels((s) => 0.03 * s > 0.08)
  )
  const none = build({ ...input, decay }, { lagFactor: null, lagSigma: null })
  t.notOk(none.rules.some(({ name }) => name.startsWith('lagging')))
  const dark = build({ ...input, decay: { ...decay, exposed: decay.exposed!.map(() => 0) } }, { preset: 'xrd1621' })
  t.same(carriers(dark, 'lagging'), [], 'an exposure without signal')
  t.equal(ruleOf(dark, 'lagging (first frame, part)').smallestVisible, undefined)

  const statistical = build({ ...input, decay }, { preset: 'statistical' })
  const missed = pixels((s) => s >= 4 || s === 0.2).filter((i) => !carriers(statistical, 'lagging').includes(i))
  t.same(missed, [])
  t.ok(carriers(statistical, 'lagging').filter((i) => !pixels(() => true).includes(i)).length <= 1, 'a clean pixel at most')
  t.end()
})

t.test('lagging: what cannot be judged is said', (t) => {
  const detector = panelOf([
    { class: 'lagging', row: 30, col: 30, strength: 6 },
    { class: 'unstable', row: 60, col: 60, strength: 200 }
  ])
  const input = summarize(detector, 12, [0.5])
  const decay = decayOf(detector, input, 1)
  const unknown = build({ ...input, decay: { ...decay, exposed: null } }, { preset: 'xrd1621' })
  t.match(unknown.warnings.join('\n'), /decay: the irradiated signal is unknown, what is left of it cannot be judged/)
  t.equal(ruleOf(unknown, 'lagging (first frame, part)').threshold, null)
  t.match(build({ ...input, decay }, { preset: 'xrd1621' }).warnings.join('\n'), /decay: frame 2 after the exposure was not given/)
  t.same(carriers(build({ ...input, decay }), 'lagging'), [30 * 128 + 30], 'what flickers is not judged')
  // A lag of 0.1 % of 8191 DN is 2 sd of a frame: ratios to it are noise.
  const quiet = { ...decay, frames: decay.frames.map((frame) => frame.map((value) => value / 30)) }
  const noise = gaussianSource(3)
  for (let i = 0; i < quiet.frames[0].length; i++) quiet.frames[0][i] += 4 * noise()
  const faint = build({ ...input, decay: quiet })
  t.match(faint.warnings.join('\n'), /decay: the lag of \d+ % of the pixels is below 3 sd of a frame/)
  t.same(carriers(faint, 'lagging'), [])
  t.equal(ruleOf(faint, 'lagging (first frame)').smallestVisible, undefined)
  // One dark: its noise is unknown, the spread of the frame serves.
  const one = {
    ...input.darks,
    frames: 1,
    sd: null,
    clippedSd: null,
    locationErrors: null,
    maxStep: null,
    thirdStep: null,
    evenHalf: null,
    oddHalf: null
  }
  t.same(carriers(build({ ...input, darks: one, decay }), 'lagging'), [30 * 128 + 30])
  t.same(
    carriers(build({ ...input, darks: one, decay: { ...decay, frames: [decay.frames[0].map(() => 0)] } }), 'lagging'),
    [],
    'a frame of zeros'
  )
  t.end()
})

t.test('non-linear: deviations from a line and falling signals over several levels', (t) => {
  // Weights 1 / s: fit 1 - b sum(s^2) / sum(s) = 1 - 0.6 b over 0.2, 0.4, 0.6, 0.8, so that 0.2 deviates by 0.4 b / (1 - 0.6 b).
  const strengths = [0.06, -0.06, 0.9, 0.01, -0.01]
  const detector = panelOf(places(50).map((place, k): PlannedDefect => ({ class: 'nonLinear', ...place, strength: strengths[k % 5] })))
  const input = summarize(detector, 16, [0.2, 0.4, 0.6, 0.8])
  const expected = detector.truth.planted.filter(({ strength }) => Math.abs(strength!) > 0.02).map(({ pixels: [pixel] }) => pixel)
  const result = build(input)
  t.same(carriers(result, 'nonLinear'), expected)
  const fit = ruleOf(result, 'nonLinear (fit)')
  t.match(fit, { threshold: 0.01, found: 30 })
  // With 0.9 the signal s (1 - 0.9 s) falls from 0.276 at 0.6 to 0.224 at 0.8.
  const falling = detector.truth.planted.filter(({ strength }) => strength === 0.9).length
  t.equal(ruleOf(result, 'nonLinear (slope)').found, falling)
  // Any order of the levels: the first makes the gain, the rule sorts.
  const { flats } = input
  const turned = build({ ...input, flats: [flats[2], flats[0], flats[3], flats[1]] })
  t.same(carriers(turned, 'nonLinear'), expected)
  const two = build({ ...input, flats: [flats[2], flats[3]] })
  t.same(carriers(two, 'nonLinear').length, falling, 'two levels: only what falls')
  t.notOk(
    build({ ...input, flats: [flats[2]] }).rules.some(({ name }) => name.startsWith('nonLinear')),
    'one level: no rule'
  )
  t.same(carriers(build(input, { preset: 'e2597' }), 'nonLinear'), [], 'no class of the standard')
  const sharp = build(input, { nonLinearDeviation: null, nonLinearSigma: 5.32 })
  t.ok(expected.every((pixel) => carriers(sharp, 'nonLinear').includes(pixel)))
  t.equal(ruleOf(sharp, 'nonLinear (fit)').threshold, ruleOf(sharp, 'nonLinear (fit)').smallestVisible)
  const broad = build(input, { nonLinearDeviation: 0.015, nonLinearSigma: null })
  t.same(carriers(broad, 'nonLinear'), expected, 'by the deviation alone')
  t.end()
})

t.test('non-linear: a good panel stays good, bent chips and saturated levels are no fault of a pixel', (t) => {
  let found = 0
  for (const seed of [1, 2, 3]) {
    const input = summarize(panelOf([], { seed }), 16, [0.1, 0.3, 0.5, 0.8])
    found += carriers(build(input, { preset: 'statistical' }), 'nonLinear').length
    const plain = build(input)
    t.same(carriers(plain, 'nonLinear'), [], `seed ${seed}`)
    // Right half of the panel: 6 % less at the highest level, 2 % less below; 3 % of shading that changes with the level.
    for (const [l, loss] of [
      [2, 0.02],
      [3, 0.06]
    ] as const) {
      for (let i = 0; i < 128 * 128; i++) input.flats[l].location[i] *= (i % 128 > 63 ? 1 - loss : 1) * (1 - (0.03 * l * i) / (128 * 128))
    }
    t.same(carriers(build(input), 'nonLinear'), [], 'bent chips, moving shade')
    input.flats[3].location[4000] *= 0.8
    input.flats[3].saturated[4000] = 1
    input.flats[1].location[5000] = NaN
    t.same(carriers(build(input), 'nonLinear'), [], 'levels left out')
    input.flats[2].saturated[4000] = 1
    t.same(carriers(build(input), 'nonLinear'), [], 'two levels left')
    input.flats[3].saturated[4000] = 0
    input.flats[2].saturated[4000] = 0
    t.same(carriers(build(input), 'nonLinear'), [4000], 'and there is one')
  }
  // One false pixel in all rules per panel is the budget; three panels: P(Poisson(3) > 10) = 3e-4.
  t.ok(found <= 10, `${found} false pixels in three panels at a budget of one for all rules`)
  const single = summarize(panelOf([]), 1, [0.2, 0.5, 0.8])
  const silent = build(single)
  t.match(silent.warnings.join('\n'), /flats 1: the noise of one frame is unknown, non-linear pixels cannot be found/)
  t.equal(ruleOf(silent, 'nonLinear').threshold, null)
  // SNR 45 in one frame at 0.2 (3277 DN: sd 29 DN), four frames: less than 1 % cannot be seen.
  const few = build(summarize(panelOf([]), 4, [0.05, 0.1, 0.2]))
  t.match(few.warnings.join('\n'), /too few flats to see 1 % deviations from a line; non-linear pixels are found from \d/)
  t.ok(ruleOf(few, 'nonLinear (fit)').smallestVisible! > 0.01)
  t.end()
})

t.test('noisy under exposure: found in the flats, the darks being as quiet as any', (t) => {
  const strengths = [3.5, 8, 14, 1.1]
  const detector = panelOf(places(60).map((place, k): PlannedDefect => ({ class: 'noisyExposed', ...place, strength: strengths[k % 4] })))
  const input = summarize(detector, 32, [0.5])
  const pixels = (least: number): number[] =>
    detector.truth.planted.filter(({ strength }) => strength! >= least).map(({ pixels: [pixel] }) => pixel)
  const result = build(input)
  t.same(carriers(result, 'noisy'), pixels(3), 'chi-square: twice the limit of 1.7 and more')
  t.equal(ruleOf(result, 'noisy (darks)').found, 0)
  t.same(carriers(build(input, { preset: 'e2597' }), 'noisy'), [], 'the standard looks at darks only')
  const maker = carriers(build(input, { preset: 'xrd1621' }), 'noisy')
  // True ratio 14 against 6: found; 3.5: not (s would have to be 1.7 times too large: p < 1e-6); 8: as a rule.
  t.ok(pixels(14).every((pixel) => maker.includes(pixel)) && maker.every((pixel) => pixels(8).includes(pixel)))
  const one = summarize(detector, 1, [0.5])
  t.match(build(one).warnings.join('\n'), /flats 1: one frame shows no noise/)
  t.same(carriers(build(one), 'noisy'), [])
  t.end()
})

t.test('third largest step: as sorting gives it, whatever is missing', (t) => {
  const gauss = gaussianSource(11)
  for (const frames of [3, 4, 9, 32]) {
    const tile = Float32Array.from({ length: 50 * frames }, (_, k) => (k % 13 === 5 && k < 20 * frames ? NaN : gauss()))
    const expected = Float32Array.from({ length: 50 }, (_, p) => {
      const values = [...tile.subarray(p * frames, (p + 1) * frames)].filter((value) => !Number.isNaN(value))
      const steps = values.slice(1).map((value, k) => Math.abs(value - values[k]))
      return steps.sort((a, b) => b - a)[2] ?? 0
    })
    const out = new Float32Array(60).fill(-1)
    thirdLargestStep(tile, frames, 50, new Float32Array(60).fill(1), 0.5, out, 7)
    assertClose(t, out.subarray(7, 57), expected, `${frames} frames`)
    t.ok(out[6] === -1 && out[57] === -1)
    thirdLargestStep(tile, frames, 50, new Float32Array(60), 0.5, out, 7)
    t.ok(
      out.subarray(7, 57).every((value) => value === 0),
      'too quiet to be looked at'
    )
  }
  t.end()
})

t.test('the limit of the third largest step holds its probability', (t) => {
  // 40 000 Gaussian pixels of n frames at p = 0.01: expected at most 400 + 5 * 20; the bound is no more than 8 times too wide.
  const gauss = gaussianSource(2)
  for (const frames of [4, 8, 32]) {
    const limit = switchingLimit(frames, 0.01)
    const tile = Float32Array.from({ length: 40_000 * frames }, gauss)
    const out = new Float32Array(40_000)
    thirdLargestStep(tile, frames, 40_000, new Float32Array(40_000).fill(1), 0, out, 0)
    const beyond = out.filter((step) => step > limit).length
    t.ok(beyond <= 500 && beyond >= 400 / 8 - 5 * 7, `${frames} frames: ${beyond} of 40000 beyond ${limit.toFixed(3)}`)
  }
  // The same bound solved in Python, with its erfc and 4001 points.
  assertClose(t, [switchingLimit(32, 1e-6), switchingLimit(8, 1e-6)], [5.3095213, 4.8791804], 'limits', { absolute: 1e-6 })
  t.end()
})

t.test('unstable: 99.5 % of the pixels that switch three times and more at twice the limit', async (t) => {
  // 32 darks and flats; the limit of the third step is about 5.5 sd: steps of 11 sd, of which the largest-step rule
  // (8 sd) misses few as well.
  const size = 192
  const at = Array.from({ length: 900 }, (_, k) => ({ row: 6 + 6 * Math.floor(k / 30), col: 6 + 6 * (k % 30) }))
  const defects = at.map((place, k): PlannedDefect => ({ class: 'unstable', ...place, strength: 11, switches: 3 + (k % 5) }))
  const detector = createVirtualDetector({ rows: size, cols: size, beamSpread: 0.005, seed: 9, defects, columnNoiseSpread: 0 })
  const calibration = await calibrate({ darks: detector.darks(32), flats: [detector.flats(32)] }, { saturation: FULL })
  const {
    defects: { data }
  } = calibration
  const missed = detector.truth.planted.filter(({ pixels: [pixel] }) => (data[pixel] & DEFECT_FLAGS.unstable) === 0)
  t.ok(missed.length <= 0.005 * 900, `${missed.length} of 900 missed`)
  const planted = new Set(detector.truth.planted.map(({ pixels: [pixel] }) => pixel))
  const wrong = [...data.keys()].filter((i) => (data[i] & BAD_PIXEL_BITS) !== 0 && !planted.has(i))
  // Probability 1e-6 for noisy, for unstable, 1e-7 for the others, 36 000 pixels: 0.08 expected; P(Poisson(0.08) > 3) = 2e-6.
  t.ok(wrong.length <= 3, `${wrong.length} good pixels flagged`)
  const { rules } = readDefectFinding(calibration.provenance)!
  const switching = rules.find(({ name }) => name === 'unstable, switching (darks)')!
  t.ok(switching.threshold! < 5.5 && 2 * switching.threshold! <= 11, `limit ${switching.threshold}`)
  t.ok(switching.found >= 0.995 * 900 - 3, `${switching.found} by their switches`)
})

t.test('unstable: a spike does not switch, one change does not, three at little more than the limit do', (t) => {
  const gauss = gaussianSource(6)
  const courses: Record<number, number[]> = { 100: [7], 200: [9, 20], 300: [4, 5], 400: [3, 11, 12, 25] }
  const darks = drawSummary({
    role: 'dark',
    rows: 40,
    cols: 40,
    frames: 32,
    raw: (i, k) => 1000 + 4 * gauss() + (courses[i] === undefined ? 0 : 40 * (courses[i].filter((turn) => turn <= k).length % 2))
  })
  const flats = [drawSummary({ role: 'flat', rows: 40, cols: 40, frames: 32, raw: () => 8000 + 45 * gauss() })]
  const result = build({ darks, flats })
  t.same(
    carriers(result, 'unstable').filter((i) => i in courses),
    [100, 200, 300, 400],
    'steps of 10 sd: all by their largest step'
  )
  t.equal(ruleOf(result, 'unstable, switching (darks)').found, 1, 'one by its switches')
  t.equal(
    result.rules.some(({ name }) => name === 'unstable, switching (flats 1)'),
    false
  )
  const three = { ...darks, frames: 3, thirdStep: null }
  t.notOk(build({ darks: three, flats }).rules.some(({ name }) => name === 'unstable, switching (darks)'))
  t.notOk(build({ darks, flats }, { preset: 'e2597' }).rules.some(({ name }) => name.startsWith('unstable')))
  t.end()
})

t.test('bad neighbourhood: a good pixel among bad ones, in the middle and in a corner, and its record', (t) => {
  const detector = panelOf([
    { class: 'cluster', row: 20, col: 20, pattern: ['###', '#.#', '###'] },
    { class: 'cluster', row: 0, col: 0, pattern: ['.#', '##'] },
    { class: 'cluster', row: 50, col: 50, pattern: ['###', '#.#', '##.'] }
  ])
  const result = build(summarize(detector, 8, [0.5]))
  t.same(carriers(result, 'badNeighbourhood'), [0, 21 * 128 + 21])
  t.match(ruleOf(result, 'badNeighbourhood'), { found: 2, threshold: 0 })
  const single = (role: 'dark' | 'flat', level: number): StackSummary =>
    drawSummary({ role, rows: 1, cols: 1, frames: 1, raw: () => level })
  t.equal(build({ darks: single('dark', 100), flats: [single('flat', 5000)] }).counts.badNeighbourhood, 0, 'a panel of one pixel')
  t.end()
})
