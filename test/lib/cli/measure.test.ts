import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import type { z } from 'zod'
import { DEFECT_FLAGS } from '../../../lib/maps/defect-flags.js'
import { measureCommands } from '../../../lib/cli/commands/measure/measure-commands.js'
import { writeTiff } from '../../../lib/io/formats/tiff/write-tiff.js'
import { readFrames } from '../../../lib/io/read-frames.js'
import { saveCalibration } from '../../../lib/io/save-calibration.js'
import { documentsSchema } from '../../../lib/report/documents-schema.js'
import type { CalibrationSet } from '../../../lib/maps/calibration-set.js'
import type { Shape } from '../../../lib/frame/shape.js'
import { assertClose } from '../../fixtures/assert-close.js'
import { createEmvaModel } from '../../fixtures/emva-model.js'
import { gaussianSource } from '../../fixtures/gaussian-source.js'
import { knownNoiseCalibration } from '../../fixtures/known-noise-calibration.js'
import { renderEdge } from '../../fixtures/render-edge.js'
import { runCommand } from '../../fixtures/run-command.js'
import { expectedFigures, needsSharedData, sharedData } from '../../fixtures/shared-data.js'

const normal = gaussianSource(7)
const near = (t: Test, received: number | null, expected: number, tolerance: number, message: string): void => {
  t.ok(received !== null && Math.abs(received - expected) <= tolerance, `${message}: ${received}, expected ${expected} +- ${tolerance}`)
}

/** Write one float32 frame of a rule for pixel [row, col]. */
async function writeFloat(path: string, shape: Shape, value: (row: number, col: number) => number): Promise<string> {
  const data = Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => value(Math.floor(i / shape[1]), i % shape[1]))
  await writeTiff(path, [{ data, shape }])
  return path
}

/** Write `count` pages of whole numbers, a rule for pixel i of page n, rounded. */
async function writePages(path: string, count: number, shape: Shape, value: (i: number, page: number) => number): Promise<string> {
  const page = (n: number) => Uint16Array.from({ length: shape[0] * shape[1] }, (_, i) => Math.round(value(i, n)))
  await writeTiff(
    path,
    Array.from({ length: count }, (_, n) => ({ data: page(n), shape }))
  )
  return path
}

/** Run a measure twice, as text and as JSON; the document must be what its published schema says, field for field. */
async function measure(t: Test, ...argv: string[]): Promise<{ text: string; document: any }> {
  const plain = await runCommand(['measure', ...argv, '--quiet'])
  t.equal(plain.code, 0, `${argv[0]}: ${plain.stderr}`)
  const { code, stdout, stderr } = await runCommand(['measure', ...argv, '--json'])
  t.equal(code, 0, stderr)
  const document = JSON.parse(stdout)
  t.equal(document.schema, `flatpanel.measure.${argv[0]}/1`)
  const schema: z.ZodType = documentsSchema[document.schema as keyof typeof documentsSchema]
  t.strictSame(schema.parse(document), document, 'the schema names every field')
  const words = plain.stdout.replace(/\s+/g, ' ')
  t.match(words, `after: ${document.standard}`)
  for (const warning of document.warnings) t.match(words, `- ${warning}`)
  return { text: plain.stdout, document }
}

/** A figure that is null must have a reason in the `unknown` beside it. */
function assertReasons(t: Test, result: any, where = 'result'): void {
  const missing = Object.keys(result).filter((name) => result[name] === null && result.unknown && !result.unknown[name])
  t.strictSame(missing, [], `${where}: every null has its reason`)
}

t.test('uniformity: noise, a ramp, a planted patch and a border between chips', async (t) => {
  const folder = t.testdir()
  const pixels = Float32Array.from({ length: 128 * 128 }, () => 1000 + 10 * normal())
  const noise = await writeFloat(join(folder, 'noise.tif'), [128, 128], (row, col) => pixels[row * 128 + col])
  const { document, text } = await measure(t, 'uniformity', noise)
  const [{ uniformity, tiles, structure, blockSteps, artefacts }] = document.frames
  // Sd of 16 384 values: 1 / sqrt(2 n) = 0.55 %; the mean of 128: 1 / sqrt(256) = 6.3 %; four of them.
  near(t, uniformity.cvPercent, 1, 0.022, 'CV')
  near(t, structure.rowRatio, 1, 0.25, 'row ratio')
  t.strictSame([uniformity.usedPixels, uniformity.defectivePixels, blockSteps, artefacts.artefactCount], [128 ** 2, 0, null, 0])
  t.match(tiles.unknown.globalSignalNonUniformityPercent, /pitch/)
  assertReasons(t, tiles)
  t.match(document.input, { files: [noise], calibration: null, frames: 'taken as corrected', pixelPitchMm: null, region: null })
  t.match(text, new RegExp(`cvPercent +${uniformity.cvPercent.toPrecision(4)} % `))
  t.match(text, /globalSignalNonUniformityPercent +unknown [^%]*pitch/)
  t.notMatch(text, /worstBorderStep/, 'no borders were named')

  // A patch of 3 x 3 at +10 %: 10 sd in each pixel. The left half 3 % higher: a border at column 64.
  const planted = (row: number, col: number) => (Math.abs(row - 40) < 2 && Math.abs(col - 90) < 2 ? 100 : 0) + (col < 64 ? 30 : 0)
  const patch = await writeFloat(join(folder, 'patch.tif'), [128, 128], (row, col) => pixels[row * 128 + col] + planted(row, col))
  const found = await measure(t, 'uniformity', patch, '--chip-columns', '64')
  const [{ artefacts: spots, blockSteps: steps }] = found.document.frames
  t.ok(
    spots.artefacts.some((spot: any) => Math.abs(spot.row - 40) < 3 && Math.abs(spot.col - 90) < 3),
    'the patch is found'
  )
  // Standard error 10 sqrt(2 / 128) = 1.25 DN of 1015; four of them.
  near(t, steps.worst.stepPercent, -2.96, 0.5, 'step of the border')
  t.equal(steps.worst.position, 64)
  t.match(found.text, /worstBorderStepPercent +-\d/)
  t.match(found.text, /artefacts, the clearest first/)

  // TG-150: a ramp of relative height e over ten tiles gives global e 9/10 and local e/10. e = 0.2; CV e / sqrt(12) of the mean.
  const ramp = await writeFloat(join(folder, 'ramp.tif'), [100, 100], (_row, col) => 1000 * (0.9 + 0.2 * ((col + 0.5) / 100)))
  const tiled = await measure(t, 'uniformity', ramp, '--pitch', '1000', '--border', '0')
  const [{ tiles: six, uniformity: plain }] = tiled.document.frames
  assertClose(t, [six.globalSignalNonUniformityPercent, six.localSignalNonUniformityPercent], [18, 2], 'TG-150', { absolute: 1e-4 })
  // Of 100 steps instead of a continuous ramp: sqrt(1 - 1e-4); n - 1: sqrt(1 + 1e-4).
  assertClose(t, [plain.cvPercent], [20 / Math.sqrt(12)], 'CV of a ramp', { relative: 1e-4 })
  t.strictSame(tiled.document.input.pixelPitchMm, [1, 1])
  t.match(tiled.text, /pixel pitch +1 mm/)

  const both = await measure(t, 'uniformity', noise, ramp, '--region', '10,20,30,40', '--midline')
  t.strictSame(
    both.document.frames.map(({ uniformity }: any) => uniformity.usedPixels),
    [1200, 1200]
  )
  t.match(both.text, /over 2 frames/)
  t.match(both.text, /region +rows 10 to 39, columns 20 to 59/)
  t.match(both.text, /globalSnrNonUniformityPercent +unknown( .*\n)? +in 2/)
})

t.test('noise: a pair of known noise and pattern, and the parts over three levels', async (t) => {
  const folder = t.testdir()
  const shape: Shape = [128, 128]
  const pattern = Float32Array.from({ length: 128 ** 2 }, () => normal())
  const flat = async (name: string, signal: number, variance: number) =>
    writeFloat(join(folder, name), shape, (row, col) => signal * (1 + 0.02 * pattern[row * 128 + col]) + Math.sqrt(variance) * normal())
  const pair = [await flat('a.tif', 1000, 100), await flat('b.tif', 1000, 100)]
  const { document, text } = await measure(t, 'noise', ...pair, '--resolution', '177.2', '--kerma', '0.25')
  const [result] = document.pairs
  // Sd of 16 384 values: 0.55 %; four of them.
  near(t, result.noiseDn, 10, 0.22, 'noise of one frame')
  near(t, result.scaledNoiseDn, 10, 0.22, 'noise, scaled')
  near(t, result.snr, 100, 2.3, 'SNR')
  // 88.6 / 177.2 = 1/2; over sqrt(0.25).
  assertClose(t, [result.normalisedSnr, result.normalisedSnrAt1Mgy], [result.snr / 2, result.snr], 'normalised', { relative: 1e-12 })
  // One frame alone: sqrt(10^2 + 20^2).
  near(t, document.frames[0].noiseDn, Math.hypot(10, 20), 0.5, 'single frame')
  near(t, document.fixedPattern.fixedPatternDn, 20, 0.6, 'pattern')
  t.strictSame([document.levels, document.parts, document.frames.length], [null, null, 2])
  t.match(text, /fixedPatternDn +\d+\.\d+ DN +pattern that stands in every frame/)

  // variance = 25 + 0.5 S. Relative error of a variance 1.1 % per level; the slope rests on the upper two: 2 %; four of them.
  const levels: string[] = []
  for (const [n, signal] of [200, 2000, 8000].entries()) {
    levels.push('--flat')
    for (const frame of [1, 2, 3]) levels.push(await flat(`level-${n}-${frame}.tif`, signal, 25 + 0.5 * signal))
  }
  const split = await measure(t, 'noise', ...levels)
  const { parts } = split.document
  near(t, parts.quantumGainDn, 0.5, 0.02, 'variance per signal')
  near(t, parts.electronicNoiseDn, 5, 0.8, 'electronic noise')
  near(t, parts.fixedPatternPercent, 2, 0.1, 'pattern of the signal')
  // Three levels, two parts each: two degrees of freedom, with fewer than a chance of 1e-4 above 10.
  t.ok(parts.reducedChiSquare < 10, `chi-square ${parts.reducedChiSquare}`)
  t.strictSame(
    split.document.levels.map(({ pairs }: any) => pairs.length),
    [2, 2, 2]
  )
  t.match(split.text, /noise parts\n +electronicNoiseDn/)

  const one = await measure(t, 'noise', pair[0])
  t.strictSame([one.document.pairs, one.document.fixedPattern], [[], null])
  t.match(one.document.warnings, [/one frame/])
})

t.test('nps: white noise at its level, in 1/mm and without a pitch', async (t) => {
  const folder = t.testdir()
  const files: string[] = []
  for (const n of [1, 2, 3]) files.push(await writeFloat(join(folder, `${n}.tif`), [256, 256], () => 1000 + 10 * normal()))
  const { document, text } = await measure(t, 'nps', ...files, '--pitch', '148', '--roi', '64')
  const { horizontal, vertical, largeAreaSignalDn } = document
  // 10^2 x 0.148^2 = 2.1904 DN^2 mm^2. 48 independent ROIs, 30 points of some 7 lines: 1 / sqrt(48 x 200) = 1 %; four of them. Without the
  // lowest two points, from which the surface takes.
  for (const cut of [horizontal, vertical]) {
    const level = cut.slice(2).reduce((sum: number, { npsDn2Mm2 }: any) => sum + npsDn2Mm2, 0) / (cut.length - 2)
    near(t, level, 2.1904, 0.09, 'level')
    assertClose(
      t,
      cut.map(({ nnpsMm2 }: any) => nnpsMm2),
      cut.map(({ npsDn2Mm2 }: any) => npsDn2Mm2 / largeAreaSignalDn ** 2),
      'NNPS',
      { relative: 1e-9 }
    )
    // The frequencies of a cut beside the axis are radial: a little above k / (64 x 0.148 mm).
    t.ok(cut.at(-1).frequencyPerMm > 3 && cut.at(-1).frequencyPerMm < 3.45, `last frequency ${cut.at(-1).frequencyPerMm}`)
  }
  assertClose(t, [document.parsevalRatio], [1], 'Parseval', { absolute: 1e-9 })
  t.match(document, { frames: 3, rois: 3 * 49, independentRois: 48, spectrum: undefined })
  t.match(document.warnings, [/196608 independent pixels: the standard asks for 4 million/])
  t.match(text, /horizontal cut/)

  const bare = await measure(t, 'nps', ...files, '--roi', '64', '--step', '64', '--detrend', 'mean', '--spectrum')
  t.equal(bare.document.spectrum.data.length, 64 ** 2)
  t.match(bare.document, {
    rois: 48,
    horizontal: [{ frequencyPerMm: null, nnpsMm2: null }],
    unknown: { nnpsMm2: 'the pixel pitch is unknown' }
  })
  t.match(bare.text, /1\/px +\d+(\.\d+)? DN\^2 px\^2 +NNPS unknown/)

  const small = await measure(t, 'nps', files[0])
  t.equal(small.document.rois > 0, true)
  const none = await measure(t, 'nps', files[0], '--region', '0,0,100,100')
  t.strictSame([none.document.rois, none.document.horizontal], [0, []])
  assertReasons(t, none.document)
})

t.test('mtf: pixel aperture and Gaussian blur, both orientations; an edge at an angle is refused with it', async (t) => {
  const folder = t.testdir()
  const slope = Math.tan((3 * Math.PI) / 180)
  const { data } = renderEdge([300, 200], { slope, through: [150, 100], blur: 0.5, before: 200, after: 4000 })
  const edge = await writeFloat(join(folder, 'edge.tif'), [300, 200], (row, col) => data[row * 200 + col])
  const turned = await writeFloat(join(folder, 'turned.tif'), [200, 300], (row, col) => data[col * 200 + row])
  const { document, text } = await measure(t, 'mtf', edge, turned, '--pitch', '100')
  t.strictSame(
    document.frames.map(({ orientation }: any) => orientation),
    ['vertical', 'horizontal']
  )
  for (const frame of document.frames) {
    // sinc(u) exp(-2 pi^2 0.25 u^2) at u = 0.1, 0.2, 0.3, 0.4, 0.5. Seen at 3 degrees the aperture is sinc(u cos) sinc(u sin): within 3e-4;
    // 1.1e-4 of the bins; 5e-4 for both.
    const curve = [10, 20, 30, 40, 50].map((at) => frame.curve[at].mtf)
    assertClose(t, curve, [0.93627, 0.767914, 0.550557, 0.34363, 0.185392], 'curve', { absolute: 5e-4 })
    near(t, frame.mtf50PerMm, 3.23088, 0.01, 'MTF50')
    near(t, Math.abs(frame.angleDegrees), 3, 0.005, 'angle')
    assertReasons(t, frame)
  }
  t.match(text, /mtf50PerMm +3\.2\d+ 1\/mm/)
  t.match(text, /mtf10PerMm +unknown [^]*stays\s+above\s+0.1/)

  const chosen = await measure(t, 'mtf', edge, '--orientation', 'vertical', '--half-width', '20', '--window', 'hann', '--no-corrected')
  t.match(chosen.document.frames, [
    { halfWidthPixels: 20, window: 'hann', corrections: [], unknown: { mtf50PerMm: 'the pixel pitch is unknown' } }
  ])

  const refused = await runCommand(['measure', 'mtf', edge, '--minimum-angle', '4'])
  t.equal(refused.code, 3)
  t.match(refused.stderr, /ERR_STACK: vertical edge: expected an angle of 4 to 10 degrees to the columns, received -?3\.00 degrees/)
  t.equal((await runCommand(['measure', 'mtf', edge, '--orientation', 'horizontal'])).code, 3)
})

t.test(
  'the almost straight edge of a real detector is refused with its angle; real frames give their published figures',
  needsSharedData,
  async (t) => {
    const published = expectedFigures()
    const { code, stderr } = await runCommand(['measure', 'mtf', sharedData('psi-edge', 'raw_edge.tif')])
    t.equal(code, 3)
    const angle = Number(/expected an angle of 1\.5 to 10 degrees to the columns, received (-?\d+\.\d+) degrees/.exec(stderr)?.[1])
    // The published angle is that of a line fit to half levels; centroids of the lines stand within 0.1 degrees of it.
    near(t, Math.abs(angle), Math.abs(published['psi-edge'].edge_angle_deg), 0.1, 'angle')

    const dark = await measure(t, 'noise', sharedData('walnut-dexela1512', 'di000000.tif'))
    const { mean, cv } = published['walnut-dexela1512'].dark_uniformity
    // The published spread divides by n, ours by n - 1: 1e-6.
    const [{ meanDn, noiseDn }] = dark.document.frames
    assertClose(t, [meanDn, noiseDn / meanDn], [mean, cv], 'real dark', { relative: 2e-6 })
    t.match(dark.document.warnings, [/whole numbers were taken as corrected/, /one frame/])
  }
)

t.test('dqe: an ideal photon counter with square pixels is sinc^2', async (t) => {
  const folder = t.testdir()
  const [quanta, pitch] = [400, 0.2]
  const { data } = renderEdge([256, 256], { slope: 0.05, through: [128, 128], blur: 0, before: 0, after: quanta })
  const edge = await writeFloat(join(folder, 'edge.tif'), [256, 256], (row, col) => data[row * 256 + col])
  const files: string[] = []
  for (const n of [1, 2, 3, 4])
    files.push(await writeFloat(join(folder, `${n}.tif`), [256, 256], () => quanta + Math.sqrt(quanta) * normal()))
  // Incident quanta per area and kerma: 400 / 0.04 at 2 uGy are 5000.
  const argv = ['dqe', '--edge', edge, '--flat', ...files, '--pitch', '200', '--kerma', '2', '--roi', '64']
  const { document, text } = await measure(t, ...argv, '--snr2', '5000')
  const sinc = (x: number) => Math.sin(Math.PI * x) / (Math.PI * x)
  const middle = document.curve.filter(({ frequencyPerMm: u }: any) => u * pitch > 0.06 && u * pitch < 0.45)
  t.ok(middle.length > 15)
  const ratio =
    middle.reduce((sum: number, { frequencyPerMm, dqe }: any) => sum + dqe / sinc(frequencyPerMm * pitch) ** 2, 0) / middle.length
  // 64 independent ROIs, some 20 points of 7 lines: 1 / sqrt(64 x 140) = 1.1 %; four of them.
  near(t, ratio, 1, 0.044, 'mean ratio to the truth')
  t.match(document, {
    direction: 'horizontal',
    airKermaUGy: 2,
    incidentSnrSquared: 5000,
    incidentSnrSource: 'given',
    mtf: { orientation: 'vertical' },
    nps: { frames: 4 }
  })
  t.match(text, /SNRin\^2 +5000 1\/\(mm\^2 uGy\) +given/)

  t.notMatch(document.warnings.join(), /above 1/)
  // A third of the quanta that were there: DQE of 3 at low frequencies.
  const wrong = await measure(t, ...argv, '--snr2', '1667')
  t.match(wrong.document.warnings.join(), /the DQE is above 1, which cannot be: check air kerma/)

  // A horizontal edge needs the other cut; flats without noise cannot be, and the warning says so.
  const turned = await writeFloat(join(folder, 'turned.tif'), [256, 256], (row, col) => data[col * 256 + row])
  const still = await writeFloat(join(folder, 'still.tif'), [256, 256], () => quanta)
  const silent = await measure(
    t,
    'dqe',
    '--edge',
    turned,
    '--flat',
    still,
    '--pitch',
    '200',
    '--kerma',
    '2',
    '--roi',
    '64',
    '--snr2',
    '5000'
  )
  t.match(silent.document, { direction: 'vertical', mtf: { orientation: 'horizontal' } })
  t.match(silent.document.warnings.join(), /above 1, which cannot be/)

  const table = await measure(t, ...argv, '--quality', 'RQA5', '--edition', '2015', '--edge-region', '20,20,200,200')
  t.match(table.document, { incidentSnrSquared: 29653, incidentSnrSource: /RQA5 after IEC 62220-1-1:2015/ })
  t.equal(table.document.mtf.usedRegion.row >= 20, true)
})

t.test('lag: a decay of known percentages, a map, bad pixels left out', async (t) => {
  const folder = t.testdir()
  const shape: Shape = [12, 15]
  const dark = await writePages(join(folder, 'dark.tif'), 2, shape, () => 1000)
  const exposed = await writePages(join(folder, 'exposed.tif'), 2, shape, () => 11_000)
  // 512, 256, ... 1 DN of 10 000: 5.12, 2.56 ... 0.01 %; the tenth frame of 100 ms ends at 1 s.
  const decay = await writePages(join(folder, 'decay.tif'), 10, shape, (_i, page) => 1000 + 512 / 2 ** page)
  const map = join(folder, 'lag-map.tif')
  const argv = ['lag', '--exposed', exposed, '--decay', decay, '--dark', dark, '--frame-time', '100']
  const { document, text } = await measure(t, ...argv, '--preset', 'xrd1621')
  assertClose(
    t,
    document.curve.map(({ lagPercent }: any) => lagPercent),
    Array.from({ length: 10 }, (_, n) => 5.12 / 2 ** n),
    'decay',
    { absolute: 1e-9 }
  )
  t.match(document, {
    exposedDn: 10_000,
    globalLag60SecondsPercent: null,
    pixelsOverLimit: 0,
    offsetFrom: 'the mean of 2 darks',
    map: null
  })
  assertClose(t, [document.firstFrameLagPercent, document.globalLag1SecondPercent], [5.12, 0.01], 'read off', { absolute: 1e-9 })
  assertReasons(t, { ...document, map: 'not asked for' })
  t.match(document.warnings, [/frames of 100 ms; the limits hold for .*2 s/])
  t.match(text, /globalLag60SecondsPercent +unknown {2}60 s after the exposure: the\s+decay\s+frames\s+end\s+at\s+1000\s+ms/)
  t.match(text, /\n +10 +1000 ms +0\.01000 %/)

  const written = await runCommand(['measure', ...argv, '--map', map, '--json'])
  t.equal(JSON.parse(written.stdout).map, map)
  for await (const frame of readFrames([map])) assertClose(t, frame.data as Float32Array, Array(180).fill(5.12), 'map', { absolute: 1e-6 })
  const again = await runCommand(['measure', ...argv, '--map', map])
  t.equal(again.code, 3)
  t.match(again.stderr, /ERR_EXISTS/)
  t.equal((await runCommand(['measure', ...argv, '--map', map, '--force'])).code, 0)
  const nothing = await runCommand([
    'measure',
    'lag',
    '--exposed',
    dark,
    '--decay',
    decay,
    '--dark',
    dark,
    '--map',
    join(folder, 'none.tif')
  ])
  t.equal(nothing.code, 2)
  t.match(nothing.stderr, /no lag to write/)

  // The offset map of a calibration; its bad pixel lags by all of its signal and must not count.
  const file = join(folder, 'SN1.nxs')
  await saveCalibration(file, panel(shape))
  const bad = await writePages(join(folder, 'bad.tif'), 2, shape, (i, page) => (i === 7 ? 11_000 : 1000 + 512 / 2 ** page))
  const calibrated = await measure(t, 'lag', '--exposed', exposed, '--decay', bad, '--calibration', file)
  t.match(calibrated.document, {
    usedPixels: 179,
    defectivePixels: 1,
    offsetFrom: 'the calibration',
    input: { serialNumber: 'SN1', frames: 'raw' }
  })
  assertClose(t, [calibrated.document.firstFrameLagPercent], [5.12], 'without the bad pixel', { absolute: 1e-9 })
})

/** Offset 1000 DN, gain 1 on the left and 2 on the right, one hot pixel at index 7. */
function panel(shape: Shape, changed: Partial<CalibrationSet> = {}): CalibrationSet {
  const size = shape[0] * shape[1]
  const known = knownNoiseCalibration({ shape, level: 4000 })
  const defects = new Uint32Array(size)
  defects[7] = DEFECT_FLAGS.hot
  return {
    ...known,
    serialNumber: 'SN1',
    pixelPitch: [0.1, 0.1],
    offset: { data: new Float32Array(size).fill(1000), shape },
    defects: { data: defects, shape },
    ...changed
  }
}

t.test('a calibration corrects the frames first and leaves its bad pixels out', async (t) => {
  const folder = t.testdir()
  const shape: Shape = [64, 64]
  const file = join(folder, 'SN1.nxs')
  const gain = { data: Float32Array.from({ length: 4096 }, (_, i) => (i % 64 < 32 ? 1 : 2)), shape, reference: 4000 }
  await saveCalibration(file, panel(shape, { gain }))
  const raw = await writePages(join(folder, 'raw.tif'), 2, shape, (i) => (i === 7 ? 60_000 : i % 64 < 32 ? 5000 : 3000))
  const { document, text } = await measure(t, 'uniformity', raw, '--calibration', file)
  for (const { uniformity } of document.frames) {
    t.match(uniformity, { meanDn: 4000, sdDn: 0, usedPixels: 4095, defectivePixels: 1 })
  }
  t.match(document.input, { calibration: file, serialNumber: 'SN1', frames: 'corrected', pixelPitchMm: [0.1, 0.1] })
  t.strictSame(document.warnings, [])
  t.match(text, /corrected with the calibration; its bad pixels are left out/)

  const naked = await measure(t, 'noise', raw)
  t.match(naked.document.warnings, [/whole numbers were taken as corrected: in raw ones the offset counts as signal/])
  near(t, naked.document.frames[0].meanDn, 4000 + 55_000 / 4096, 0.01, 'raw mean, the bad pixel counts')
  const float = await writeFloat(join(folder, 'float.tif'), shape, () => 5000)
  t.match((await measure(t, 'nps', float, '--calibration', file, '--roi', '16')).document.warnings.join(), /were they corrected before\?/)
  // A mode or shape that is not that of the calibration.
  const other = await writePages(join(folder, 'other.tif'), 1, [64, 60], () => 5000)
  const refused = await runCommand(['measure', 'uniformity', other, '--calibration', file])
  t.equal(refused.code, 3)
  t.match(refused.stderr, /ERR_SHAPE/)
})

t.test('emva: the published camera model gives back K, dark noise, QE, DSNU and PRNU', async (t) => {
  const folder = t.testdir()
  const model = createEmvaModel(3, { bend: 0, fallOff: 0, dimPixels: 0, shape: [100, 120] })
  const photons = [5000, 20_000, 40_000, 60_000, 75_000]
  let key = 0
  const stack = async (name: string, count: number, level: number) => {
    const path = join(folder, name)
    await writeTiff(
      path,
      Array.from({ length: count }, () => model.render(level, ++key))
    )
    return path
  }
  const dark = await stack('dark.tif', 16, 0)
  const flats: string[] = []
  for (const [n, level] of photons.entries()) flats.push('--flat', await stack(`flat-${n}.tif`, 6, level))
  const argv = ['emva', '--dark', dark, ...flats]
  const { document, text } = await measure(t, ...argv, '--photons', photons.join(), '--saturation', '4065')
  const { photonTransfer: transfer, nonUniformity } = document
  const spread = (values: Float64Array) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
  }
  // Variance of 12 000 pixels x 5 degrees of freedom: 0.6 % a level, K 0.4 %; QE rests on K. Four of them.
  near(t, transfer.systemGainDnPerElectron, 0.1, 0.0016, 'K')
  near(t, transfer.darkNoiseElectrons, 30, 0.6, 'dark noise')
  near(t, transfer.quantumEfficiencyPercent, 50, 0.8, 'QE')
  near(t, transfer.linearityErrorPercent, 0, 0.1, 'linearity')
  // Spreads of 12 000 pixels: 0.65 % and more for what the temporal noise of six frames adds to the bright one: 1 %.
  near(t, nonUniformity.dsnuTotalDn, spread(model.darkPattern), 0.06, 'DSNU')
  near(t, nonUniformity.prnuTotalPercent, 100 * spread(model.response), 0.025, 'PRNU')
  t.match(document, { prnuLevel: 3, frameMeanCorrection: true, darkCurrent: null })
  t.strictSame(
    document.levels.map(({ frames, usedPixels, photons }: any) => [frames, usedPixels, photons]),
    photons.map((level) => [6, 12_000, level])
  )
  assertReasons(t, transfer)
  assertReasons(t, nonUniformity)
  t.match(text, /systemGainDnPerElectron +0\.\d+ DN\/e-/)
  t.match(document.warnings, [/smallest stack has 6 frames/])

  const bare = await measure(t, ...argv, '--no-frame-mean-correction', '--exposures', '1,4,8,12,15')
  t.match(bare.document, {
    frameMeanCorrection: false,
    photonTransfer: { quantumEfficiencyPercent: null, saturationDn: null },
    levels: [{ exposure: 1 }]
  })
  // 0.5 x 0.1 x 5000 DN for an exposure of 1.
  near(t, bare.document.photonTransfer.responsivityDnPerExposure, 250, 1, 'response')
  const each = await measure(t, 'emva', '--dark', dark, '--dark', dark, flats[0], flats[1], flats[2], flats[3])
  t.equal(each.document.levels.length, 2)
})

t.test('emva: the dark current from stacks of three times', async (t) => {
  const folder = t.testdir()
  const darks: string[] = []
  // 100 DN + 40 DN/s, variance 100 DN^2 + 50 DN^2/s, and 1/12 of rounding.
  for (const time of [0, 1, 2]) {
    darks.push(
      '--dark',
      await writePages(join(folder, `${time}.tif`), 3, [64, 64], () => 100 + 40 * time + Math.sqrt(100 + 50 * time) * normal())
    )
  }
  const { document, text } = await measure(t, 'emva', ...darks, '--times', '0,1000,2000')
  const { darkCurrent } = document
  // Means of 12 288 values: 0.13 DN at most, slope 0.09; variances 1.6 % of 200 DN^2 at most, slope 1.8. Four of them.
  near(t, darkCurrent.meanSlopeDnPerS, 40, 0.4, 'mean')
  near(t, darkCurrent.varianceSlopeDn2PerS, 50, 7.5, 'variance')
  t.match(document, {
    photonTransfer: null,
    prnuLevel: null,
    levels: [],
    logHistograms: { prnu: null },
    darkLevels: [{ exposureMs: 0 }, {}, { exposureMs: 2000 }]
  })
  assertReasons(t, darkCurrent)
  t.match(text, /darkCurrentFromMeanElectronsPerS +unknown {2}the same in electrons: no\s+system\s+gain\s+given/)
})

t.test('drift: fresh frames are not stale, a shifted offset is; exit 4 only on request', async (t) => {
  const folder = t.testdir()
  const shape: Shape = [100, 100]
  const file = join(folder, 'SN1.nxs')
  await saveCalibration(file, panel(shape))
  const darks = await writePages(join(folder, 'darks.tif'), 4, shape, () => 1000 + 3 * normal())
  const shifted = await writePages(join(folder, 'shifted.tif'), 4, shape, (i) => 1003 + (i === 50 ? 200 : 0) + 3 * normal())
  const flats = await writePages(join(folder, 'flats.tif'), 4, shape, (i) => 5000 + (i === 77 ? 300 : 0) + Math.sqrt(409) * normal())
  const fresh = await measure(t, 'drift', '--calibration', file, '--dark', darks, '--flat', flats, '--fail-when-stale')
  const { document } = fresh
  t.match(document, { stale: false, darkFrames: 4, flatFrames: 4, usedPixels: 9999, defectivePixels: 1, newDefects: 1 })
  t.match(document.positions, [{ row: 0, col: 77 }])
  // Means of 10 000 pixels x 4 darks: 0.015 DN; four of them.
  near(t, document.offsetDriftDn, 0, 0.06, 'no drift')
  t.match(fresh.text, /^NOT STALE by 5 rules; 2 not judged\n/)
  t.match(fresh.text, /\[0, 77\] .* % in the flats/)
  assertReasons(t, document)

  const argv = ['drift', '--calibration', file, '--dark', shifted]
  const { document: stale, text } = await measure(t, ...argv)
  // One pixel of 9999 at 200 DN adds 0.02.
  near(t, stale.offsetDriftDn, 3.02, 0.06, 'drift')
  near(t, stale.positions[0].offsetChangeDn, 200, 8, 'the pixel that changed')
  t.match(text, /\[0, 50\] +\d+(\.\d+)? DN in the darks/)
  // 3 DN over the 3 DN of the noise map, which is that of a median: chi-square of 15 degrees of freedom, sqrt(14.339 / 15).
  near(t, stale.offsetDriftInNoise, Math.sqrt(14.339 / 15), 0.02, 'in noise')
  t.equal(stale.stale, true)
  t.match(text, /^STALE by offsetDriftInNoise\n/)
  t.match(text, /STALE +offsetDriftInNoise +0\.9\d+ +limit 0\.5000/)
  t.equal((await runCommand(['measure', ...argv, '--fail-when-stale'])).code, 4)
  t.equal((await runCommand(['measure', ...argv, '--fail-when-stale', '--limit', 'offsetDriftInNoise=2'])).code, 0)

  // created 2026-11-21T02:15Z, at an unknown temperature
  const late = await measure(
    t,
    'drift',
    '--calibration',
    file,
    '--dark',
    darks,
    '--time',
    '2026-11-22T04:15:00Z',
    '--temperature',
    '30',
    '--limit',
    'newDefects=5',
    '--limit',
    'newKernelPixels=2'
  )
  t.match(late.document, { ageHours: 26, stale: true, temperatureChange: null })
  t.match(
    late.document.rules.find(({ name }: any) => name === 'newKernelPixels'),
    { limit: 2 }
  )
  t.match(late.text, /^STALE by ageHours\n/)

  // Every pixel is bad: nothing can be judged, and the exit code says so when asked to.
  const blind = join(folder, 'blind.nxs')
  await saveCalibration(blind, panel(shape, { defects: { data: new Uint32Array(10_000).fill(DEFECT_FLAGS.dead), shape } }))
  const unjudged = await measure(t, 'drift', '--calibration', blind, '--dark', darks)
  t.equal(unjudged.document.stale, null)
  t.match(unjudged.text, /^NOT JUDGED/)
  t.equal((await runCommand(['measure', 'drift', '--calibration', blind, '--dark', darks, '--fail-when-stale'])).code, 4)
})

t.test('what is wrong is refused with a code, in words', async (t) => {
  const folder = t.testdir()
  const shape: Shape = [40, 40]
  const frame = await writePages(join(folder, 'frame.tif'), 1, shape, () => 100 + 5 * normal())
  const two = await writePages(join(folder, 'two.tif'), 2, shape, () => 100 + 5 * normal())
  const other = await writePages(join(folder, 'other.tif'), 2, [40, 41], () => 100)
  const { data } = renderEdge([80, 80], { slope: 0.1, through: [40, 40], blur: 0, before: 10, after: 1000 })
  const edge = await writeFloat(join(folder, 'edge.tif'), [80, 80], (row, col) => data[row * 80 + col])
  const file = join(folder, 'SN1.nxs')
  await saveCalibration(file, panel(shape))
  const dqe = ['dqe', '--edge', edge, '--flat', two, '--kerma', '1']
  const refused: [string[], number, RegExp][] = [
    [['uniformity'], 2, /missing required argument 'frames'/],
    [['entropy', frame], 2, /unknown command 'entropy'/],
    [['uniformity', join(folder, 'absent.tif')], 3, /ERR_STACK: .*absent\.tif/],
    [['uniformity', frame, '--region', '0,0,41,40'], 2, /ERR_OPTION: .*region/],
    [['uniformity', frame, '--region', '0,0'], 2, /--region takes/],
    [['uniformity', frame, '--tile', '0'], 2, /--tile takes a number of at least 0.01/],
    [['uniformity', frame, '--chip-columns', '30,30'], 2, /ERR_OPTION/],
    [['noise'], 2, /frames: expected frames, or --flat once per level, received neither/],
    [['noise', frame, '--flat', two], 2, /received both/],
    [['noise', '--flat', two, '--flat', frame], 3, /--flat 2: expected at least 2 frames, received 1/],
    [['noise', '--flat', two, '--flat'], 2, /option "--flat": expected files, folders or patterns, received --flat with nothing behind it/],
    [['noise', two, other], 3, /ERR_SHAPE/],
    [['nps', frame, '--roi', '100'], 2, /option "roiSize": expected a power of two/],
    [['nps', frame, other, '--roi', '16'], 3, /ERR_SHAPE/],
    [['mtf', frame], 3, /ERR_STACK: .*edge/],
    [['mtf', edge, '--minimum-angle', '10', '--maximum-angle', '5'], 2, /option "angleLimits"/],
    [[...dqe, '--quality', 'RQA5', '--edition', '2015'], 2, /option "--pitch": expected the pixel pitch/],
    [[...dqe, '--pitch', '100'], 2, /incident radiation: expected --quality with --edition, or --snr2, received neither/],
    [[...dqe, '--pitch', '100', '--quality', 'RQA5', '--roi', '16'], 2, /option "edition"/],
    [[...dqe, '--pitch', '100', '--snr2', '1', '--quality', 'RQA5'], 2, /cannot be used with/],
    [[...dqe, '--pitch', '100', '--snr2', '1'], 3, /--flat: expected flats that give a noise power spectrum, received no ROI of 256/],
    [['dqe', '--flat', two, '--kerma', '1', '--snr2', '1', '--pitch', '100'], 2, /option "--edge"/],
    [
      ['dqe', '--edge', two, '--flat', two, '--kerma', '1', '--snr2', '1', '--pitch', '100'],
      3,
      /--edge: expected one frame, received 2 frames/
    ],
    [['dqe', '--edge', edge, '--flat', two], 2, /--kerma/],
    [['lag', '--decay', two], 2, /option "--exposed"/],
    [['lag', '--exposed', two], 2, /option "--decay"/],
    [['lag', '--exposed', two, '--decay', two], 2, /offset: expected --dark or --calibration, received neither/],
    [['lag', '--exposed', two, '--decay', other, '--dark', two], 3, /ERR_SHAPE/],
    [['lag', '--exposed', two, '--decay', two, '--dark', two, '--frame-time', '0'], 2, /--frame-time takes a number/],
    [['emva', '--flat', two], 2, /option "--dark": expected files/],
    [['emva', '--dark', frame], 3, /--dark 1: expected at least 2 frames with good pixels, received 1 frame/],
    [['emva', '--dark', two, '--flat', other], 3, /stacks: expected one shape, \[40, 40\], received \[40, 41\] too/],
    [['emva', '--dark', two, '--dark', two, '--flat', two], 2, /expected once, once per --flat \(1\), or with --times, received 2 times/],
    [['emva', '--dark', two, '--flat', two, '--photons', '1,2'], 2, /option "--photons": expected one number per --flat: 1, received 2/],
    [['drift', '--dark', two], 2, /required option '--calibration <file>'/],
    [['drift', '--calibration', file], 2, /new frames: expected --dark, --flat or both, received neither/],
    [['drift', '--calibration', file, '--dark', other], 3, /ERR_SHAPE/],
    [['drift', '--calibration', file, '--dark', two, '--limit', 'noise=1'], 2, /limits\.noise.*expected one of offsetDriftInNoise/],
    [['drift', '--calibration', file, '--dark', two, '--limit', 'noise'], 2, /--limit takes name=value/],
    [['drift', '--calibration', file, '--dark', two, '--time', 'yesterday'], 2, /--time takes a date and time after ISO 8601/]
  ]
  for (const [argv, code, message] of refused) {
    const result = await runCommand(['measure', ...argv])
    t.equal(result.code, code, `${argv[0]}: ${result.stderr}`)
    t.match(result.stderr, message)
    t.equal(result.stdout, '')
  }
  const json = await runCommand(['measure', 'noise', '--json'])
  t.match(JSON.parse(json.stdout), { error: { code: 'ERR_OPTION', subject: 'frames' } })
  t.equal((await runCommand(['measure', 'uniformity', frame], { signal: AbortSignal.abort() })).code, 130)
})

t.test('pixels that are not finite are counted, and a document never holds a NaN', async (t) => {
  const folder = t.testdir()
  const some = await writeFloat(join(folder, 'some.tif'), [64, 64], (row, col) => (row === col ? NaN : 1000 + normal()))
  const all = await writeFloat(join(folder, 'all.tif'), [64, 64], () => NaN)
  const { document } = await measure(t, 'uniformity', some)
  t.match(document.frames[0].uniformity, { usedPixels: 64 * 63, nonFinitePixels: 64 })
  t.match(document.warnings, [/^64 good pixels are not finite and were left out$/])
  const empty = await measure(t, 'uniformity', all)
  t.match(empty.document.frames[0].uniformity, { meanDn: null, usedPixels: 0, unknown: { meanDn: 'no good pixel' } })
  for (const part of ['uniformity', 'shading', 'structure', 'artefacts']) assertReasons(t, empty.document.frames[0][part], part)
  const noise = await measure(t, 'noise', all, some)
  t.equal(noise.document.fixedPattern, null)
  t.match(noise.text, /noiseDn +unknown/)
  t.match((await measure(t, 'nps', all, '--roi', '16')).document.unknown, { horizontal: /too many pixels that do not count/ })
  const twin = await writeFloat(join(folder, 'twin.tif'), [64, 64], () => NaN)
  t.match(
    (await runCommand(['measure', 'emva', '--dark', all, twin])).stderr,
    /expected at least 2 frames with good pixels, received no good pixel/
  )
  const raw = await measure(t, 'lag', '--exposed', some, '--decay', some, '--dark', all)
  t.match(raw.document, { usedPixels: 0, exposedDn: null })
  t.match(raw.document.warnings, [/floating point were measured as raw frames/, /^4096 good pixels are not finite/])
})

t.test('every measure has a page of help with its formula and standard', async (t) => {
  const list = await runCommand(['measure', '--help'])
  for (const { name, summary, standard } of measureCommands) {
    t.match(list.stdout, ` ${name} `)
    const { code, stdout } = await runCommand(['measure', name, '--help'])
    t.equal(code, 0)
    const lines = stdout.trimEnd().split('\n')
    t.ok(lines.length <= 45, `${name}: ${lines.length} lines`)
    t.ok(Math.max(...lines.map(({ length }) => length)) <= 105, `${name}: columns`)
    t.match(stdout.replace(/\s+/g, ' '), summary)
    t.match(stdout.replace(/\s+/g, ' '), `After: ${standard}`)
  }
})
