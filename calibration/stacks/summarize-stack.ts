import { combineTile } from '../../lib/kernels/stack/combine-tile.js'
import type { CombinedMaps, CombinePlan } from '../../lib/kernels/stack/combine-pixel.js'
import { gatherTileF32 } from '../../lib/kernels/stack/gather-tile-f32.js'
import { gatherTileU16 } from '../../lib/kernels/stack/gather-tile-u16.js'
import { thirdLargestStep } from '../../lib/kernels/stack/third-largest-step.js'
import type { FrameRecord } from '../../lib/maps/calibration-set.js'
import { checkPoint } from '../check-point.js'
import { inParts } from '../in-parts.js'
import { createPlacedCombiner } from './create-placed-combiner.js'
import type { PlacedCombiner } from './create-placed-combiner.js'
import { createStripCombiner } from './create-strip-combiner.js'
import type { StripCombiner } from './create-strip-combiner.js'
import { darkShifts } from './dark-shifts.js'
import { flatFactors } from './flat-factors.js'
import { goodFactors } from './good-factors.js'
import type { TriageResult } from './judge-stack.js'
import type { OpenStack } from './open-stack.js'
import { readBands } from './read-bands.js'
import type { Band } from './read-bands.js'
import type { Strip } from './strip-plan.js'
import { resolveCombine } from './resolve-combine.js'
import type { Spacing } from './stack-store.js'
import type { Combine } from './resolve-combine.js'
import type { RunOptions } from '../run-options.js'
import type { StackSummary } from '../stack-summary.js'
import { switchingFloor } from './switching-floor.js'
import { yieldToEvents } from '../yield-to-events.js'

/** Options of {@link summarizeStack}. */
export interface SummarizeStackOptions extends RunOptions {
  /** Level for the record: 0 for darks, 1, 2, ... for flats. @default 0 for darks, 1 for flats */
  readonly level?: number
  /** @default a sigma-clipped mean (kappa 4, 2 passes) from 8 frames on, the median below */
  readonly combine?: Combine
  /** Bring the frames to the mean level of the stack first: darks by a shift, flats by a factor. @default true */
  readonly normalize?: boolean
  /** For flats: the offset map, DN. Without it nothing is subtracted. */
  readonly offset?: Float32Array
  /** For flats: not 0 where a pixel is bad, once that is known; the factors are then taken over all good pixels. */
  readonly bad?: Uint8Array
  /** Leave out what only the defect rules look at: sd, steps, halves. @default false */
  readonly brief?: boolean
}

/** Pixels that are combined at a time: their frames stay in the first-level cache. */
const TILE = 128
/** Values that are combined between two looks at the caller's signal. */
const BREATH = 4_000_000

/**
 * Combine the kept frames of a stack pixel by pixel.
 *
 * Darks: x = raw - d_t, where d_t is how far frame t stands above the mean of the frames; this takes drift of the whole
 * panel out of noise AND location (the shifts have mean 0: the plain mean stays what it was). Flats: x = (raw - offset) /
 * f_t with f_t the output of frame t relative to the mean. A value is a float32, as that of a corrected frame; all sums are
 * float64 in frame order, so that the result is the same to the bit whether the stack was held or read again by bands of any height.
 * @param stack opened stack
 * @param triage its verdicts: which frames are kept
 * @throws {OptionError} ERR_OPTION for an unknown combination, or memory below one row of all frames
 * @throws {StackError} ERR_STACK when the source changes between passes
 * @throws {AbortedError} ERR_ABORTED
 */
export async function summarizeStack(stack: OpenStack, triage: TriageResult, options: SummarizeStackOptions = {}): Promise<StackSummary> {
  const { role, shape } = stack
  const { level = role === 'dark' ? 0 : 1, combine, normalize = true, bad, brief = false } = options
  const pixels = shape[0] * shape[1]
  const { kept } = triage
  const frames = kept.length
  const offset = options.offset ?? new Float32Array(pixels)
  const shifts = role === 'dark' && normalize ? darkShifts(stack, kept) : new Float64Array(frames)
  const factors = new Float64Array(frames).fill(1)
  if (role === 'flat' && normalize) {
    factors.set(bad ? await goodFactors(stack, kept, offset, bad, options) : flatFactors(stack, kept, offset))
  }
  const { plan, name, smallestRejectable } = resolveCombine(combine, frames, stack.quantum ?? 1)
  const maps = emptyMaps(pixels, frames)
  const thirdStep = role === 'dark' && frames > 3 ? new Float32Array(pixels) : null
  const floor = thirdStep === null ? 0 : Math.fround(switchingFloor(stack, kept))
  const changed = new Uint8Array(pixels)
  const saturated = new Uint16Array(pixels)
  const saturation = stack.saturation.level ?? Infinity
  const thirdFloor = thirdStep === null ? null : floor
  const stripPlan = { frames, plan, factors, shifts, saturation, thirdFloor }
  const strips = stack.pixelType === 'u16' ? createStripCombiner(stripPlan) : null
  const placed = stack.pixelType === 'u16' ? createPlacedCombiner(stack.store, stripPlan, offset) : null
  const job: Job = {
    stack,
    plan,
    maps,
    thirdStep,
    floor,
    changed,
    saturated,
    offset,
    factors,
    shifts,
    frames,
    strips,
    placed,
    brief,
    tile: new Float32Array(TILE * frames),
    pivots: new Float32Array(TILE),
    scratch: new Float64Array(frames)
  }
  for await (const band of readBands(stack, kept, options)) await combineBand(job, band, options)
  const several = frames > 1
  const whole = several && !brief
  return {
    role,
    shape,
    frames,
    location: maps.location,
    locationErrors: several ? maps.locationErrors : null,
    sd: whole ? maps.sd : null,
    clippedSd: several ? maps.clippedSd : null,
    maxStep: whole ? maps.maxStep : null,
    thirdStep,
    evenHalf: frames >= 4 && !brief ? maps.evenHalf : null,
    oddHalf: frames >= 4 && !brief ? maps.oddHalf : null,
    constant: several ? inverse(changed) : changed.fill(0),
    saturated,
    frameFactors: Array.from(factors),
    smallestRejectable,
    quantum: stack.quantum,
    rejectedFraction: Array.from(maps.rejected, (count) => count / pixels),
    record: {
      role,
      level,
      frames: triage.frames.map(({ index, name, sha256, verdict, reason }): FrameRecord => ({ index, name, sha256, verdict, reason })),
      kept: frames,
      combine: name,
      passes: stack.passes
    }
  }
}

interface Job {
  readonly stack: OpenStack
  readonly plan: CombinePlan
  readonly maps: CombinedMaps
  /** Flicker lives in the dark signal: in flats the quantum noise hides it, and the largest step serves alone. */
  readonly thirdStep: Float32Array | null
  /** Sd up to which a pixel did not switch: most need no second look. */
  readonly floor: number
  readonly changed: Uint8Array
  readonly saturated: Uint16Array
  readonly offset: Float32Array
  readonly factors: Float64Array
  readonly shifts: Float64Array
  readonly frames: number
  /** By SIMD, where that can be had for such a stack. */
  readonly strips: StripCombiner | null
  /** By SIMD where the frames stand, on all threads of the store. */
  readonly placed: PlacedCombiner | null
  readonly brief: boolean
  readonly tile: Float32Array
  readonly pivots: Float32Array
  readonly scratch: Float64Array
}

/** 1 for 0, and 0 for 1. */
function inverse(flags: Uint8Array): Uint8Array {
  inParts(flags.length, (from, to) => {
    for (let i = from; i < to; i++) flags[i] ^= 1
  })
  return flags
}

function emptyMaps(pixels: number, frames: number): CombinedMaps {
  return {
    location: new Float32Array(pixels),
    locationErrors: new Float32Array(pixels),
    sd: new Float32Array(pixels),
    clippedSd: new Float32Array(pixels),
    maxStep: new Float32Array(pixels),
    evenHalf: new Float32Array(pixels),
    oddHalf: new Float32Array(pixels),
    rejected: new Float64Array(frames)
  }
}

async function combineBand(job: Job, band: Band, options: SummarizeStackOptions): Promise<void> {
  const { frames, stack, strips } = job
  const [rows, cols] = stack.shape
  const spacing = stack.store.spacingOf(band.frames)
  if (job.placed !== null && spacing !== null) return combinePlaced(job, job.placed, spacing, band, options)
  const longest = strips?.pixels ?? TILE
  const breath = Math.max(longest, Math.floor(BREATH / frames / longest) * longest)
  for (let from = 0; from < band.count; from += breath) {
    const to = Math.min(band.count, from + breath)
    for (let start = from; start < to; start += longest) {
      const count = Math.min(longest, to - start)
      if (strips === null || !combineStrip(job, strips, band, start, count)) combineTiles(job, band, start, start + count)
    }
    await yieldToEvents()
    checkPoint(options, `combining ${stack.subject}`, Math.floor((band.start + to) / cols), rows)
  }
}

/** Run by run on all threads of the store; each pixel is what it is, whoever combines it, and counts are whole numbers. */
async function combinePlaced(job: Job, placed: PlacedCombiner, frames: Spacing, band: Band, options: SummarizeStackOptions): Promise<void> {
  const { store, subject, shape } = job.stack
  const breath = BREATH / job.frames
  let next = 0
  let done = 0
  let breathed = 0
  const work = async (slot: number): Promise<void> => {
    while (next < band.count) {
      const start = next
      const count = Math.min(placed.pixels, band.count - start)
      next += count
      const strip = await placed.combine(slot, frames, band.start, start, count)
      if (strip === null) combineTiles(job, band, start, start + count)
      else takeStrip(job, strip, band.start + start)
      done += count
      // Threads are waited for, which lets events through as well.
      if (store.team === null && done - breathed >= breath) {
        breathed = done
        await yieldToEvents()
      }
      checkPoint(options, `combining ${subject}`, Math.floor((band.start + done) / shape[1]), shape[0])
    }
  }
  try {
    await Promise.all(Array.from({ length: store.slots }, (_, slot) => work(slot)))
  } finally {
    // Where one failed, the others end with the run that they are at.
    next = band.count
  }
}

/** By SIMD; false, and nothing done, where a value is not finite. */
function combineStrip(job: Job, strips: StripCombiner, band: Band, start: number, count: number): boolean {
  const at = band.start + start
  const strip = strips.combine(band.frames as readonly Uint16Array[], start, job.offset, at, count)
  if (strip !== null) takeStrip(job, strip, at)
  return strip !== null
}

function takeStrip({ maps, thirdStep, changed, saturated, brief }: Job, strip: Strip, at: number): void {
  const { location, locationErrors, sd, clippedSd, maxStep, evenHalf, oddHalf, rejected } = maps
  // A map that nothing was put into takes no memory.
  const into = brief
    ? [location, locationErrors, null, clippedSd]
    : [location, locationErrors, sd, clippedSd, maxStep, evenHalf, oddHalf, thirdStep]
  into.forEach((map, k) => map?.set(strip.maps[k], at))
  changed.set(strip.changed, at)
  saturated.set(strip.saturated, at)
  strip.rejected.forEach((pixels, t) => (rejected[t] += pixels))
}

function combineTiles(job: Job, band: Band, from: number, to: number): void {
  const { frames, plan, maps, thirdStep, floor, tile, pivots, scratch } = job
  for (let start = from; start < to; start += TILE) {
    const count = Math.min(TILE, to - start)
    const at = band.start + start
    gather(job, band, start, count)
    combineTile(tile, pivots, frames, count, plan, maps, at, scratch)
    if (thirdStep !== null) thirdLargestStep(tile, frames, count, maps.sd, floor, thirdStep, at)
  }
}

function gather(job: Job, band: Band, start: number, count: number): void {
  const { stack, offset, factors, shifts, frames, changed, saturated, tile, pivots } = job
  const level = stack.saturation.level ?? Infinity
  const at = band.start + start
  const first = band.frames[0]
  for (let t = 0; t < frames; t++) {
    const frame = band.frames[t]
    const scale = Math.fround(1 / factors[t])
    const shift = Math.fround(shifts[t])
    if (frame instanceof Uint16Array) {
      const reference = first as Uint16Array
      gatherTileU16(frame, reference, start, offset, at, count, scale, shift, level, tile, pivots, frames, t, changed, saturated, at)
    } else {
      const reference = first as Float32Array
      gatherTileF32(frame, reference, start, offset, at, count, scale, shift, level, tile, pivots, frames, t, changed, saturated, at)
    }
  }
}
