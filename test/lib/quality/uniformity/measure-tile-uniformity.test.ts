import t from 'tap'
import type { Test } from 'tap'
import { measureStructure } from '../../../../lib/quality/uniformity/measure-structure.js'
import { measureTileUniformity } from '../../../../lib/quality/uniformity/measure-tile-uniformity.js'
import { gaussianSource } from '../../../fixtures/gaussian-source.js'
import type { Shape } from '../../../../lib/frame/shape.js'

const draw = (shape: Shape, value: (row: number, col: number) => number) => ({
  data: Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => value(Math.floor(i / shape[1]), i % shape[1])),
  shape
})
const near = (t: Test, received: number | null, expected: number, tolerance: number, message: string): void => {
  t.ok(received !== null && Math.abs(received - expected) <= tolerance, `${message}: ${received}, expected ${expected} +- ${tolerance}`)
}

t.test('a ramp of relative height e over n tiles: global e (n - 1) / n, local e / n', async (t) => {
  // 10 px a tile and border at 1 mm; e = 20 % over 8 tiles: the steps between tile means are e / n of the mean exactly.
  const n = 8
  const e = 0.2
  for (const across of [true, false]) {
    const frame = draw([100, 100], (row, col) => 1000 * (1 + e * (((across ? col : row) - 9.5) / 80 - 0.5)))
    const result = measureTileUniformity(frame, null, { pixelPitch: [1, 1] })
    near(t, result.globalSignalNonUniformityPercent, (100 * e * (n - 1)) / n, 1e-4, 'global')
    near(t, result.localSignalNonUniformityPercent, (100 * e) / n, 1e-4, 'local')
    // Every tile holds the same piece of ramp: the same sd, up to float32 rounding (3e-5 of an sd of 7.2).
    near(t, result.globalNoiseNonUniformityPercent, 0, 1e-3, 'noise')
    // SNR then varies as the signal does.
    near(t, result.globalSnrNonUniformityPercent, (100 * e * (n - 1)) / n, 1e-2, 'snr')
    t.match(result, { tiles: [8, 8], tilePixels: [10, 10], tilesLeftOut: 0, usedPixels: 6400, unknown: {} })
  }
})

t.test('checkerboard of noise: the six figures by hand', async (t) => {
  // Tiles of 2 x 2 at 5 mm and no border. Tile values m +- d: mean m, sd (ddof 1) d sqrt(4 / 3).
  const means = [
    [100, 110],
    [90, 100]
  ]
  const spreads = [
    [1, 2],
    [3, 2]
  ]
  const frame = draw([4, 4], (row, col) => means[row >> 1][col >> 1] + ((row + col) % 2 === 0 ? 1 : -1) * spreads[row >> 1][col >> 1])
  const result = measureTileUniformity(frame, null, { pixelPitch: [5, 5], border: 0 })
  near(t, result.globalSignalNonUniformityPercent, 20, 1e-9, 'signal: (110 - 90) / 100')
  near(t, result.localSignalNonUniformityPercent, 10, 1e-9, 'largest step 10')
  near(t, result.globalNoiseNonUniformityPercent, 100, 1e-9, 'noise: (3 - 1) / 2')
  near(t, result.localNoiseNonUniformityPercent, 100, 1e-9, 'from 1 to 3, one above the other')
  // SNR without the common factor: 100, 55, 30, 50: mean 58.75.
  near(t, result.globalSnrNonUniformityPercent, (100 * 70) / 58.75, 1e-9, 'snr')
  near(t, result.localSnrNonUniformityPercent, (100 * 70) / 58.75, 1e-9, 'snr, one above the other')
})

t.test('a tile has floor(10 mm / pitch) pixels; the border is whole; last partial tiles are dropped', async (t) => {
  for (const [pitch, side] of [
    [0.148, 67],
    [0.139, 71],
    [0.1, 100],
    [0.4, 25]
  ] as const) {
    const onePixel = measureTileUniformity(
      draw([1, 1], () => 1),
      null,
      { pixelPitch: [pitch, pitch], border: 0 }
    )
    t.strictSame(onePixel.tilePixels, [0, 0], 'none fits in one pixel')
    const result = measureTileUniformity(
      draw([4 * side + 4, 5 * side + 3], () => 1),
      null,
      { pixelPitch: [pitch, pitch] }
    )
    t.strictSame(result.tilePixels, [side, side], `pitch ${pitch}`)
    t.strictSame(result.tiles, [2, 3])
  }
  // What stands in the border or in a partial tile does not count.
  const spoilt = draw([55, 58], (row, col) => (row < 10 || row >= 40 || col < 10 || col >= 40 ? 9999 : 100 + (col % 2)))
  t.equal(measureTileUniformity(spoilt, null, { pixelPitch: [1, 1] }).globalSignalNonUniformityPercent, 0)
  // Other pitch in the other direction: tiles of 10 x 5 px.
  t.strictSame(measureTileUniformity(spoilt, null, { pixelPitch: [1, 2] }).tilePixels, [10, 5])
})

t.test('a constant frame: signal 0 and 0, noise and SNR are null, not infinite', async (t) => {
  const result = measureTileUniformity(
    draw([50, 50], () => 500),
    null,
    { pixelPitch: [1, 1] }
  )
  t.match(result, {
    localSignalNonUniformityPercent: 0,
    globalSignalNonUniformityPercent: 0,
    localNoiseNonUniformityPercent: null,
    localSnrNonUniformityPercent: null,
    globalSnrNonUniformityPercent: null,
    unknown: { globalNoiseNonUniformityPercent: 'the noise of every tile is 0', globalSnrNonUniformityPercent: /without noise/ }
  })
})

t.test('what cannot be known is null with its reason', async (t) => {
  const frame = draw([50, 50], (row, col) => row + col + 1)
  const reason = (options: object, map: Uint32Array | null = null) =>
    measureTileUniformity(frame, map && { data: map, shape: [50, 50] }, options).unknown.globalSignalNonUniformityPercent
  t.equal(reason({}), 'the pixel pitch is unknown')
  t.equal(reason({ pixelPitch: [0.1, 0.1] }), 'no tile of 10 mm fits inside the border')
  t.equal(reason({ pixelPitch: [20, 20] }), 'no tile of 10 mm fits inside the border')
  t.equal(reason({ pixelPitch: [1, 1], region: { row: 0, col: 0, rows: 30, cols: 35 } }), 'one tile has nothing to be compared with')
  t.equal(reason({ pixelPitch: [1, 1] }, new Uint32Array(2500).fill(2)), 'no tile has enough good pixels')
  const negative = measureTileUniformity(
    draw([50, 50], (r, c) => -100 - (c % 2)),
    null,
    { pixelPitch: [1, 1] }
  )
  t.match(negative.unknown, {
    localSignalNonUniformityPercent: /signal is not above 0/,
    globalSnrNonUniformityPercent: /ratio is not above 0/
  })
  t.equal(negative.globalNoiseNonUniformityPercent, 0)
  // Two good tiles at opposite corners: a range, but no neighbours.
  const flags = new Uint32Array(2500)
  for (let i = 0; i < 2500; i++) if (Math.floor(i / 50) < 20 !== i % 50 < 20) flags[i] = 2
  const corners = measureTileUniformity(
    frame,
    { data: flags, shape: [50, 50] },
    {
      pixelPitch: [1, 1],
      region: { row: 0, col: 0, rows: 40, cols: 40 }
    }
  )
  t.equal(corners.localSignalNonUniformityPercent, null)
  t.match(corners.unknown, { localSignalNonUniformityPercent: 'no two tiles stand side by side' })
  t.ok(corners.globalSignalNonUniformityPercent! > 0)
  t.equal(corners.tilesLeftOut, 2)
  for (const options of [
    { pixelPitch: [0, 1] },
    { pixelPitch: [1, NaN] },
    { tileSize: 0 },
    { border: -1 },
    { minimumShare: 2 },
    { border: Infinity }
  ] as object[]) {
    t.throws(() => measureTileUniformity(frame, null, options), {
      code: 'ERR_OPTION',
      message: /^option "(pixelPitch|tileSize|border|minimumShare)": expected/
    })
  }
})

t.test('white noise has row and column ratios of 1 within their standard errors', async (t) => {
  const normal = gaussianSource(11)
  const [rows, cols] = [600, 800]
  const flags = new Uint32Array(rows * cols)
  for (let i = 0; i < flags.length; i += 97) flags[i] = 2
  const result = measureStructure(
    draw([rows, cols], () => 1000 + 8 * normal()),
    { data: flags, shape: [rows, cols] }
  )
  // se = 1 / sqrt(2 lines), of the steps sqrt(3 / (4 lines)); four of them.
  near(t, result.rowRatio, 1, 4 / Math.sqrt(2 * rows), 'rows')
  near(t, result.columnRatio, 1, 4 / Math.sqrt(2 * cols), 'columns')
  near(t, result.rowStepRatio, 1, 4 * Math.sqrt(0.75 / rows), 'row steps')
  near(t, result.columnStepRatio, 1, 4 * Math.sqrt(0.75 / cols), 'column steps')
  near(t, result.pixelNoiseDn, 8, (4 * 8) / Math.sqrt(2 * rows * cols), 'pixel noise')
})

t.test('planted column noise is found as such and leaves the rows alone; shading leaves the steps alone', async (t) => {
  const normal = gaussianSource(12)
  const [rows, cols] = [400, 400]
  // Column sd 1.2 against pixel noise 8 / sqrt(400) = 0.4: ratio sqrt(1 + 9) = 3.162, relative se 1 / sqrt(2 * 400).
  const level = Float64Array.from({ length: cols }, () => 1.2 * normal())
  const frame = draw([rows, cols], (_, col) => 1000 + level[col] + 8 * normal())
  const result = measureStructure(frame, null)
  near(t, result.columnRatio, Math.sqrt(10), 4 * Math.sqrt(10 / 800), 'columns')
  near(t, result.rowRatio, 1, 4 / Math.sqrt(800), 'rows')
  const shaded = measureStructure({ data: frame.data.map((value, i) => value + 0.05 * Math.floor(i / cols)), shape: [rows, cols] }, null)
  t.ok(shaded.rowRatio! > 10, `a ramp of 20 DN counts in the rows: ${shaded.rowRatio}`)
  // Step 0.05 against the expected 0.4 sqrt 2: 0.4 % in quadrature, within the standard error.
  near(t, shaded.rowStepRatio, 1, 4 * Math.sqrt(0.75 / rows) + 0.004, 'row steps')
})

t.test('exact on a table of row + column + residual', async (t) => {
  // 2 x 2: rows -+1, columns -+2, residual +-0.5: means of rows 9, 11; MS rows = 2 * (1 + 1) = 4, MS columns = 16, residual 4 * 0.25 = 1.
  const table = Float32Array.of(10 - 1 - 2 + 0.5, 10 - 1 + 2 - 0.5, 10 + 1 - 2 - 0.5, 10 + 1 + 2 + 0.5)
  const result = measureStructure({ data: table, shape: [2, 2] }, null)
  near(t, result.pixelNoiseDn, 1, 1e-12, 'noise')
  near(t, result.rowRatio, 2, 1e-12, 'rows')
  near(t, result.columnRatio, 4, 1e-12, 'columns')
  // Step 2 against variance 1 * (1/2 + 1/2).
  near(t, result.rowStepRatio, 2, 1e-12, 'row step')
})

t.test('structure that cannot be known', async (t) => {
  t.match(
    measureStructure(
      draw([1, 50], (_, c) => c),
      null
    ),
    { rowRatio: null, unknown: { rowRatio: /fewer than two rows/ } }
  )
  t.match(
    measureStructure(
      draw([5, 5], (r) => r),
      null
    ),
    { columnRatio: null, unknown: { columnRatio: /do not differ/ } }
  )
  // Every other row is bad: row means exist, no two are adjacent.
  const flags = Uint32Array.from({ length: 25 }, (_, i) => (Math.floor(i / 5) % 2 === 1 ? 2 : 0))
  const sparse = measureStructure(
    draw([5, 5], (r, c) => (r * 7 + c * c * 3) % 11),
    { data: flags, shape: [5, 5] }
  )
  t.equal(sparse.rowStepRatio, null)
  t.match(sparse.unknown, { rowStepRatio: 'no two adjacent rows have good pixels' })
  t.ok(sparse.columnStepRatio !== null && sparse.rowRatio !== null)
  const everyOther = Uint32Array.from({ length: 25 }, (_, i) => ((i % 5) % 2) * 2)
  const columns = measureStructure(
    draw([5, 5], (r, c) => (r * 7 + c * c * 3) % 11),
    { data: everyOther, shape: [5, 5] }
  )
  t.match(columns.unknown, { columnStepRatio: 'no two adjacent columns have good pixels' })
})
