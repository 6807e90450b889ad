import { ModeError, OptionError, StackError } from '../../errors.js'
import { countGoodNeighbours } from '../../maps/count-good-neighbours.js'
import { BAD_PIXEL_BITS, DEFECT_FLAGS } from '../../maps/defect-flags.js'
import { assertSameShape } from '../assert-same-shape.js'
import { DRIFT_LIMITS, judgeDrift } from './judge-drift.js'
import { gainDrift, noGainDrift } from './gain-drift.js'
import { noOffsetDrift, offsetDrift } from './offset-drift.js'
import { selectPixels } from '../select-pixels.js'
import { takeFrames } from '../take-frames.js'
import type { FrameInfo, FrameMode } from '../../frame/frame-info.js'
import type { Region } from '../../frame/region.js'
import type { CalibrationSet } from '../../maps/calibration-set.js'
import type { DefectMap } from '../../maps/maps.js'
import type { DriftLimits, DriftRule } from './judge-drift.js'
import type { Unknowns } from '../figure.js'
import type { GainDrift } from './gain-drift.js'
import type { MeasurableFrame } from '../measurable-frame.js'
import type { DriftedPixel, OffsetDrift } from './offset-drift.js'
import type { PixelCounts } from '../select-pixels.js'
import type { MeasurableSource } from '../take-frames.js'

/** What was taken anew, raw DN. */
export interface DriftFrames {
  /** Darks, or their mean with the number of them. */
  readonly darks?: MeasurableSource | { readonly mean: MeasurableFrame; readonly frames: number }
  /** Flats; at least two for a pattern. */
  readonly flats?: MeasurableSource
}

export interface MeasureDriftOptions {
  /** Limits other than the usual. @default DRIFT_LIMITS */
  readonly limits?: Partial<DriftLimits>
  /** When the new frames were taken, ISO 8601. @default what the frames say */
  readonly time?: string
  /** Temperature of the panel now, degrees Celsius. @default what the frames say, the last one that does */
  readonly temperature?: number
  /** Most positions of new defects to list, of darks and flats each. @default 20 */
  readonly maximumPositions?: number
  /** @default the whole frame */
  readonly region?: Region
}

type Part<T> = Omit<T, 'positions' | 'unknown'>

export interface Drift extends PixelCounts, Part<OffsetDrift>, Part<GainDrift> {
  readonly darkFrames: number
  readonly flatFrames: number
  /** Pixels of the calibration that deviate in the darks or in the flats. */
  readonly newDefects: number | null
  /** Bad pixels with fewer than 5 good neighbours that were not there before. */
  readonly newKernelPixels: number | null
  readonly positions: readonly DriftedPixel[]
  readonly ageHours: number | null
  readonly temperatureChange: number | null
  /** Every rule with figure and limit. */
  readonly rules: readonly DriftRule[]
  /** True when a rule is exceeded; false when none is and darks or flats could be judged; null otherwise. */
  readonly stale: boolean | null
  readonly unknown: Unknowns
}

/**
 * Measure how far a panel has drifted from its calibration, and whether the calibration is stale. Offset: mean and robust sd of
 * (mean of the new darks - offset map); stale beyond 0.5 of the noise of a pixel, or when the sd that a single dark would show exceeds
 * sqrt(1 + 1/N) times that noise by more than 5 % (for one dark the plain comparison; the mean of several is brought to one frame
 * by the noise that it lost, so that the rule does not tighten with their number). Gain: the new flats are corrected by the
 * calibration (its offset shifted by the drift); the pattern that two halves of them share, slow shading taken out, less what the noise of
 * the maps leaves in any flat, must stay below 0.3 of the temporal noise. More than 10 new defects, a new cluster kernel pixel, 24 h or 5
 * degrees Celsius make it stale as well.
 * @param taken new darks, new flats or both, of the same mode; read once
 * @param calibration its defect map leaves bad pixels out
 * @returns figures with units, every rule with figure and limit; null, with a reason in `unknown`, where something is not known
 * @throws {StackError} ERR_STACK without darks and without flats, or from an empty source of darks
 * @throws {ShapeError} ERR_SHAPE when a frame has another shape than the calibration
 * @throws {ModeError} ERR_MODE when a frame states another mode or panel than the calibration
 * @throws {OptionError} ERR_OPTION when an option is out of range
 * @see EMVA 1288 release 4.0 (2021) for the split-half variances; limits after service practice, to be set against a baseline
 */
export async function measureDrift(taken: DriftFrames, calibration: CalibrationSet, options: MeasureDriftOptions = {}): Promise<Drift> {
  const { limits = {}, maximumPositions = 20, region } = options
  assertLimits({ ...limits, maximumPositions })
  if (!taken.darks && !taken.flats) throw new StackError({ subject: 'new frames', expected: 'darks, flats or both', received: 'neither' })
  const last: { time?: string; temperature?: number } = {}
  const onFrame = (info: FrameInfo, subject: string): void => {
    assertMode(info, subject, calibration)
    last.time = info.time ?? last.time
    last.temperature = info.temperature ?? last.temperature
  }
  const selection = selectPixels('offset map', calibration.offset, calibration.defects, region)
  const darks = taken.darks ? await meanOfDarks(taken.darks, calibration, onFrame) : null
  const dark = darks ? offsetDrift(darks.mean, selection.good, darks.frames, calibration, maximumPositions) : noOffsetDrift('no darks')
  const flat = taken.flats
    ? await gainDrift(taken.flats, calibration, dark.offsetDriftDn ?? 0, { region, maximumPositions }, onFrame)
    : { ...noGainDrift('no flats'), frames: 0 }
  const defects = joinDefects(dark, flat, calibration.defects)
  const state = stateOf(options.time ?? last.time, options.temperature ?? last.temperature, calibration)
  const { positions: _dark, unknown: darkUnknown, ...darkFigures } = dark
  const { positions: _flat, unknown: flatUnknown, frames: flatFrames, ...flatFigures } = flat
  const figures = { ...darkFigures, ...flatFigures, ...defects.figures, ...state.figures }
  const unknown = { ...darkUnknown, ...flatUnknown, ...defects.unknown, ...state.unknown }
  const rules = judgeDrift(figures, { ...DRIFT_LIMITS, ...limits }, unknown)
  const stale = verdict(rules)
  return {
    ...selection.counts,
    darkFrames: darks ? darks.frames : 0,
    flatFrames,
    ...figures,
    positions: defects.positions,
    rules,
    stale,
    unknown: stale === null ? { ...unknown, stale: 'neither the offset nor the gain could be judged' } : unknown
  }
}

function assertLimits(numbers: Readonly<Record<string, number | undefined>>): void {
  for (const [name, value] of Object.entries(numbers)) {
    const known = name === 'maximumPositions' || Object.hasOwn(DRIFT_LIMITS, name)
    if (known && (value === undefined || value >= 0)) continue
    throw new OptionError({
      subject: `option "${name === 'maximumPositions' ? name : `limits.${name}`}"`,
      expected: known ? 'a number of at least 0' : `one of ${Object.keys(DRIFT_LIMITS).join(', ')}`,
      received: known ? String(value) : 'a name that is not known'
    })
  }
}

const MODE_FIELDS: readonly (keyof FrameMode)[] = ['binning', 'gainRange', 'integrationTime', 'frameRate', 'readoutRegion']

// What either side does not state is compared with nothing.
function assertMode({ mode = {}, serialNumber }: FrameInfo, subject: string, calibration: CalibrationSet): void {
  const pairs: [string, unknown, unknown][] = MODE_FIELDS.map((field) => [field, calibration.provenance.mode[field], mode[field]])
  pairs.push(['serial number', calibration.serialNumber ?? undefined, serialNumber])
  for (const [name, expected, received] of pairs) {
    if (expected === undefined || received === undefined || expected === received) continue
    throw new ModeError({
      subject: `${subject}, ${name}`,
      expected: `${String(expected)} as in the calibration`,
      received: String(received)
    })
  }
}

async function meanOfDarks(
  darks: NonNullable<DriftFrames['darks']>,
  { shape }: CalibrationSet,
  onFrame: (info: FrameInfo, subject: string) => void
): Promise<{ readonly mean: Float32Array; readonly frames: number }> {
  if ('mean' in darks) {
    if (!(Number.isSafeInteger(darks.frames) && darks.frames > 0)) {
      throw new OptionError({ subject: 'darks.frames', expected: 'a number of frames', received: String(darks.frames) })
    }
    const { data, shape: received } = selectPixels('mean dark', darks.mean, null)
    assertSameShape('mean dark', received, shape)
    return { mean: Float32Array.from(data), frames: darks.frames }
  }
  const sums = new Float64Array(shape[0] * shape[1])
  let frames = 0
  for await (const { data, info } of takeFrames(darks, 'darks', shape)) {
    onFrame(info, `darks, frame ${frames++}`)
    for (let i = 0; i < sums.length; i++) sums[i] += data[i]
  }
  if (frames === 0) throw new StackError({ subject: 'darks', expected: 'at least one frame', received: 'none' })
  return { mean: Float32Array.from(sums, (sum) => sum / frames), frames }
}

function joinDefects(dark: OffsetDrift, flat: GainDrift, known: DefectMap) {
  const positions = [...dark.positions]
  let both = 0
  for (const found of flat.positions) {
    const at = positions.findIndex(({ row, col }) => row === found.row && col === found.col)
    if (at < 0) positions.push(found)
    else {
      positions[at] = { ...positions[at], ...found }
      both++
    }
  }
  if (dark.newDarkDefects === null && flat.newFlatDefects === null) {
    const reason = 'neither darks nor flats have good pixels'
    return { positions, figures: { newDefects: null, newKernelPixels: null }, unknown: { newDefects: reason, newKernelPixels: reason } }
  }
  const newDefects = (dark.newDarkDefects ?? 0) + (flat.newFlatDefects ?? 0) - both
  return { positions, figures: { newDefects, newKernelPixels: countNewKernels(positions, known) }, unknown: {} as Unknowns }
}

function countNewKernels(positions: readonly DriftedPixel[], { data, shape }: DefectMap): number {
  if (positions.length === 0) return 0
  const now = { data: data.slice(), shape }
  for (const { row, col } of positions) now.data[row * shape[1] + col] |= DEFECT_FLAGS.user
  const before = countGoodNeighbours({ data, shape })
  const after = countGoodNeighbours(now)
  let kernels = 0
  for (let i = 0; i < data.length; i++) {
    const was = (data[i] & BAD_PIXEL_BITS) !== 0 && before[i] < 5
    if ((now.data[i] & BAD_PIXEL_BITS) !== 0 && after[i] < 5 && !was) kernels++
  }
  return kernels
}

function stateOf(time: string | undefined, temperature: number | undefined, { provenance }: CalibrationSet) {
  const unknown: Record<string, string> = {}
  const hours = (Date.parse(time ?? '') - Date.parse(provenance.created ?? '')) / 3_600_000
  const ageHours = Number.isFinite(hours) ? hours : null
  if (ageHours === null) unknown.ageHours = 'the time of the frames or of the calibration is unknown'
  const known = temperature !== undefined && provenance.temperature !== null
  if (!known) unknown.temperatureChange = 'the temperature of the frames or of the calibration is unknown'
  return { figures: { ageHours, temperatureChange: known ? temperature - provenance.temperature : null }, unknown }
}

function verdict(rules: readonly DriftRule[]): boolean | null {
  if (rules.some(({ exceeded }) => exceeded === true)) return true
  const measured = rules.slice(0, 3).filter(({ exceeded }) => exceeded !== null)
  return measured.length > 0 ? false : null
}
