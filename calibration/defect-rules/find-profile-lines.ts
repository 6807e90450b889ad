import { MAD_TO_SIGMA } from '../../lib/maps/robust-scale.js'
import { addColumns } from '../../lib/kernels/map/add-columns.js'
import { medianOf } from '../../lib/kernels/median/median-of.js'
import { createFiveScratch, mediansOfFive } from '../../lib/kernels/median/medians-of-five.js'
import type { FiveScratch } from '../../lib/kernels/median/medians-of-five.js'
import type { LevelledLines } from './levelled-lines.js'

/** Part of a column: rows from (included) to (excluded). */
export interface ColumnSegment {
  readonly col: number
  readonly from: number
  readonly to: number
  /** Deviation from the columns beside it, unit of the map. */
  readonly deviation: number
}

export interface ProfileLineLimits {
  /** First row of the lower read-out half, or null. */
  readonly midline: number | null
  /** First columns of the read-out chips but the first, rising: columns are compared with those of their own chip. */
  readonly seams: readonly number[]
  /** In robust sd of the profile, for whole columns; one more for parts. */
  readonly sigma: number
  /** Least deviation, unit of the map. */
  readonly least: number
  /** Least deviation of the three outermost columns on either side, which have columns to compare with on one side only. */
  readonly border: number
  readonly minimumLength: number
  /** Most columns of a group that stands out from the columns on both sides of it; 0: only what stands out from those beside it. */
  readonly widest?: number
}

/** Neighbouring columns on each side; with the middle 11. */
const REACH = 5
/** Fewer columns than this on one side say nothing. */
const FEWEST = 3
/** Rows of the pieces in which partial lines are looked for. */
const PIECE = 32

/** Least part of a piece that must be good. */
const PIECE_SHARE = 0.5
/**
 * The same for a whole column: where the chips of the two halves differ, the mean of the good half of a column stands off the
 * means of both halves beside it. What is left out here is judged by pieces.
 */
const WHOLE_SHARE = 0.9

interface Profile {
  readonly from: number
  readonly to: number
  /** Mean of the good pixels of each column; NaN where too few are good. */
  readonly profile: Float32Array
}

interface Piece extends Profile {
  /** Deviation of each column from the columns beside it. */
  readonly deviation: Float32Array
  readonly limit: number
}

/**
 * Find columns, or parts of columns, that stand out from the columns on both sides.
 *
 * Profiles (means of the good pixels of a column over a read-out half, and over pieces of 32 rows) are compared with the
 * median of the 5 columns to the left and the 5 to the right: what counts is the smaller of the two deviations where they
 * agree in sign, so that a step between chips and shading are no lines. A column stands out beyond `sigma` robust sd of
 * such differences and beyond `least` (at the borders of the panel `border`); its extent is the run of rows that maximises the
 * sum of (deviation - half the line's); a run is a line when it is long enough and at least half of its good pixels deviate by
 * more than half the line's.
 *
 * @param lines columns of a map, its trend along them removed
 * @see LSST cp_pipe and Vatech column rules: bad over more than 50 % of a column; ASTM E2597/E2597M-14: more than 10 px
 */
export function findProfileLines(lines: LevelledLines, limits: ProfileLineLimits): ColumnSegment[] {
  const { rows, cols } = lines
  const split = limits.midline ?? rows
  const halves =
    split < rows
      ? [
          [0, split],
          [split, rows]
        ]
      : [[0, rows]]
  const found: ColumnSegment[] = []
  for (const [from, to] of halves) {
    const pieces = measureHalf(lines, from, to, limits)
    const standsOut = markStanding(pieces, cols)
    for (let col = 0; col < cols; col++) if (standsOut[col] === 1) found.push(...segmentsOf(lines, col, from, to, pieces, limits))
  }
  return found
}

/** The half as a whole and then its pieces, each kind with the limit that its common spread gives. */
function measureHalf(lines: LevelledLines, from: number, to: number, limits: ProfileLineLimits): Piece[] {
  const { cols } = lines
  const parts: number[][] = []
  for (let row = from; row + 2 * PIECE <= to; row += PIECE) parts.push([row, row + PIECE])
  const last = parts.length > 0 ? parts[parts.length - 1][1] : to
  if (last < to) parts.push([last, to])
  const whole = createSums(cols)
  const profiles: Profile[] = []
  for (const [start, end] of parts.length > 0 ? parts : [[from, to]]) {
    const values = lines.strip(start, end)
    const bad = lines.bad.subarray(start * cols, end * cols)
    addColumns(values, bad, 0, end - start, cols, whole.sums, whole.counts)
    if (parts.length === 0) continue
    const part = createSums(cols)
    addColumns(values, bad, 0, end - start, cols, part.sums, part.counts)
    profiles.push({ from: start, to: end, profile: meansOf(part, PIECE_SHARE * (end - start)) })
  }
  const share = parts.length > 0 ? WHOLE_SHARE : PIECE_SHARE
  const pieces = compareProfiles([{ from, to, profile: meansOf(whole, share * (to - from)) }], limits, limits.sigma)
  return parts.length > 0 ? [...pieces, ...compareProfiles(profiles, limits, limits.sigma + 1)] : pieces
}

interface Sums {
  readonly sums: Float64Array
  readonly counts: Int32Array
}

function createSums(cols: number): Sums {
  return { sums: new Float64Array(cols), counts: new Int32Array(cols) }
}

/** NaN where fewer than `least` are good. */
function meansOf({ sums, counts }: Sums, least: number): Float32Array {
  const means = new Float32Array(sums.length)
  for (let col = 0; col < means.length; col++) means[col] = counts[col] >= least ? sums[col] / counts[col] : NaN
  return means
}

/** Deviations of profiles of row ranges of about the same length, with the limit that their common spread gives. */
function compareProfiles(profiles: readonly Profile[], limits: ProfileLineLimits, sigma: number): Piece[] {
  const cols = profiles[0].profile.length
  const spread = new Float32Array(profiles.length * cols)
  let count = 0
  const chips = chipsOf(limits.seams, cols)
  const medians: Medians = {
    ofFive: new Float32Array(cols),
    scratch: createFiveScratch(cols),
    left: new Float64Array(cols),
    right: new Float64Array(cols)
  }
  const compared = profiles.map((one) => {
    const deviation = new Float32Array(cols)
    count = compareProfile(one.profile, chips, medians, deviation, spread, count)
    if (limits.widest) compareWidely(one.profile, chips, medians.ofFive, limits.widest, deviation)
    return { ...one, deviation }
  })
  // Without two columns to compare the limit is NaN, and nothing stands out.
  const limit = Math.max(limits.least, sigma * MAD_TO_SIGMA * medianOf(spread, count))
  return compared.map((piece) => ({ ...piece, limit }))
}

/** 1 for each column that stands out in any piece. */
function markStanding(pieces: readonly Piece[], cols: number): Uint8Array {
  const standsOut = new Uint8Array(cols)
  for (const { deviation, limit } of pieces) {
    for (let col = 0; col < cols; col++) if (Math.abs(deviation[col]) > limit) standsOut[col] = 1
  }
  return standsOut
}

/**
 * Deviation of each column from the medians of up to 5 columns to the left and to the right, on the same chip; appends the sizes of its
 * differences from the mean of both to `spread`, and returns where it stopped. At an edge the side that is missing is extrapolated
 * from the other one: the first column of a panel with a steep border is no line.
 */
function compareProfile(
  profile: Float32Array,
  chips: Int32Array,
  { ofFive, scratch, left, right }: Medians,
  deviation: Float32Array,
  spread: Float32Array,
  count: number
): number {
  const cols = profile.length
  mediansOfFive(profile, ofFive, scratch)
  for (let col = 0; col < cols; col++) {
    left[col] = col >= REACH + chips[col] ? ofFive[col - REACH] : NaN
    right[col] = col + REACH < chips[col + cols] ? ofFive[col + 1] : NaN
    if (left[col] !== left[col] || right[col] !== right[col]) lookBeside(profile, chips[col], chips[col + cols], col, left, right)
  }
  for (let col = 0; col < cols; col++) {
    const value = profile[col]
    deviation[col] = smaller(value - left[col], value - right[col])
    const difference = value - (left[col] + right[col]) / 2
    if (difference === difference) spread[count++] = Math.abs(difference)
  }
  return count
}

/**
 * The members of a wide group are each other's neighbours: take for deviation what a column has above the columns beyond the group, where
 * that is more. Near the ends of a chip one side alone must do.
 */
function compareWidely(profile: Float32Array, chips: Int32Array, ofFive: Float32Array, widest: number, deviation: Float32Array): void {
  const cols = profile.length
  for (let col = 0; col < cols; col++) {
    const left = col >= REACH + widest + chips[col] ? profile[col] - ofFive[col - REACH - widest] : NaN
    const right = col + REACH + widest < chips[col + cols] ? profile[col] - ofFive[col + 1 + widest] : NaN
    const far = left === left && right === right ? Math.min(left, right) : left === left ? left : right
    if (far > Math.abs(deviation[col])) deviation[col] = far
  }
}

/** The medians on both sides of a column near the ends of its chip, or near columns that are unknown. */
function lookBeside(profile: Float32Array, first: number, end: number, col: number, left: Float64Array, right: Float64Array): void {
  left[col] = medianBetween(profile, Math.max(first, col - REACH), col)
  right[col] = medianBetween(profile, col + 1, Math.min(end, col + 1 + REACH))
  if (left[col] !== left[col]) {
    left[col] = extrapolate(right[col], medianBetween(profile, col + 1 + REACH, Math.min(end, col + 1 + 2 * REACH)))
  } else if (right[col] !== right[col]) {
    right[col] = extrapolate(left[col], medianBetween(profile, Math.max(first, col - 2 * REACH), col - REACH))
  }
}

/** Medians of five columns from each one on; NaN where not all five are known. */
interface Medians {
  readonly ofFive: Float32Array
  readonly scratch: FiveScratch
  /** What a column is compared with. */
  readonly left: Float64Array
  readonly right: Float64Array
}

/** First column, and behind all of these end, of the chip of every column. */
function chipsOf(seams: readonly number[], cols: number): Int32Array {
  const chips = new Int32Array(2 * cols)
  const edges = [0, ...seams, cols]
  for (let k = 1; k < edges.length; k++) {
    chips.fill(edges[k - 1], edges[k - 1], edges[k])
    chips.fill(edges[k], cols + edges[k - 1], cols + edges[k])
  }
  return chips
}

/** From medians at distances of 3 and 8 columns to distance 0; the nearer one alone where the other is unknown. */
function extrapolate(near: number, far: number): number {
  return far === far ? near + (near - far) * 0.6 : near
}

const few = new Float32Array(REACH)

function medianBetween(profile: Float32Array, from: number, to: number): number {
  let count = 0
  for (let col = from; col < to; col++) if (profile[col] === profile[col]) few[count++] = profile[col]
  if (count < FEWEST) return NaN
  return medianOf(few, count)
}

/** The smaller of two deviations of one sign; 0 where they differ in sign or one is unknown. */
function smaller(a: number, b: number): number {
  if (!(a * b > 0)) return 0
  return Math.abs(a) < Math.abs(b) ? a : b
}

/** Lines of one column of one half, strongest piece first, until no piece that stands out is left uncovered. */
function segmentsOf(
  lines: LevelledLines,
  col: number,
  from: number,
  to: number,
  pieces: readonly Piece[],
  limits: ProfileLineLimits
): ColumnSegment[] {
  const { cols } = lines
  const least = col < FEWEST || col >= cols - FEWEST ? limits.border : 0
  const strong = pieces.filter((piece) => Math.abs(piece.deviation[col]) > Math.max(least, piece.limit))
  strong.sort((a, b) => Math.abs(b.deviation[col]) - Math.abs(a.deviation[col]))
  const found: ColumnSegment[] = []
  for (const piece of strong) {
    if (found.some((segment) => piece.from < segment.to && segment.from < piece.to)) continue
    const segment = extentOf(lines, col, from, to, piece, pieces, found)
    if (segment !== null && segment.to - segment.from >= limits.minimumLength) found.push(segment)
  }
  return found
}

/** The run of rows of largest sum of sign * (value - base) - |deviation| / 2; null where too few of its pixels deviate. */
function extentOf(
  lines: LevelledLines,
  col: number,
  from: number,
  to: number,
  piece: Piece,
  pieces: readonly Piece[],
  covered: readonly ColumnSegment[]
): ColumnSegment | null {
  const deviation = piece.deviation[col]
  const half = Math.abs(deviation) / 2
  // What the columns beside it show at each height: chips above and below may differ by more than the line.
  const bases = pieces.map((other) => other.profile[col] - other.deviation[col])
  const excess = (row: number): number => {
    const value = lines.valueAt(row, col)
    const own = Math.min(bases.length - 1, 1 + Math.floor((row - from) / PIECE))
    const base = bases[own] === bases[own] ? bases[own] : piece.profile[col] - deviation
    if (covered.some((segment) => row >= segment.from && row < segment.to)) return -Infinity
    return lines.bad[row * lines.cols + col] !== 0 || value - value !== 0 ? 0 : Math.sign(deviation) * (value - base) - half
  }
  let best = 0
  let bestFrom = from
  let bestTo = from
  let sum = 0
  let start = from
  for (let row = from; row < to; row++) {
    sum += excess(row)
    if (!(sum > 0)) {
      sum = 0
      start = row + 1
    } else if (sum > best) {
      best = sum
      bestFrom = start
      bestTo = row + 1
    }
  }
  let good = 0
  let deviating = 0
  for (let row = bestFrom; row < bestTo; row++) {
    const value = excess(row)
    if (value > 0) deviating++
    if (value !== 0) good++
  }
  return 2 * deviating >= good ? { col, from: bestFrom, to: bestTo, deviation } : null
}
