import { CalibrationError, OptionError } from '../errors.js'
import { assertShape } from '../frame/assert-shape.js'
import { DEFECT_FLAGS } from './defect-flags.js'
import { REPAIR_METHODS } from './defect-plan.js'
import { addHarmonicTaps, createHarmonicScratch } from './plan-defects/add-harmonic-taps.js'
import { addLinearTaps } from './plan-defects/add-linear-taps.js'
import { addRingTaps } from './plan-defects/add-ring-taps.js'
import { judgeClusters } from './plan-defects/judge-clusters.js'
import { locateBadPixels } from './plan-defects/locate-bad-pixels.js'
import { createTapList } from './plan-defects/tap-list.js'
import type { DefectPlan, RepairMethod } from './defect-plan.js'
import type { DefectMap } from './maps.js'
import type { HarmonicScratch } from './plan-defects/add-harmonic-taps.js'
import type { BadPixels } from './plan-defects/locate-bad-pixels.js'
import type { TapList } from './plan-defects/tap-list.js'

/** Options of {@link planDefects}. */
export interface PlanDefectsOptions {
  /**
   * Pixels farther than this from any good pixel are filled for display only. Integer, 1 to 100.
   * @default 5
   */
  maxDepth?: number
}

/**
 * Plan how every bad pixel of a panel is replaced by a weighted mean of good ones.
 * Isolated pixels and clusters solve the discrete Laplace equation (each is the mean of its 4 neighbours); lines up to 2 px
 * wide are interpolated linearly across; on the border of the panel pixels are interpolated linearly between good ones at
 * most `maxDepth` away on both sides. Weights are not negative, sum to 1 and, so far, are exact on every plane.
 * Everything else (corners, lines along a border, pixels deeper than `maxDepth`) is filled with the mean of the nearest
 * good ring and marked `unrepairable`, as are clusters with kernel pixels larger than 3 x 3 and wider than 2 px. The
 * plan does not depend on the order of pixels or on the orientation of the panel.
 * @param defects defect flags [rows, cols]; a pixel is bad when any of `BAD_PIXEL_BITS` is set. Where it is not exposed the panel
 *   ends: such a pixel neither is repaired nor repairs others
 * @throws {CalibrationError} ERR_CALIBRATION when no pixel is good
 * @throws {ShapeError} ERR_SHAPE
 * @throws {OptionError} ERR_OPTION
 * @see ASTM E2597-14 for clusters and kernel pixels; docs/repair.md for the comparison that chose the methods
 */
export function planDefects(defects: DefectMap, options: PlanDefectsOptions = {}): DefectPlan {
  const { maxDepth = 5 } = options
  assertShape('defect map', defects)
  if (!Number.isInteger(maxDepth) || maxDepth < 1 || maxDepth > 100) {
    throw new OptionError({ subject: 'option "maxDepth"', expected: 'an integer from 1 to 100', received: String(maxDepth) })
  }
  const bad = locateBadPixels(defects)
  if (bad.good === 0) {
    throw new CalibrationError({ subject: 'defect map', expected: 'at least one good pixel', received: 'none' })
  }
  return assemblePlan(bad, maxDepth)
}

/** Source lists of unknown length, grown by doubling. */
interface Draft {
  targets: Uint32Array
  starts: Uint32Array
  sources: Uint32Array
  weights: Float32Array
  methods: Uint8Array
  flags: Uint32Array
  variance: Float32Array
  used: number
}

function assemblePlan(bad: BadPixels, maxDepth: number): DefectPlan {
  const count = bad.pixels.length
  const draft: Draft = {
    targets: bad.pixels.slice(),
    starts: new Uint32Array(count + 1),
    sources: new Uint32Array(8 * count + 64),
    weights: new Float32Array(8 * count + 64),
    methods: new Uint8Array(count),
    flags: new Uint32Array(count),
    variance: new Float32Array(count),
    used: 0
  }
  const byMethod: Record<RepairMethod, number> = { harmonic: 0, linear: 0, ring: 0 }
  const { kernel, tooLarge, line } = judgeClusters(bad)
  const taps = createTapList()
  const scratch = createHarmonicScratch()
  let unrepairable = 0
  let planned = 0
  for (let place = 0; place < count; place++) {
    const method = addTaps(bad, place, line[place] === 1, maxDepth, taps, scratch)
    if (method === null) continue
    storeTaps(draft, planned, taps)
    const trusted = method !== 'ring' && tooLarge[place] === 0
    draft.targets[planned] = bad.pixels[place]
    draft.methods[planned] = REPAIR_METHODS.indexOf(method)
    draft.flags[planned++] = (kernel[place] === 1 ? DEFECT_FLAGS.clusterKernel : 0) | (trusted ? 0 : DEFECT_FLAGS.unrepairable)
    byMethod[method]++
    if (!trusted) unrepairable++
  }
  return {
    shape: [bad.rows, bad.cols],
    targets: draft.targets.slice(0, planned),
    starts: draft.starts.slice(0, planned + 1),
    sources: draft.sources.slice(0, draft.used),
    weights: draft.weights.slice(0, draft.used),
    methods: draft.methods.slice(0, planned),
    flags: draft.flags.slice(0, planned),
    variance: draft.variance.slice(0, planned),
    counts: { bad: planned, repaired: planned - unrepairable, unrepairable, byMethod }
  }
}

/** Gather the taps of one bad pixel by the best method that it allows; null: by none. */
function addTaps(
  bad: BadPixels,
  place: number,
  inLine: boolean,
  maxDepth: number,
  taps: TapList,
  scratch: HarmonicScratch
): RepairMethod | null {
  if (inLine && addLinearTaps(bad, place, maxDepth, 1, taps)) return 'linear'
  if (bad.depth[place] <= maxDepth) {
    if (addHarmonicTaps(bad, place, maxDepth, taps, scratch)) return 'harmonic'
    taps.weightOf.clear()
    if (addLinearTaps(bad, place, maxDepth, 1, taps)) return 'linear'
  }
  return addRingTaps(bad, place, taps) ? 'ring' : null
}

/** Move the taps into the draft, sources ascending, weights normalised. */
function storeTaps(draft: Draft, place: number, { weightOf }: TapList): void {
  const first = draft.used
  if (first + weightOf.size > draft.sources.length) growDraft(draft, first + weightOf.size)
  let total = 0
  for (const [pixel, weight] of weightOf) {
    draft.sources[draft.used++] = pixel
    total += weight
  }
  draft.sources.subarray(first, draft.used).sort()
  let squares = 0
  for (let j = first; j < draft.used; j++) {
    const weight = weightOf.get(draft.sources[j])! / total
    draft.weights[j] = weight
    squares += weight * weight
  }
  draft.variance[place] = squares
  draft.starts[place + 1] = draft.used
  weightOf.clear()
}

function growDraft(draft: Draft, needed: number): void {
  const sources = new Uint32Array(Math.max(needed, 2 * draft.sources.length))
  const weights = new Float32Array(sources.length)
  sources.set(draft.sources)
  weights.set(draft.weights)
  draft.sources = sources
  draft.weights = weights
}
