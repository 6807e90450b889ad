import t from 'tap'
import { calibrate } from '../calibration/calibrate.js'
import { createCorrector } from '../lib/correction/create-corrector.js'
import type { RawFrame } from '../lib/frame/raw-frame.js'
import { readFrames } from '../lib/io/read-frames.js'
import type { CalibrationSet } from '../lib/maps/calibration-set.js'
import { BAD_PIXEL_BITS } from '../lib/maps/defect-flags.js'
import { assertClose } from './fixtures/assert-close.js'
import { expectedFigures, needsSharedData, sharedData } from './fixtures/shared-data.js'

async function load(...parts: string[]): Promise<RawFrame[]> {
  const frames: RawFrame[] = []
  for await (const frame of readFrames([sharedData(...parts)])) frames.push({ ...frame, data: frame.data.slice() })
  return frames
}

function source(...files: string[][]): ReturnType<typeof readFrames> {
  return readFrames(files.map((parts) => sharedData(...parts)))
}

function isGood(calibration: CalibrationSet, pixel: number): boolean {
  return (calibration.defects.data[pixel] & BAD_PIXEL_BITS) === 0
}

/** Mean and coefficient of variation (population sd over mean) of the values of `pixels`. */
function spread(data: ArrayLike<number>, pixels: readonly number[]): { mean: number; cv: number } {
  let sum = 0
  for (const pixel of pixels) sum += data[pixel]
  const mean = sum / pixels.length
  let squares = 0
  for (const pixel of pixels) squares += (data[pixel] - mean) ** 2
  return { mean, cv: Math.sqrt(squares / pixels.length) / mean }
}

function pixelsOf([[row0, row1], [col0, col1]]: [[number, number], [number, number]], cols: number): number[] {
  const pixels: number[] = []
  for (let row = row0; row < row1; row++) for (let col = col0; col < col1; col++) pixels.push(row * cols + col)
  return pixels
}

/** float64 (raw - dark) / (flat - dark) * reference at the good pixels, and what the corrector gave there. */
function againstReference(calibration: CalibrationSet, raw: RawFrame, dark: ArrayLike<number>, flat: ArrayLike<number>) {
  const corrected = createCorrector(calibration).correct(raw).data
  const expected: number[] = []
  const received: number[] = []
  for (let i = 0; i < corrected.length; i++) {
    if (!isGood(calibration, i)) continue
    expected.push(((raw.data[i] - dark[i]) / (flat[i] - dark[i])) * calibration.gain.reference)
    received.push(corrected[i])
  }
  return { expected, received }
}

t.test('a CMOS panel: one dark, one flat', needsSharedData, async (t) => {
  const [dark] = await load('walnut-dexela1512', 'di000000.tif')
  const [flat0] = await load('walnut-dexela1512', 'io000000.tif')
  const [flat1] = await load('walnut-dexela1512', 'io000001.tif')
  const calibration = await calibrate({
    darks: source(['walnut-dexela1512', 'di000000.tif']),
    flats: [source(['walnut-dexela1512', 'io000000.tif'])]
  })
  const corrected = createCorrector(calibration).correct(flat1).data
  const good = [...corrected.keys()].filter((i) => isGood(calibration, i))
  const { cv } = spread(corrected, good)
  // numpy over all pixels: 0.2138 %
  t.ok(cv <= 0.0022, `coefficient of variation of the second flat over good pixels at most 0.22 %: ${(100 * cv).toFixed(4)} %`)
  const { expected, received } = againstReference(calibration, flat1, dark.data, flat0.data)
  // float32 maps and result: 3 roundings of 2^-24 relative each, the offset cancels little at 11000 DN over 343 DN
  assertClose(t, received, expected, 'good pixels equal the float64 formula', { relative: 1e-5 })

  const figures = expectedFigures()['walnut-dexela1512'].projections
  for (const [name, percent] of [
    ['scan_000006.tif', 0.5574],
    ['scan_000446.tif', 0.4737]
  ] as const) {
    const [scan] = await load('walnut-dexela1512', name)
    const air = pixelsOf(figures[name].air_roi_rows_cols, 972)
    const measured = 100 * spread(createCorrector(calibration).correct(scan).data, air).cv
    t.ok(Math.abs(measured / percent - 1) < 0.005, `${name}: CV in air from one flat ${measured.toFixed(4)} %, published ${percent} %`)
  }
})

t.test('a CMOS panel: both flats', needsSharedData, async (t) => {
  const calibration = await calibrate({
    darks: source(['walnut-dexela1512', 'di000000.tif']),
    flats: [source(['walnut-dexela1512', 'io000000.tif'], ['walnut-dexela1512', 'io000001.tif'])]
  })
  const figures = expectedFigures()['walnut-dexela1512'].projections
  for (const name of ['scan_000006.tif', 'scan_000446.tif']) {
    const [scan] = await load('walnut-dexela1512', name)
    const air = pixelsOf(figures[name].air_roi_rows_cols, 972)
    const measured = spread(createCorrector(calibration).correct(scan).data, air).cv
    const published = figures[name].air_after.cv
    t.ok(
      Math.abs(measured / published - 1) < 0.005,
      `${name}: CV in air ${(100 * measured).toFixed(4)} %, published ${(100 * published).toFixed(4)} %`
    )
  }
})

t.test('a scintillator camera: float32 averages, a pixel without signal', needsSharedData, async (t) => {
  const [dark] = await load('i13-pco', 'dark_00001.tiff')
  const [flat] = await load('i13-pco', 'flat_00001.tiff')
  const calibration = await calibrate({ darks: source(['i13-pco', 'dark_00001.tiff']), flats: [source(['i13-pco', 'flat_00001.tiff'])] })
  t.notOk(isGood(calibration, 0), 'the pixel without signal is bad')
  const figures = expectedFigures()['i13-pco'].projections
  for (const name of ['raw_00000.tiff', 'raw_00030.tiff', 'raw_00060.tiff', 'raw_00090.tiff']) {
    const [raw] = await load('i13-pco', name)
    const corrected = createCorrector(calibration).correct(raw).data
    t.ok(corrected.every(Number.isFinite), `${name}: finite everywhere`)
    const { expected, received } = againstReference(calibration, raw, dark.data, flat.data)
    assertClose(t, received, expected, `${name}: good pixels equal the float64 formula`, { relative: 1e-5 })
    for (const [at, transmission] of Object.entries<number>(figures[name].transmission_at_row_col)) {
      const [row, col] = at.split(',').map(Number)
      const pixel = row * 160 + col
      if (!isGood(calibration, pixel)) continue
      // published with 7 digits
      t.ok(Math.abs(corrected[pixel] / calibration.gain.reference / transmission - 1) < 1e-5, `${name} at ${at}: ${transmission}`)
    }
  }
})

t.test('a tooth at a synchrotron: two rows, combined by the mean, no normalisation of frames', needsSharedData, async (t) => {
  const calibration = await calibrate(
    { darks: source(['aps-tooth', 'converted', 'dark.tif']), flats: [source(['aps-tooth', 'converted', 'white.tif'])] },
    { combine: 'mean', normalizeFlats: false }
  )
  const mean = (frames: RawFrame[]): Float64Array => {
    const sum = new Float64Array(frames[0].data.length)
    for (const { data } of frames) for (let i = 0; i < sum.length; i++) sum[i] += data[i] / frames.length
    return sum
  }
  const dark = mean(await load('aps-tooth', 'converted', 'dark.tif'))
  const white = mean(await load('aps-tooth', 'converted', 'white.tif'))
  const projections = await load('aps-tooth', 'converted', 'projections.tif')
  t.equal(projections.length, 181)
  const expected: number[] = []
  const received: number[] = []
  for (const raw of projections) {
    const pair = againstReference(calibration, raw, dark, white)
    for (const value of pair.expected) expected.push(value)
    for (const value of pair.received) received.push(value)
  }
  assertClose(t, received, expected, 'all projections equal the float64 formula at good pixels', { relative: 1e-5 })
})
