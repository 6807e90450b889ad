import t from 'tap'
import type { Test } from 'tap'
import { findEdge } from '../../../../lib/quality/edge/find-edge.js'
import { measureMtf } from '../../../../lib/quality/edge/measure-mtf.js'
import { readFrames } from '../../../../lib/io/index.js'
import { assertClose } from '../../../fixtures/assert-close.js'
import { gaussianSource } from '../../../fixtures/gaussian-source.js'
import { renderEdge } from '../../../fixtures/render-edge.js'
import { expectedFigures, needsSharedData, sharedData } from '../../../fixtures/shared-data.js'
import type { Shape } from '../../../../lib/frame/shape.js'
import type { MeasureMtfOptions } from '../../../../lib/quality/edge/measure-mtf.js'

interface Frame {
  data: Float32Array
  shape: Shape
}

const tan = (degrees: number): number => Math.tan((degrees * Math.PI) / 180)
const cos = (degrees: number): number => Math.cos((degrees * Math.PI) / 180)
const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x))
// Square aperture seen at an angle, and Gaussian blur.
const truth = (u: number, degrees: number, blur: number): number =>
  sinc(u * cos(degrees)) * sinc(u * cos(degrees) * tan(degrees)) * Math.exp(-2 * (Math.PI * blur * u) ** 2)
const near = (t: Test, received: number | null, expected: number, tolerance: number, message: string): void => {
  t.ok(received !== null && Math.abs(received - expected) <= tolerance, `${message}: ${received}, expected ${expected} +- ${tolerance}`)
}
const edge = (degrees: number, blur = 0.5, shape: Shape = [600, 300], before = 1000, after = 9000): Frame =>
  renderEdge(shape, { slope: tan(degrees), through: [shape[0] / 2 + 0.3, shape[1] / 2 - 0.2], blur, before, after })
const transpose = ({ data, shape: [rows, cols] }: Frame): Frame => ({
  data: data.map((_, i) => data[(i % rows) * cols + Math.floor(i / rows)]),
  shape: [cols, rows]
})
const flip = ({ data, shape: [rows, cols] }: Frame): Frame => ({
  data: data.map((_, i) => data[i - (i % cols) + cols - 1 - (i % cols)]),
  shape: [rows, cols]
})
const withNoise = ({ data, shape }: Frame, sd: number, seed: number): Frame => {
  const next = gaussianSource(seed)
  return { data: data.map((value) => value + sd * next()), shape }
}
const valuesOf = (frame: Frame, options: MeasureMtfOptions = {}): number[] => measureMtf(frame, null, options).curve.map(({ mtf }) => mtf)

const TABLE = [0.1023, 0.1989, 0.3011, 0.3977, 0.5]

t.test('aperture and Gaussian of 0.5 px at 2 degrees: corrected and raw values', async (t) => {
  const frame = renderEdge([1024, 512], { slope: tan(2), through: [511.3, 255.7], blur: 0.5, before: 1000, after: 9000 })
  const result = measureMtf(frame, null, { frequencies: TABLE, pixelPitch: [0.1, 0.1] })
  // Figures computed apart from this code, by rendering and by formula; they agree among themselves within 1.1e-4.
  const corrected = result.curve.map(({ mtf }) => mtf)
  assertClose(t, corrected, [0.93344, 0.77022, 0.54805, 0.3479, 0.18541], 'truth', { absolute: 1.1e-4 })
  assertClose(
    t,
    corrected,
    TABLE.map((u) => truth(u, 2, 0.5)),
    'closed form',
    { absolute: 2e-5 }
  )
  // The raw figures of that computation lie up to 1.2e-4 off the formula.
  const raw = valuesOf(frame, { frequencies: TABLE, corrected: false })
  assertClose(t, raw, [0.92845, 0.75473, 0.52302, 0.32052, 0.16277], 'raw', { absolute: 1.5e-4 })
  assertClose(
    t,
    raw,
    TABLE.map((u) => truth(u, 2, 0.5) * sinc(u / 2) * sinc(u / 4)),
    'raw, closed form',
    { absolute: 2e-5 }
  )
  assertClose(
    t,
    result.curve.map(({ frequencyPerMm }) => frequencyPerMm as number),
    TABLE.map((u) => u * 10),
    '1/mm',
    { relative: 1e-12 }
  )
  // The tilt moves the product of sinc and Gauss (0.323088) by less than 1e-5; interpolation in steps of 0.005 adds 2e-5.
  near(t, result.mtf50PerPixel, 0.323088, 5e-5, 'MTF50')
  near(t, result.mtf50PerMm, 3.23088, 5e-4, 'MTF50 per mm')
  near(t, result.angleDegrees, 2, 1e-5, 'angle')
  // 1024 tan 2 = 35.76: 35 whole cycles of 28.636 lines are 1002 lines.
  t.match(result, { orientation: 'vertical', polarity: 'rising', lines: 1002, phaseCycles: 35, halfWidthPixels: 64, window: 'rectangular' })
  t.match(result, { interpolatedBins: 0, defectivePixels: 0, nonFinitePixels: 0, warnings: [] })
  t.match(result.unknown, {
    mtf10PerPixel: 'the MTF stays above 0.1 up to the last frequency, 0.5 cycles per pixel',
    mtf10PerMm: /stays above 0\.1/
  })
  t.strictSame([result.mtf10PerPixel, result.mtf10PerMm], [null, null])
  near(t, result.lowDn, 1000, 1e-2, 'low')
  near(t, result.highDn, 9000, 1e-2, 'high')
  near(t, result.edgeContrastPercent, (100 * 8000) / 9000, 1e-3, 'contrast')
  near(t, result.esfNoiseDn, 0, 1e-3, 'no noise beyond float32')
  near(t, result.esfReversalPercent, 0, 1e-4, 'monotonic')
  t.equal(result.corrections.length, 2)
  t.equal(result.edgeSpread.distancePixels[0], -63.875)
  t.equal(result.edgeSpread.signalDn.length, 512)
  t.strictSame(measureMtf(frame, null, { corrected: false }).corrections, [])
})

t.test('aperture alone: MTF50 and MTF10 beyond Nyquist, and the aliasing of bins of a quarter pixel', async (t) => {
  // The spectrum of a sharp edge in bins at (k + 1/2) / 4 px repeats with 4 cycles/px, signs in turn: seen beside
  // A(u) = MTF(u) sinc(u/4) / u are -A(u - 4) and -A(u + 4). At 0.5 they take off 9.7e-4, which moves MTF50 by -1.2e-3.
  const frame = renderEdge([1024, 300], { slope: tan(2), through: [511.3, 149.7], blur: 0, before: 0, after: 4000 })
  const part = (u: number): number => (truth(u, 2, 0) * sinc(u / 4)) / u
  const seen = TABLE.map((u) => truth(u, 2, 0) * (1 - (part(u - 4) + part(u + 4)) / part(u)))
  assertClose(t, valuesOf(frame, { frequencies: TABLE }), seen, 'with its aliases', { absolute: 1e-4 })
  const wide = measureMtf(frame, null, { frequencies: [0, 1] })
  near(t, wide.mtf50PerPixel, 0.603355, 2e-3, 'MTF50')
  near(t, wide.mtf10PerPixel, 0.907929, 2e-3, 'MTF10')
  t.equal(wide.curve[0].mtf, 1)
  t.equal(wide.curve[0].mtfSd, 0)
  t.match(wide, { curve: [{ frequencyPerMm: null }, {}], mtf50PerMm: null })
  t.match(wide.unknown, { frequencyPerMm: 'the pixel pitch is unknown', mtf50PerMm: 'the pixel pitch is unknown' })
  const usual = measureMtf(frame, null)
  t.strictSame([usual.mtf50PerPixel, usual.mtf10PerPixel, usual.curve.length], [null, null, 51], 'up to Nyquist only')
  t.match(usual.unknown.mtf50PerPixel, /stays above 0\.5 up to the last frequency, 0\.5/)
  // From 0 to 4000: no bright level to relate to when the dark side is the brighter one below 0.
  t.equal(measureMtf({ data: frame.data.map((value) => value - 5000), shape: frame.shape }, null).edgeContrastPercent, null)
})

t.test('every angle from 1.5 to 10 degrees, wide blurs', async (t) => {
  for (const degrees of [1.5, -2.7, 3, 5, -7, 9.3]) {
    const result = measureMtf(edge(degrees, 0.6), null, { frequencies: [0.1, 0.25, 0.5] })
    near(t, result.angleDegrees, degrees, 1e-4, 'angle')
    // Uneven phases within bins leave a few 1e-5.
    assertClose(
      t,
      result.curve.map(({ mtf }) => mtf),
      [0.1, 0.25, 0.5].map((u) => truth(u, degrees, 0.6)),
      `${degrees} degrees`,
      { absolute: 2e-4 }
    )
  }
  for (const blur of [1.5, 3, 6]) {
    const result = measureMtf(edge(2.5, blur), null, { frequencies: [0.02, 0.05, 0.1] })
    assertClose(
      t,
      result.curve.map(({ mtf }) => mtf),
      [0.02, 0.05, 0.1].map((u) => truth(u, 2.5, blur)),
      `blur ${blur}`,
      { absolute: 2e-4 }
    )
  }
  // 6 lines a cycle exactly: the phases are multiples of 1/6 and do not fill bins of 1/4 evenly; known to 4e-3.
  const sixth = edge((Math.atan(1 / 6) * 180) / Math.PI)
  assertClose(
    t,
    valuesOf(sixth, { frequencies: TABLE }),
    TABLE.map((u) => truth(u, 9.4623, 0.5)),
    'slope 1/6',
    { absolute: 4e-3 }
  )
})

t.test('both orientations, both polarities, flips: the same curve, the angle turns its sign', async (t) => {
  const frame = edge(3)
  const curve = valuesOf(frame)
  const turned = measureMtf(transpose(frame), null)
  t.match(turned, { orientation: 'horizontal', polarity: 'rising' })
  near(t, turned.angleDegrees, 3, 1e-5, 'transposed')
  assertClose(
    t,
    turned.curve.map(({ mtf }) => mtf),
    curve,
    'transposed: the same sums',
    { absolute: 1e-12 }
  )
  const straight = measureMtf(frame, null)
  const [a, b] = [straight.usedRegion, turned.usedRegion]
  t.strictSame(b, { row: a.col, col: a.row, rows: a.cols, cols: a.rows })
  const flipped = measureMtf(flip(frame), null)
  near(t, flipped.angleDegrees, -3, 1e-5, 'flipped')
  t.equal(flipped.polarity, 'falling')
  // Rounding to float32 (3e-8 of the level) and the fit's rest of 1e-5 px are all that differs.
  assertClose(
    t,
    flipped.curve.map(({ mtf }) => mtf),
    curve,
    'flipped',
    { absolute: 1e-5 }
  )
  const fallen = measureMtf(edge(3, 0.5, [600, 300], 9000, 1000), null)
  t.equal(fallen.polarity, 'falling')
  assertClose(
    t,
    fallen.curve.map(({ mtf }) => mtf),
    curve,
    'falling',
    { absolute: 1e-5 }
  )
  const whole = { data: Uint16Array.from(frame.data, Math.round), shape: frame.shape }
  // Rounding is noise of 0.29 DN in 8000: below 1e-4 in the mean of some 150 pixels.
  assertClose(
    t,
    measureMtf(whole, null).curve.map(({ mtf }) => mtf),
    curve,
    'u16',
    { absolute: 1e-4 }
  )
  t.throws(() => measureMtf(frame, null, { orientation: 'horizontal' }), { code: 'ERR_STACK' }, 'no edge the other way')
  t.equal(measureMtf(frame, null, { orientation: 'vertical' }).angleDegrees, straight.angleDegrees)
})

t.test('pixels that are not square: the angle and the normal are those on the panel', async (t) => {
  // On a panel of 0.1 mm rows and 0.2 mm columns a slope of tan 2 is one of 2 tan 2. A profile over the horizontal distance h has the
  // spectrum sinc(v) sinc(v slope) exp(-2 pi^2 (s / cos)^2 v^2); along the normal v = u cos of the angle on the panel.
  const result = measureMtf(edge(2), null, { pixelPitch: [0.1, 0.2], frequencies: [0.1, 0.25, 0.5] })
  const angle = Math.atan(2 * tan(2))
  near(t, result.angleDegrees, (angle * 180) / Math.PI, 1e-5, 'angle')
  const expected = [0.1, 0.25, 0.5]
    .map((u) => u * Math.cos(angle))
    .map((v) => sinc(v) * sinc(v * tan(2)) * Math.exp(-2 * ((Math.PI * 0.5 * v) / cos(2)) ** 2))
  assertClose(
    t,
    result.curve.map(({ mtf }) => mtf),
    expected,
    'curve',
    { absolute: 5e-5 }
  )
  assertClose(
    t,
    result.curve.map(({ frequencyPerMm }) => frequencyPerMm as number),
    [0.5, 1.25, 2.5],
    'per mm across the edge',
    { relative: 1e-12 }
  )
  const turned = measureMtf(transpose(edge(2)), null, { pixelPitch: [0.2, 0.1], frequencies: [0.1, 0.25, 0.5] })
  assertClose(
    t,
    turned.curve.map(({ mtf }) => mtf),
    expected,
    'transposed',
    { absolute: 5e-5 }
  )
})

t.test('noise: the scatter is the one that is stated', async (t) => {
  const frame = edge(3, 0.6, [300, 160])
  const frequencies = Array.from({ length: 25 }, (_, i) => 0.02 * (i + 1))
  for (const window of ['rectangular', 'hann'] as const) {
    const clean = valuesOf(frame, { frequencies, halfWidth: 32, window })
    let squares = 0
    let stated = 0
    for (let seed = 0; seed < 24; seed++) {
      const { curve, angleDegrees } = measureMtf(withNoise(frame, 100, seed), null, { frequencies, halfWidth: 32, window })
      if (seed === 0) near(t, angleDegrees, 3, 0.02, 'angle in noise')
      for (const [i, { mtf, mtfSd }] of curve.entries()) {
        squares += ((mtf - clean[i]) / mtfSd) ** 2 / (24 * 25)
        stated += mtfSd / (24 * 25)
      }
    }
    // 600 values, neighbours hardly correlated: the mean square is known to sqrt(2 / 600) = 6 %, and the noise of each frame, from 124
    // bins' second differences, to some 10 %.
    near(t, squares, 1, 0.3, `${window}: mean square over stated variance`)
    t.ok(stated > 0.002 && stated < 0.02, `${window}: ${stated}`)
  }
})

t.test('bad pixels: left out, counted, their values never matter', async (t) => {
  const frame = edge(3)
  const [rows, cols] = frame.shape
  const defects = { data: new Uint32Array(rows * cols), shape: frame.shape }
  const spoilt = frame.data.slice()
  const other = frame.data.slice()
  for (let i = 0; i < spoilt.length; i++) {
    // One percent strewn, and a dead column under the edge.
    if ((i * 7919) % 100003 < 1000 || i % cols === 150) {
      defects.data[i] = 2
      spoilt[i] = 65535
      other[i] = i % 3 ? NaN : -1e6
    }
  }
  const result = measureMtf({ data: spoilt, shape: frame.shape }, defects)
  t.strictSame(measureMtf({ data: other, shape: frame.shape }, defects), result, 'whatever they read')
  // Other pixels are missing in every bin: centred by the slope, what is left is the curvature within a bin.
  assertClose(
    t,
    result.curve.map(({ mtf }) => mtf),
    valuesOf(frame),
    'as without',
    { absolute: 1e-3 }
  )
  // Count again by the closed form of the distance.
  let bad = 0
  let good = 0
  for (let row = result.usedRegion.row; row < result.usedRegion.row + result.lines; row++) {
    for (let col = 0; col < cols; col++) {
      if (Math.abs((col - 149.8 - tan(3) * (row - 300.3)) * cos(3)) >= 64) continue
      if (defects.data[row * cols + col]) bad++
      else good++
    }
  }
  t.strictSame([result.defectivePixels, result.usedPixels, result.nonFinitePixels], [bad, good, 0])
  other.set(frame.data)
  other[300 * cols + 155] = NaN
  other[200 * cols + 140] = Infinity
  t.equal(measureMtf({ data: other, shape: frame.shape }, null).nonFinitePixels, 2)
})

t.test('empty bins: rare single ones are filled, more are refused', async (t) => {
  const frame = edge(3)
  const [rows, cols] = frame.shape
  const without = (...bins: number[]) => {
    const defects = { data: new Uint32Array(rows * cols), shape: frame.shape }
    for (let i = 0; i < rows * cols; i++) {
      const distance = ((i % cols) - 149.8 - tan(3) * (Math.floor(i / cols) - 300.3)) * cos(3) * 4
      // A hair more than the bin, for the fitted edge is not this one to the last digit.
      if (bins.some((bin) => distance > bin - 1e-3 && distance < bin + 1 + 1e-3)) defects.data[i] = 1
    }
    return defects
  }
  const one = measureMtf(frame, without(60))
  t.equal(one.interpolatedBins, 1)
  assertClose(
    t,
    one.curve.map(({ mtf }) => mtf),
    valuesOf(frame),
    'a hole far out',
    { absolute: 1e-6 }
  )
  t.equal(measureMtf(frame, without(-256, 255)).interpolatedBins, 2, 'at both ends')
  const expected = 'pixels in every bin of 1/4 pixel, but for rare single ones'
  t.throws(() => measureMtf(frame, without(60, 61)), { code: 'ERR_STACK', expected, received: '2 empty of 512' })
  // 2 % of 512 bins are 10.
  t.throws(() => measureMtf(frame, without(...Array.from({ length: 11 }, (_, i) => 60 + 4 * i))), {
    code: 'ERR_STACK',
    received: '11 empty of 512'
  })
})

t.test('the edge is found by itself: in a region, near a border, on a plate with four sides', async (t) => {
  const frame = renderEdge([400, 500], { slope: tan(2), through: [200, 320], blur: 0.6, before: 100, after: 3000 })
  const region = { row: 50, col: 220, rows: 300, cols: 200 }
  const found = findEdge(frame, null, { region })
  t.match(found, { orientation: 'vertical', polarity: 'rising', start: { row: 50 }, end: { row: 349 }, fittedLines: 300 })
  near(t, found.start.col, 320 - 150 * tan(2), 1e-3, 'start')
  near(t, found.end.col, 320 + 149 * tan(2), 1e-3, 'end')
  near(t, found.residualPixels, 0, 2e-2, 'straight')
  // Blocks of 4 lines and means that reach 8 px: the pixel in which the edge lies takes up to an eighth off either mean.
  near(t, found.stepDn, 2900, 2900 / 8, 'step, a little blurred')
  const { usedRegion: used } = measureMtf(frame, null, { region })
  t.ok(used.row >= 50 && used.col >= 220 && used.row + used.rows <= 350 && used.col + used.cols <= 420, 'inside the region')
  const below = findEdge(transpose(frame), null)
  near(t, below.start.row, 320 - 200 * tan(2), 1e-3, 'rows of a horizontal edge')
  t.equal(below.start.col, 0)

  for (const [col, halfWidth] of [
    [40, 34],
    [20, 16],
    [12, 11]
  ] as const) {
    const close = renderEdge([300, 200], { slope: tan(2), through: [150, col], blur: 0.6, before: 100, after: 3000 })
    const result = measureMtf(close, null, { frequencies: [0.25] })
    // At 40 the edge comes 5.2 px nearer in the outermost lines; at 12 half of the lines must do.
    t.equal(result.halfWidthPixels, halfWidth, `${col} px from the border`)
    near(t, result.curve[0].mtf, truth(0.25, 2, 0.6), 2e-4, 'as in the middle')
  }
  const gone = renderEdge([300, 200], { slope: tan(2), through: [150, 6], blur: 0.6, before: 100, after: 3000 })
  t.throws(() => measureMtf(gone, null), {
    code: 'ERR_STACK',
    expected: 'at least 8 pixels on both sides',
    received: /^\d to the border of the region$/
  })

  // A plate of 300 x 420 px, turned by 3 degrees about the middle: four edges, the long ones at 3 degrees from the columns.
  const side = 640
  const plate = { data: new Float32Array(side * side), shape: [side, side] as Shape }
  for (let i = 0; i < side * side; i++) {
    const x = (i % side) - 319.5
    const y = Math.floor(i / side) - 319.5
    const across = 150 - Math.abs(x * cos(3) - y * Math.sin((3 * Math.PI) / 180))
    const along = 210 - Math.abs(x * Math.sin((3 * Math.PI) / 180) + y * cos(3))
    // A soft edge, linear over two pixels.
    plate.data[i] = 3000 - 2900 * Math.min(1, Math.max(0, across / 2 + 0.5)) * Math.min(1, Math.max(0, along / 2 + 0.5))
  }
  const long = measureMtf(withNoise(plate, 20, 1), null)
  t.equal(long.orientation, 'vertical')
  near(t, long.angleDegrees, 3, 0.01, 'long side')
  t.ok(long.lines > 300 && long.lines < 420 && long.usedRegion.row > 110 && long.usedRegion.row + long.lines < 530, 'away from the corners')
  const short = measureMtf(withNoise(plate, 20, 1), null, { orientation: 'horizontal' })
  near(t, short.angleDegrees, -3, 0.02, 'short side')
})

t.test('an edge with a gap is one edge, a short one keeps its ends', async (t) => {
  const frame = edge(3, 0.5, [512, 200])
  const level = (from: number, to: number) => ({
    data: frame.data.map((value, i) => (i >= from * 200 && i < to * 200 ? 5000 : value)),
    shape: frame.shape
  })
  // Blocks of 8 lines: two of them may be missing.
  const gap = findEdge(level(256, 272), null)
  t.match(gap, { start: { row: 0 }, end: { row: 511 }, fittedLines: 496 })
  near(t, gap.angleDegrees, 3, 1e-4, 'angle')
  const broken = findEdge(level(200, 240), null)
  // The longer part, rows 240 to 511, 16 lines away from its end.
  t.match(broken, { start: { row: 256 }, end: { row: 511 }, fittedLines: 256 })
  const short = { data: frame.data.map((value, i) => (i < 304 * 200 || i >= 328 * 200 ? 9000 : value)), shape: frame.shape }
  const found = findEdge(short, null, { orientation: 'vertical' })
  // Three blocks of 8: without 16 lines at both ends nothing would be left.
  t.match(found, { start: { row: 304 }, end: { row: 327 }, fittedLines: 24 })
})

t.test('another step ends the window, sharpening is told, few cycles are told', async (t) => {
  const frame = edge(3)
  const [, cols] = frame.shape
  const shift = (by: number) => frame.data.map((_, i) => (i % cols >= by ? frame.data[i - by] : frame.data[i - (i % cols)]))
  const twice = shift(40).map((value, i) => frame.data[i] - (value - 1000) / 2)
  const result = measureMtf({ data: twice, shape: frame.shape }, null)
  // Means over 4 px feel the step up to 4 px before it; 8 px are kept away.
  t.match(result.warnings, [/^another step stands 3[5-9] pixels from the edge: the window ends before it$/])
  t.ok(result.halfWidthPixels >= 27 && result.halfWidthPixels < 36)
  near(t, result.curve[25].mtf, truth(0.25, 3, 0.5), 2e-4, 'undisturbed')

  const left = shift(1)
  const sharp = frame.data.map((value, i) => 2 * value - (left[i] + (i % cols < cols - 1 ? frame.data[i + 1] : value)) / 2)
  const sharpened = measureMtf({ data: sharp, shape: frame.shape }, null)
  // An unsharp kernel -1/2, 2, -1/2 multiplies by 2 - cos(2 pi u).
  near(t, sharpened.curve[25].mtf, truth(0.25, 3, 0.5) * 2, 2e-3, 'more than there is')
  t.match(sharpened.warnings, [/^the signal runs back by \d+\.\d % of the step across the edge: sharpened/])

  const few = measureMtf(edge(3, 0.5, [120, 200]), null)
  t.match(few, { phaseCycles: 6, warnings: ['6 phase cycles: at least 10 are wanted'] })
})

t.test('refused: angles outside the limits, by their size; no edge; nothing to fit', async (t) => {
  for (const degrees of [0.26, -0.26, 12, -30]) {
    const message = `vertical edge: expected an angle of 1.5 to 10 degrees to the columns, received ${degrees.toFixed(2)} degrees`
    t.throws(() => measureMtf(edge(degrees, 0.5, [300, 300]), null), { code: 'ERR_STACK', message })
  }
  t.throws(() => measureMtf(transpose(edge(12)), null), { message: /^horizontal edge: .* to the rows, received 12\.00 degrees$/ })
  const wide = measureMtf(edge(12), null, { angleLimits: [0.5, 15], frequencies: [0.25] })
  t.match(wide.warnings, ['the angle of 12.00 degrees is outside 1.5 to 10'])
  near(t, wide.curve[0].mtf, truth(0.25, 12, 0.5), 5e-4, 'measured all the same')
  t.throws(() => measureMtf(edge(0.26, 0.5, [200, 200]), null, { angleLimits: [0.1, 10] }), {
    code: 'ERR_STACK',
    message: 'edge: expected at least 221 lines, one phase cycle, at 0.26 degrees, received 200 lines'
  })

  const message = 'frame: expected a straight edge between two levels, received no step that stands out'
  const flat: Frame = { data: new Float32Array(300 * 200).fill(1000), shape: [300, 200] }
  t.throws(() => findEdge(flat, null), { code: 'ERR_STACK', message, frames: [0] }, 'constant')
  for (let seed = 0; seed < 12; seed++) t.throws(() => measureMtf(withNoise(flat, 20, seed), null), { message }, `noise ${seed}`)
  const ramp = { data: flat.data.map((value, i) => value + 5 * (i % 200)), shape: flat.shape }
  t.throws(() => findEdge(withNoise(ramp, 5, 1), null), { message }, 'a ramp is no edge')
  t.throws(() => findEdge({ data: new Float32Array(12), shape: [3, 4] }, null, { orientation: 'vertical' }), {
    message: 'frame: expected a straight vertical edge between two levels, received no step that stands out'
  })
  t.throws(() => findEdge({ data: new Float32Array(12), shape: [4, 3] }, null), { message }, 'smaller than a step')
  t.throws(() => findEdge({ data: new Float32Array(20000).fill(NaN), shape: [100, 200] }, null), { message }, 'no value at all')

  const frame = edge(3)
  const all = { data: new Uint32Array(frame.data.length).fill(1), shape: frame.shape }
  t.throws(() => measureMtf(frame, all), { message }, 'every pixel bad')
  // Every pixel within 3 of the edge is bad: it is seen, and cannot be fitted.
  all.data.forEach((_, i) => {
    all.data[i] = Math.abs((i % 300) - 149.8 - tan(3) * (Math.floor(i / 300) - 300.3)) < 3 ? 1 : 0
  })
  t.throws(() => measureMtf(frame, all), { code: 'ERR_STACK', received: 'fewer than 8 lines with good pixels about a vertical edge' })
})

t.test('window of Hann, and options out of range', async (t) => {
  const frame = edge(3)
  const hann = measureMtf(frame, null, { window: 'hann' })
  t.equal(hann.window, 'hann')
  // cos^2(pi x / 128) on a spread of variance 1/3 px^2 (aperture 1/12, blur 1/4) smooths the curve by MTF'' / 2 x (2 pi / 128)^2 / (2 pi)^2 at
  // most: 10 / 2 / 128^2 = 3e-4.
  assertClose(
    t,
    hann.curve.map(({ mtf }) => mtf),
    valuesOf(frame),
    'nearly as without',
    { absolute: 4e-4 }
  )
  const refused: [MeasureMtfOptions, string][] = [
    [{ window: 'hamming' as any }, 'option "window"'],
    [{ orientation: 'diagonal' as any }, 'option "orientation"'],
    [{ halfWidth: 7 }, 'option "halfWidth"'],
    [{ halfWidth: 20.5 }, 'option "halfWidth"'],
    [{ pixelPitch: [0.1, 0] }, 'option "pixelPitch"'],
    [{ angleLimits: [0, 10] }, 'option "angleLimits"'],
    [{ angleLimits: [5, 5] }, 'option "angleLimits"'],
    [{ angleLimits: [5, 50] }, 'option "angleLimits"'],
    [{ frequencies: [] }, 'option "frequencies"'],
    [{ frequencies: [0.2, 0.1] }, 'option "frequencies"'],
    [{ frequencies: [0, 1.1] }, 'option "frequencies"'],
    [{ frequencies: [NaN] }, 'option "frequencies"'],
    [{ region: { row: 0, col: 0, rows: 900, cols: 10 } }, 'option "region"']
  ]
  for (const [options, subject] of refused) t.throws(() => measureMtf(frame, null, options), { code: 'ERR_OPTION', subject }, subject)
  t.throws(() => findEdge(frame, null, { orientation: 'up' as any }), { code: 'ERR_OPTION', subject: 'option "orientation"' })
  t.throws(() => measureMtf(frame, { data: new Uint32Array(4), shape: [2, 2] }), { code: 'ERR_SHAPE' })
})

t.test('a real edge along the columns is found, and refused with its angle', needsSharedData, async (t) => {
  const figures = expectedFigures()['psi-edge']
  for await (const frame of readFrames([sharedData('psi-edge', 'raw_edge.tif')])) {
    const found = findEdge(frame, null)
    t.match(found, { orientation: 'vertical', polarity: 'falling', fittedLines: 94 })
    // Half-level crossings there, centroids here; grain of the scene moves either by some hundredths of a degree over 94 rows.
    near(t, found.angleDegrees, figures.edge_angle_deg, 0.1, 'angle')
    near(t, found.start.col, figures.edge_column_at_row0, 0.5, 'column')
    t.throws(() => measureMtf(frame, null), {
      code: 'ERR_STACK',
      message: `vertical edge: expected an angle of 1.5 to 10 degrees to the columns, received ${found.angleDegrees.toFixed(2)} degrees`
    })
  }
})
