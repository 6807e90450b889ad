import { repairF32Finite } from '../kernels/frame/repair-f32-finite.js'
import { DEFECT_FLAGS } from '../maps/defect-flags.js'
import type { DefectPlan } from '../maps/defect-plan.js'
import type { DefectMap } from '../maps/maps.js'
import type { PixelRepairs } from '../maps/pixel-repairs.js'

/** Farthest ring from which a pixel is replaced with trust, as in `planDefects`. */
const WIDEST_RING = 5

/** What a pixel is in one frame. */
const BROKEN = 0
const GOOD = 1
const TRUSTED_TARGET = 2
const OTHER_TARGET = 3

/** What {@link repairNonFinite} found and did. */
export interface NonFiniteFacts {
  /** Good pixels of the map whose value was not finite in this frame. */
  nonFinite: number
  /**
   * Of those, and of the bad pixels that the plan repairs with trust, the ones without a finite good pixel within 5 px.
   * They are filled with the mean of the finite good pixels (0 without any).
   */
  unrepaired: number
  /** Every pixel that was replaced, planned or not. */
  repairs: PixelRepairs
}

/**
 * Repair a corrected frame in which values are NaN or infinite, in place. Planned targets use the finite ones of their
 * sources; a pixel that is not finite itself, or lost all its sources, becomes the mean of the finite good pixels on the nearest
 * square ring that has any. Only good pixels are read, and all is computed before anything is stored, so the result does
 * not depend on the order. This is the slow path of frames that are damaged: it allocates.
 * @param frame corrected float32 frame before repair
 * @param defects of which the plan was made: says what is not exposed
 */
export function repairNonFinite(frame: Float32Array, plan: DefectPlan, defects: DefectMap): NonFiniteFacts {
  repairF32Finite(frame, plan.targets, plan.starts, plan.sources, plan.weights)
  const kinds = kindsOf(plan, defects)
  const broken: number[] = []
  const alreadyCounted: boolean[] = []
  let nonFinite = 0
  let unrepaired = 0
  for (let i = 0; i < frame.length; i++) {
    const value = frame[i]
    if (value - value === 0) continue
    if (kinds[i] === GOOD) nonFinite++
    broken.push(i)
    alreadyCounted.push(kinds[i] === OTHER_TARGET)
    kinds[i] = BROKEN
  }
  const fallback = meanOf(frame, kinds)
  const fills = broken.map((pixel, k) => {
    const ring = nearestRingMean(frame, kinds, plan.shape[0], plan.shape[1], pixel)
    if (ring === null && !alreadyCounted[k]) unrepaired++
    return { pixel, ...(ring ?? fallback), trusted: ring !== null && !alreadyCounted[k] }
  })
  for (const { pixel, mean } of fills) frame[pixel] = mean
  return { nonFinite, unrepaired, repairs: listRepairs(plan, kinds, fills) }
}

/** The mean of some pixels. */
interface Mean {
  readonly mean: number
  readonly count: number
}

/** Planned repairs from the sources that were finite, and the fills, which replace some of them. */
function listRepairs(
  { targets, starts, sources, weights, flags }: DefectPlan,
  kinds: Uint8Array,
  fills: readonly (Mean & { readonly pixel: number; readonly trusted: boolean })[]
): PixelRepairs {
  const repairs = fills.map(({ pixel, count, trusted }) => ({ pixel, factor: count === 0 ? NaN : 1 / count, trusted }))
  for (let k = 0; k < targets.length; k++) {
    if (kinds[targets[k]] === BROKEN) continue
    let squares = 0
    let total = 0
    for (let j = starts[k]; j < starts[k + 1]; j++) {
      if (kinds[sources[j]] === BROKEN) continue
      squares += weights[j] * weights[j]
      total += weights[j]
    }
    const trusted = (flags[k] & DEFECT_FLAGS.unrepairable) === 0
    repairs.push({ pixel: targets[k], factor: squares / (total * total), trusted })
  }
  repairs.sort((a, b) => a.pixel - b.pixel)
  return {
    pixels: Uint32Array.from(repairs, ({ pixel }) => pixel),
    varianceFactors: Float32Array.from(repairs, ({ factor }) => factor),
    trusted: Uint8Array.from(repairs, ({ trusted }) => (trusted ? 1 : 0))
  }
}

/** What no X-rays reach is filled like a pixel beyond repair, and fills no other. */
function kindsOf({ shape, targets, flags }: DefectPlan, { data }: DefectMap): Uint8Array {
  const kinds = new Uint8Array(shape[0] * shape[1]).fill(GOOD)
  for (let i = 0; i < kinds.length; i++) if ((data[i] & DEFECT_FLAGS.unexposed) !== 0) kinds[i] = OTHER_TARGET
  for (let k = 0; k < targets.length; k++) {
    kinds[targets[k]] = (flags[k] & DEFECT_FLAGS.unrepairable) === 0 ? TRUSTED_TARGET : OTHER_TARGET
  }
  return kinds
}

function meanOf(frame: Float32Array, kinds: Uint8Array): Mean {
  let sum = 0
  let count = 0
  for (let i = 0; i < frame.length; i++) {
    if (kinds[i] !== GOOD) continue
    sum += frame[i]
    count++
  }
  return { mean: count === 0 ? 0 : sum / count, count }
}

function nearestRingMean(frame: Float32Array, kinds: Uint8Array, rows: number, cols: number, pixel: number): Mean | null {
  const row = Math.floor(pixel / cols)
  const col = pixel - row * cols
  for (let radius = 1; radius <= WIDEST_RING; radius++) {
    let sum = 0
    let count = 0
    for (let r = Math.max(0, row - radius); r <= Math.min(rows - 1, row + radius); r++) {
      const step = Math.abs(r - row) === radius ? 1 : 2 * radius
      for (let c = col - radius; c <= col + radius; c += step) {
        if (c < 0 || c >= cols || kinds[r * cols + c] !== GOOD) continue
        sum += frame[r * cols + c]
        count++
      }
    }
    if (count > 0) return { mean: sum / count, count }
  }
  return null
}
