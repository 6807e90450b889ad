import { assertShape } from '../frame/assert-shape.js'
import { medianOf } from '../kernels/median/median-of.js'
import { BAD_PIXEL_BITS, DEFECT_FLAGS } from '../maps/defect-flags.js'
import { assertSameShape } from './assert-same-shape.js'
import { robustMoments } from './robust-moments.js'
import type { CalibrationSet } from '../maps/calibration-set.js'
import type { DefectClass } from '../maps/defect-flags.js'

/** How many defects of one class came, went and stayed. */
export interface DefectChanges {
  readonly added: number
  readonly healed: number
  readonly persisting: number
}

/** What changed from one calibration to the next; plain JSON. Over the pixels that are good in both; null: no such pixel or map. */
export interface CalibrationChanges {
  readonly before: { readonly created: string | null; readonly serialNumber: string | null }
  readonly after: { readonly created: string | null; readonly serialNumber: string | null }
  readonly comparedPixels: number
  /** Median of (offset after - offset before). */
  readonly offsetDriftDn: number | null
  /** Robust sd of the same: the pattern that changed. */
  readonly offsetChangeSdDn: number | null
  /** What the noise of the two offset maps alone would give. */
  readonly expectedOffsetChangeSdDn: number | null
  /** Drift over the median single-frame dark noise before; beyond 0.5 a new offset was due. */
  readonly offsetDriftInNoise: number | null
  /** Median of (gain after / gain before - 1). */
  readonly gainChangePercent: number | null
  /** Robust sd of the same. */
  readonly gainChangeSdPercent: number | null
  readonly expectedGainChangeSdPercent: number | null
  /** Reference after / before - 1: the level of the flats, not a property of the panel. */
  readonly referenceChangePercent: number | null
  /** Bad pixels as such. */
  readonly defects: DefectChanges
  readonly classes: Readonly<Record<DefectClass, DefectChanges>>
  readonly warnings: readonly string[]
}

/**
 * Compare two calibrations of one panel: drift of the offset, change of the gain, defects that came, went and stayed.
 * Offset and gain are compared over the pixels that are good in both, by median and robust sd (1.4826 MAD).
 * @param before the older calibration
 * @param after the newer one
 * @throws {ShapeError} ERR_SHAPE when they differ in shape
 */
export function compareCalibrations(before: CalibrationSet, after: CalibrationSet): CalibrationChanges {
  assertSameShape('calibration after', after.shape, before.shape)
  assertShape('defect map before', before.defects, before.shape)
  assertShape('defect map after', after.defects, before.shape)
  const good = goodInBoth(before, after)
  const offset = changeOf(good, (i: number) => after.offset.data[i] - before.offset.data[i])
  const gain = changeOf(good, (i: number) => after.gain.data[i] / before.gain.data[i] - 1)
  const noise = before.noise ? robustMoments(pick(before.noise.data, good), good.length) : null
  return {
    before: { created: before.provenance.created, serialNumber: before.serialNumber },
    after: { created: after.provenance.created, serialNumber: after.serialNumber },
    comparedPixels: good.length,
    offsetDriftDn: offset ? offset.median : null,
    offsetChangeSdDn: offset ? offset.sd : null,
    expectedOffsetChangeSdDn: expectedSd(before.offsetErrors, after.offsetErrors, good, null),
    offsetDriftInNoise: offset && noise && noise.median > 0 ? offset.median / noise.median : null,
    gainChangePercent: gain ? 100 * gain.median : null,
    gainChangeSdPercent: gain ? 100 * gain.sd : null,
    expectedGainChangeSdPercent: percent(expectedSd(before.gainErrors, after.gainErrors, good, before.gain.data)),
    referenceChangePercent: before.gain.reference > 0 ? 100 * (after.gain.reference / before.gain.reference - 1) : null,
    ...compareDefects(before.defects.data, after.defects.data),
    warnings: warningsOf(before, after)
  }
}

function goodInBoth(before: CalibrationSet, after: CalibrationSet): Uint32Array {
  const a = before.defects.data
  const b = after.defects.data
  const good = new Uint32Array(a.length)
  let n = 0
  for (let i = 0; i < a.length; i++) if (((a[i] | b[i]) & BAD_PIXEL_BITS) === 0) good[n++] = i
  return good.subarray(0, n)
}

function changeOf(good: Uint32Array, change: (pixel: number) => number) {
  const values = new Float32Array(good.length)
  let n = 0
  for (let i = 0; i < good.length; i++) {
    const value = change(good[i])
    if (Number.isFinite(value)) values[n++] = value
  }
  return robustMoments(values, n)
}

function pick(map: Float32Array, good: Uint32Array): Float32Array {
  const out = new Float32Array(good.length)
  for (let i = 0; i < good.length; i++) out[i] = map[good[i]]
  return out
}

// Median over the pixels of sqrt(one sigma before ^2 + one sigma after ^2), relative to `unit` where given.
function expectedSd(
  before: { data: Float32Array } | null,
  after: { data: Float32Array } | null,
  good: Uint32Array,
  unit: Float32Array | null
): number | null {
  if (!before || !after || good.length === 0) return null
  const values = new Float32Array(good.length)
  for (let i = 0; i < good.length; i++) {
    const pixel = good[i]
    values[i] = Math.sqrt(before.data[pixel] ** 2 + after.data[pixel] ** 2) / (unit ? unit[pixel] : 1)
  }
  const median = medianOf(values, values.length)
  return Number.isFinite(median) ? median : null
}

function percent(value: number | null): number | null {
  return value === null ? null : 100 * value
}

function compareDefects(before: Uint32Array, after: Uint32Array) {
  const pairs = flaggedPairs(before, after)
  const classes = Object.entries(DEFECT_FLAGS).map(([name, flag]) => [name, countChanges(pairs, flag)])
  return {
    defects: countChanges(pairs, BAD_PIXEL_BITS),
    classes: Object.fromEntries(classes) as Record<DefectClass, DefectChanges>
  }
}

/** Flags before and after of the pixels that have any: few among millions. */
function flaggedPairs(before: Uint32Array, after: Uint32Array): [before: number, after: number][] {
  const pairs: [number, number][] = []
  for (let i = 0; i < before.length; i++) if ((before[i] | after[i]) !== 0) pairs.push([before[i], after[i]])
  return pairs
}

function countChanges(pairs: readonly (readonly [before: number, after: number])[], bits: number): DefectChanges {
  let added = 0
  let healed = 0
  let persisting = 0
  for (const [before, after] of pairs) {
    const was = (before & bits) !== 0
    const is = (after & bits) !== 0
    if (was && is) persisting++
    else if (is) added++
    else if (was) healed++
  }
  return { added, healed, persisting }
}

function warningsOf(before: CalibrationSet, after: CalibrationSet): string[] {
  const warnings: string[] = []
  if (before.serialNumber !== null && after.serialNumber !== null && before.serialNumber !== after.serialNumber) {
    warnings.push(`the calibrations belong to different panels: ${before.serialNumber} and ${after.serialNumber}`)
  }
  for (const [name, value] of Object.entries(before.provenance.mode)) {
    const next = (after.provenance.mode as Record<string, string | number | undefined>)[name]
    if (value !== undefined && next !== undefined && value !== next) warnings.push(`the mode differs: ${name} ${value} and ${next}`)
  }
  return warnings
}
