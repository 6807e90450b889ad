import t from 'tap'
import type { Test } from 'tap'
import { DEFECT_FLAGS } from '../../../../lib/maps/defect-flags.js'
import { findArtefacts } from '../../../../lib/quality/uniformity/find-artefacts.js'
import { gaussianSource } from '../../../fixtures/gaussian-source.js'
import type { Shape } from '../../../../lib/frame/shape.js'

const side = 384
const shape: Shape = [side, side]
const near = (t: Test, received: number | null, expected: number, tolerance: number, message: string): void => {
  t.ok(received !== null && Math.abs(received - expected) <= tolerance, `${message}: ${received}, expected ${expected} +- ${tolerance}`)
}
/** White noise of 1 % of the level, and what is planted, in the same unit. */
function draw(seed: number, planted: (row: number, col: number) => number = () => 0, level: (row: number) => number = () => 1000) {
  const normal = gaussianSource(seed)
  const value = (row: number, col: number): number => level(row) * (1 + 0.01 * (normal() + planted(row, col)))
  return { data: Float32Array.from({ length: side * side }, (_, i) => value(Math.floor(i / side), i % side)), shape }
}
/** 1 inside a square of `size` px about its centre. */
const square =
  (row: number, col: number, size: number) =>
  (r: number, c: number): number =>
    Math.max(Math.abs(r - row), Math.abs(c - col)) <= (size - 1) / 2 ? 1 : 0

t.test('white noise: limits for the budget, noise as 1 / scale, hardly ever an artefact', async (t) => {
  let found = 0
  for (let seed = 1; seed <= 6; seed++) {
    const { artefactCount, scales } = findArtefacts(draw(seed), null)
    found += artefactCount!
    if (seed > 1) continue
    t.strictSame(
      scales.map(({ scale }) => scale),
      [1, 3, 9, 27]
    )
    // 147 456 pixels, a quarter of 0.05: p = 8.5e-8 two-sided, z = 5.36 (5.3267 at 1e-7).
    near(t, scales[0].limitSigmas, 5.36, 0.01, 'limit')
    t.ok(scales.every((scale, at) => at === 0 || scale.limitSigmas! < scales[at - 1].limitSigmas! + 1e-4))
    // 128^2 cells of 3 px, in 9-px boxes that overlap ninefold: 1820 of their own, se 1.17 / sqrt(2 * 1820) = 2 %; at 27 px 6 %.
    // The median around takes up to 2 % of the variance along.
    for (const [at, tolerance] of [
      [0, 0.01],
      [1, 0.03],
      [2, 0.08],
      [3, 0.24]
    ])
      near(t, scales[at].noiseRatio, 1, tolerance, `scale ${scales[at].scale}`)
    near(t, scales[1].noisePercent, 1 / 3, 0.01, 'noise of boxes of 3')
  }
  // 6 x 0.05 expected: more than 3 have a probability of 3e-4.
  t.ok(found <= 3, `${found} false artefacts in six frames`)
})

t.test('specks and blotches are found at their scale, where they are, with their z', async (t) => {
  const objects = [
    { at: [60, 70], size: 1, height: 12, scale: 1 },
    { at: [150, 300], size: 3, height: -3.4, scale: 3 },
    { at: [250, 100], size: 9, height: 1.3, scale: 9 },
    { at: [300, 290], size: 27, height: -0.5, scale: 27 }
  ]
  const shapes = objects.map(({ at, size, height }) => ({ inside: square(at[0], at[1], size), height }))
  const frame = draw(11, (row, col) => shapes.reduce((sum, { inside, height }) => sum + height * inside(row, col), 0))
  const { artefactCount, artefacts, unknown } = findArtefacts(frame, null)
  t.equal(artefactCount, 4)
  t.strictSame(unknown, {})
  for (const { at, size, height, scale } of objects) {
    const found = artefacts.find(({ region: r }) => at[0] >= r.row && at[0] < r.row + r.rows && at[1] >= r.col && at[1] < r.col + r.cols)!
    t.equal(found?.scale, scale, `${size} px`)
    // The best box of several that fit nearly: the sd of one box, and a little more for the choice; boxes of 9 and 27 lie on a grid of 3 and 9.
    near(t, found.z, height * size, 4, `z of ${size} px`)
    t.ok(
      Math.abs(found.row - at[0]) <= Math.max(1, size / 3) && Math.abs(found.col - at[1]) <= Math.max(1, size / 3),
      `place of ${size} px`
    )
    near(t, found.deviationPercent, height, 4 / size, `deviation of ${size} px`)
    t.ok(found.pixels >= 1 && found.region.rows <= 3 * size && found.region.cols <= 3 * size, 'its extent')
  }
  t.ok(
    artefacts.every((artefact, at) => at === 0 || Math.abs(artefact.z) <= Math.abs(artefacts[at - 1].z)),
    'the worst first'
  )
  t.equal(findArtefacts(frame, null, { maximumArtefacts: 2 }).artefacts.length, 2)
  t.strictSame(
    findArtefacts(frame, null, { scales: [27] }).artefacts.filter(({ scale }) => scale !== 27),
    []
  )
})

t.test('a bad pixel never matters; a strong speck leaves nothing at coarser scales; both signs stay apart', async (t) => {
  const frame = draw(
    12,
    (row, col) => 200 * square(100, 100, 1)(row, col) + 30 * square(200, 200, 5)(row, col) - 30 * square(200, 205, 5)(row, col)
  )
  const result = findArtefacts(frame, null)
  t.equal(result.artefactCount, 3)
  t.strictSame(
    result.artefacts.map(({ region, pixels }) => [region.row, region.col, region.rows, region.cols, pixels]).sort((a, b) => a[1] - b[1]),
    [
      [100, 100, 1, 1, 1],
      [198, 198, 5, 5, 25],
      [198, 203, 5, 5, 25]
    ]
  )
  const defects = { data: new Uint32Array(side * side), shape }
  defects.data[100 * side + 100] = DEFECT_FLAGS.hot
  frame.data[10] = NaN
  const masked = findArtefacts(frame, defects)
  t.same([masked.artefactCount, masked.defectivePixels, masked.nonFinitePixels], [2, 1, 1])
  frame.data[100 * side + 100] = -1e30
  t.strictSame(findArtefacts(frame, defects), masked, 'whatever the bad pixel reads')
  const region = { row: 190, col: 190, rows: 100, cols: 100 }
  t.equal(findArtefacts(frame, defects, { region }).artefactCount, 2)
  t.equal(findArtefacts(frame, defects, { region: { row: 0, col: 0, rows: 100, cols: 100 } }).artefactCount, 0)
})

t.test('slow shading and noise that grows with the exposure raise no alarm; correlated noise raises the limit', async (t) => {
  // A fall-off of 20 % from top to bottom and 10 % from side to side; noise growing from 1 to 2 % of the level on the way down.
  const normal = gaussianSource(21)
  const data = new Float32Array(side * side)
  for (let i = 0; i < data.length; i++) {
    const row = Math.floor(i / side) / side
    const level = 1000 * (1 - 0.2 * row * row - (0.1 * (i % side)) / side)
    data[i] = level * (1 + 0.01 * (1 + row) * normal())
  }
  t.equal(findArtefacts({ data, shape }, null).artefactCount, 0)
  // A level that falls through 0 has no relative deviation there; the rest is judged.
  const through = Float32Array.from(data, (value, i) => value + 8000 * (0.3 - Math.floor(i / side) / side))
  t.ok(findArtefacts({ data: through, shape }, null).scales[0].testedBoxes < 0.6 * data.length)
  // Means of 5 neighbours in a row: variance of a box of 9 px is some 4 times that of white noise of the same pixels.
  const white = draw(22)
  const smooth = Float32Array.from(white.data, (_, i) => {
    let sum = 0
    for (let k = -2; k <= 2; k++) sum += white.data[Math.min(side * side - 1, Math.max(0, i + k))]
    return sum / 5
  })
  const { artefactCount, scales } = findArtefacts({ data: smooth, shape }, null)
  t.equal(artefactCount, 0)
  // Sum over lags of the autocorrelation (1 + 2 (0.8 + 0.6 + 0.4 + 0.2) = 5), less the ends of a box of 9: 5 - 2 * (0.8 + 1.2 + 1.2 + 0.8) / 9.
  near(t, scales[2].noiseRatio, Math.sqrt(5 - 8 / 9), 0.2, 'ratio at 9 px')
})

t.test('another limit, a small frame, no noise, and options out of range', async (t) => {
  const frame = draw(31)
  // |z| > 4: p = 6.334e-5 of 147 456 pixels: 9.3 expected at scale 1; none of them is a defect.
  const few = findArtefacts(frame, null, { sigmas: 4, scales: [1] })
  t.ok(few.artefactCount! >= 1 && few.artefactCount! <= 22, `${few.artefactCount} beyond 4 sigma`)
  t.equal(few.scales[0].limitSigmas, 4)
  const small = { data: frame.data.slice(0, 400), shape: [20, 20] as Shape }
  const tiny = findArtefacts(small, null)
  t.match(tiny.scales[3], { scale: 27, limitSigmas: null, noisePercent: null, noiseRatio: null })
  t.ok(tiny.scales[3].testedBoxes < 50)
  for (const data of [new Uint16Array(400).fill(7), new Float32Array(400), new Float32Array(400).fill(NaN)]) {
    t.match(findArtefacts({ data, shape: [20, 20] }, null), {
      // no surface through NaN, none above 0 through 0
      artefactCount: null,
      artefacts: [],
      unknown: { artefactCount: 'the good pixels do not differ, or their level is not above 0' }
    })
  }
  const strip = { data: Uint16Array.from({ length: 400 }, (_, i) => (i === 150 ? 999 : 100 + (i % 7))), shape: [2, 200] as Shape }
  t.match(findArtefacts(strip, null).artefacts[0], { row: 0, col: 150, scale: 1 }, 'two rows settle no surface')
  const counts = Uint16Array.from(frame.data, (value) => Math.round(10 * value))
  t.equal(findArtefacts({ data: counts, shape }, null).artefactCount, 0, 'raw types too')
  const refusals: [any, RegExp][] = [
    [{ scales: [] }, /^option "scales": expected 1 or odd multiples of 3 below 1000, rising, received \[\]/],
    [{ scales: [1, 6] }, /^option "scales"/],
    [{ scales: [9, 3] }, /^option "scales"/],
    [{ falsePositives: 0 }, /^option "falsePositives"/],
    [{ sigmas: -1 }, /^option "sigmas"/],
    [{ maximumArtefacts: NaN }, /^option "maximumArtefacts"/]
  ]
  for (const [options, message] of refusals) t.throws(() => findArtefacts(small, null, options), { code: 'ERR_OPTION', message })
})
