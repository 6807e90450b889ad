import { StackError } from '../../errors.js'
import { isDefect } from '../../maps/is-defect.js'
import { assertSameShape } from '../assert-same-shape.js'
import { flatName } from './flat-name.js'
import { figuresOf } from './figures-of.js'
import { findNewDefects } from './find-new-defects.js'
import { measureNoise } from '../noise/measure-noise.js'
import { measureStructure } from '../uniformity/measure-structure.js'
import { measureTileUniformity } from '../uniformity/measure-tile-uniformity.js'
import { measureTogether } from './measure-together.js'
import { measureUniformity } from '../uniformity/measure-uniformity.js'
import { predictNoise } from '../noise/predict-noise.js'
import { ratioFigure } from './ratio-figure.js'
import { selectPixels } from '../select-pixels.js'
import { summarizeFlats } from './summarize-flats.js'
import { addToSums, startSums } from './verification-sums.js'
import type { Region } from '../../frame/region.js'
import type { CalibrationSet } from '../../maps/calibration-set.js'
import type { Figure } from '../figure.js'
import type { NewDefects } from './find-new-defects.js'
import type { MeasurableFrame } from '../measurable-frame.js'
import type { VerificationSums } from './verification-sums.js'
import type { FlatFacts, FlatVerification, VerificationReport } from './verification-report.js'

export interface VerificationOptions {
  /** Pixel pitch in mm [between rows, between columns]. @default that of the calibration */
  readonly pixelPitch?: readonly [number, number] | null
  /** Smallest deviation of a new defect, percent. @default 1 */
  readonly defectLimitPercent?: number
  /** The same in robust sd. @default 5.32 */
  readonly defectSigmas?: number
  /** @default the whole frame */
  readonly region?: Region
}

/** A verification under way: holds sums, one frame and no stack. */
export interface Verification {
  /** Measure one corrected flat; its pixels are not kept, the buffer may be reused. */
  add(corrected: MeasurableFrame, facts?: FlatFacts): FlatVerification
  /** The report over all flats added so far. */
  result(): VerificationReport
}

/**
 * Start a verification of corrected flats against the calibration that corrected them. Correct each flat (float32, no pedestal), `add` it
 * with what the corrector said of it, and take the `result`: figures per flat and over all, null with a reason where the data cannot
 * give them, and warnings. Over all, flats are weighted by their mean, so a tube that varies adds nothing.
 * Memory: 20 bytes a pixel, whatever the number of flats.
 * @param calibration the calibration that corrected the flats
 * @throws {ShapeError} ERR_SHAPE from `add` when a flat has another shape
 * @throws {OptionError} ERR_OPTION from `add` when an option is out of range
 * @throws {StackError} ERR_STACK from `result` when no flat was added
 * @see Dave et al., TG-150 draft, Med. Phys. 39(6) 3648, 2012; EMVA 1288 release 4.0, 2021
 */
export function createVerification(calibration: CalibrationSet, options: VerificationOptions = {}): Verification {
  const flats: FlatVerification[] = []
  const warnings: string[] = []
  const { shape } = calibration
  let sums: VerificationSums | null = null
  return {
    add(corrected, facts = {}) {
      const selection = selectPixels('corrected flat', corrected, calibration.defects, options.region)
      assertSameShape('corrected flat', selection.shape, shape)
      const frame = { data: selection.data, shape }
      const index = flats.length
      const { defectLimitPercent: limitPercent, defectSigmas: sigmas, region } = options
      const found = findNewDefects(frame, calibration.defects, { limitPercent, sigmas, region })
      const predicted = predictNoise(frame, calibration, options)
      const flat: FlatVerification = {
        index,
        name: facts.name ?? null,
        sha256: facts.sha256 ?? null,
        figures: [...measureFlat(frame, calibration, options, predicted), ...countFacts(facts, found)],
        newDefects: found.positions
      }
      warnings.push(...provenanceWarnings(flat, calibration, flats), ...stateWarnings(flat, found))
      const mean = valueOf(flat.figures, 'meanDn')
      if (mean !== null && mean > 0) {
        sums ??= startSums(shape)
        addToSums(sums, frame, mean, predicted.predictedTemporalNoiseDn, calibration, options)
      }
      flats.push(flat)
      return flat
    },
    result() {
      if (flats.length === 0) throw new StackError({ subject: 'verification', expected: 'at least one flat', received: 'none' })
      const together = measureTogether(sums, calibration, options)
      const figures = [...summarizeFlats(flats), ...together.figures]
      return {
        schema: 'flatpanel.verify/1',
        calibration: describe(calibration),
        flats: [...flats],
        overall: { frames: flats.length, figures, newDefects: together.found?.positions ?? [] },
        warnings: [...warnings, ...calibrationWarnings(calibration, flats), ...together.warnings]
      }
    }
  }
}

function measureFlat(
  frame: MeasurableFrame,
  calibration: CalibrationSet,
  { pixelPitch = calibration.pixelPitch, region }: VerificationOptions,
  predicted: ReturnType<typeof predictNoise>
): Figure[] {
  const uniformity = measureUniformity(frame, calibration.defects, { region })
  const tiles = measureTileUniformity(frame, calibration.defects, { pixelPitch, region })
  const structure = measureStructure(frame, calibration.defects, { region })
  const noise = measureNoise(frame, calibration.defects, { region })
  const { meanDn, sdDn, minimumDn, maximumDn, cvPercent, usedPixels } = uniformity
  const { rowRatio, columnRatio, rowStepRatio, columnStepRatio } = structure
  const { predictedNoiseDn, predictedFixedPatternDn } = predicted
  const { detrendedNoiseDn, shadingPercent } = noise
  return [
    ...figuresOf({ meanDn, sdDn, minimumDn, maximumDn, cvPercent }, uniformity.unknown),
    ...figuresOf(
      {
        localSignalNonUniformityPercent: tiles.localSignalNonUniformityPercent,
        globalSignalNonUniformityPercent: tiles.globalSignalNonUniformityPercent,
        localNoiseNonUniformityPercent: tiles.localNoiseNonUniformityPercent,
        globalNoiseNonUniformityPercent: tiles.globalNoiseNonUniformityPercent,
        localSnrNonUniformityPercent: tiles.localSnrNonUniformityPercent,
        globalSnrNonUniformityPercent: tiles.globalSnrNonUniformityPercent
      },
      tiles.unknown
    ),
    ...figuresOf({ rowRatio, columnRatio, rowStepRatio, columnStepRatio }, structure.unknown),
    ...figuresOf({ predictedNoiseDn, predictedFixedPatternDn }, predicted.unknown),
    ratioFigure('noiseRatio', sdDn, predictedNoiseDn, uniformity.unknown.sdDn ?? predicted.unknown.predictedNoiseDn),
    ...figuresOf({ detrendedNoiseDn, shadingPercent }, noise.unknown),
    ratioFigure(
      'detrendedNoiseRatio',
      detrendedNoiseDn,
      predictedNoiseDn,
      noise.unknown.detrendedNoiseDn ?? predicted.unknown.predictedNoiseDn
    ),
    ...figuresOf({ usedPixels })
  ]
}

function countFacts(facts: FlatFacts, found: NewDefects): Figure[] {
  const { saturatedPixels = null, unrepairedPixels = null } = facts
  const reason = 'the caller did not say'
  const counts = { newDefects: found.usedPixels > 0 ? found.newDefects : null, saturatedPixels, unrepairedPixels }
  return figuresOf(
    { ...counts, nonFinitePixels: facts.nonFinitePixels ?? found.nonFinitePixels },
    { newDefects: 'no good pixel', saturatedPixels: reason, unrepairedPixels: reason }
  )
}

function provenanceWarnings(flat: FlatVerification, calibration: CalibrationSet, earlier: readonly FlatVerification[]): string[] {
  const { sha256 } = flat
  if (sha256 === null) return []
  const warnings: string[] = []
  for (const stack of calibration.provenance.stacks) {
    const used = stack.frames.find((frame) => frame.sha256 === sha256)
    if (!used) continue
    const what = stack.role === 'dark' ? 'dark frames' : `flats of level ${stack.level}`
    const record = `${used.verdict === 'kept' ? '' : 'dropped '}frame ${used.index}${used.name === null ? '' : `, ${used.name}`}`
    warnings.push(`${flatName(flat)} is one of the ${what} that made the calibration (${record}): its figures are no evidence`)
  }
  const twin = earlier.find((other) => other.sha256 === sha256)
  if (twin)
    warnings.push(`${flatName(flat)} has the same pixels as ${flatName(twin)}: noise and fixed pattern over all are not to be trusted`)
  return warnings
}

function stateWarnings(flat: FlatVerification, found: NewDefects): string[] {
  const warnings: string[] = []
  const mean = valueOf(flat.figures, 'meanDn')
  const saturated = valueOf(flat.figures, 'saturatedPixels')
  if (mean === null || mean <= 0) warnings.push(`${flatName(flat)} has no signal: its good pixels have no mean above 0`)
  if (saturated !== null && saturated > 0) warnings.push(`${flatName(flat)} has ${saturated} saturated pixels`)
  if (found.nonFinitePixels > 0)
    warnings.push(`${flatName(flat)} has ${found.nonFinitePixels} good pixels that are not finite; they were left out`)
  return warnings
}

function calibrationWarnings(calibration: CalibrationSet, flats: readonly FlatVerification[]): string[] {
  const { stacks, mode } = calibration.provenance
  const warnings: string[] = []
  const unhashed = flats.filter((flat) => flat.sha256 === null).length
  if (unhashed > 0) warnings.push(`${unhashed} of ${flats.length} flats have no hash: not checked whether they made the calibration`)
  else if (stacks.length === 0 || stacks.some((stack) => stack.frames.some((frame) => frame.sha256 === null))) {
    warnings.push('the calibration does not record the hash of every frame: not checked whether these flats made it')
  }
  if (Object.values(mode).every((value) => value === undefined))
    warnings.push('the calibration does not state its mode: it was compared with nothing')
  return warnings
}

function valueOf(figures: readonly Figure[], name: string): number | null {
  return figures.find((figure) => figure.name === name)?.value ?? null
}

function describe({ serialNumber, provenance, shape, darkFrames, flatFrames, defects }: CalibrationSet): VerificationReport['calibration'] {
  let badPixels = 0
  for (const flags of defects.data) if (isDefect(flags)) badPixels++
  return { serialNumber, created: provenance.created, shape, darkFrames, flatFrames, badPixels }
}
