import { gatherBetween } from './gather-between.js'
import { medianOf } from './median-of.js'
import { selectNth } from './select-nth.js'
import { scratchMemory } from '../simd/scratch-memory.js'

/** From this count on the median is first enclosed between two of a sample. */
const MANY = 1 << 14
const SAMPLE = 8192
/** Values that go through the SIMD kernel together. */
const BAND = 1 << 16

/**
 * Median of the finite values that are not excluded, or of their absolute deviations from `center` (each rounded to float32); the mean
 * of the middle two for an even count, NaN for none. Returns the median and how many took part.
 *
 * Two values of a sample enclose the median of many; one pass counts what lies below and keeps what lies between. Where the
 * sample misled, all values are gathered: the result is exact either way.
 * @see Floyd, Rivest, Expected time bounds for selection, Communications of the ACM 18, 1975
 */
export function medianOfGood(values: Float32Array, excluded: Uint8Array | undefined, center: number | null): [number, number] {
  if (values.length >= MANY) {
    const [low, high] = boundsOf(values, excluded, center)
    const room = (values.length >> 3) + BAND
    const tally = new Int32Array(4)
    const few = encloseBySimd(values, excluded, low, high, center, room, tally) ?? enclose(values, excluded, low, high, center, room, tally)
    const median = few === null ? NaN : medianBetween(few, tally, low, high)
    if (median === median) return [median + 0, tally[0]]
  }
  const few = new Float32Array(values.length)
  const count = gatherAll(values, excluded, center, few)
  return [medianOf(few, count) + 0, count]
}

/** Two values of a sample which the median lies between, but for one case in some thousands; NaN for none. */
function boundsOf(values: Float32Array, excluded: Uint8Array | undefined, center: number | null): [number, number] {
  const sample = new Float32Array(SAMPLE + 1)
  let count = 0
  // Odd, and no simple part of a row.
  const step = Math.ceil(values.length / SAMPLE) | 1
  for (let i = 0; i < values.length; i += step) {
    const value = values[i]
    if (value - value !== 0 || (excluded !== undefined && excluded[i] !== 0)) continue
    sample[count++] = center === null ? value : Math.abs(value - center)
  }
  if (count === 0) return [NaN, NaN]
  const sorted = sample.subarray(0, count).sort()
  // The rank of the median among them has an sd of half the root of their number.
  const reach = 2 * Math.sqrt(count)
  return [sorted[Math.max(0, Math.floor(count / 2 - reach))], sorted[Math.min(count - 1, Math.ceil(count / 2 + reach))]]
}

/** What lies between the bounds; null where that is more than there is room for. `tally` is that of {@link gatherBetween}. */
function enclose(
  values: Float32Array,
  excluded: Uint8Array | undefined,
  low: number,
  high: number,
  center: number | null,
  room: number,
  tally: Int32Array
): Float32Array | null {
  const few = new Float32Array(room)
  let count = 0
  tally.fill(0)
  for (let from = 0; from < values.length; from += BAND) {
    if (count + BAND > room) return null
    count = gatherBetween(values, excluded, from, Math.min(values.length, from + BAND), low, high, center, few, count, tally)
  }
  return few.subarray(0, count)
}

/** The same; null also without SIMD kernels. */
function encloseBySimd(
  values: Float32Array,
  excluded: Uint8Array | undefined,
  low: number,
  high: number,
  center: number | null,
  room: number,
  tally: Int32Array
): Float32Array | null {
  const scratch = scratchMemory(64 + 5 * BAND + 4 * room + 16)
  if (scratch === null) return null
  const { kernels, buffer, start } = scratch
  const valuesAt = start + 64
  const excludedAt = valuesAt + 4 * BAND
  const fewAt = excludedAt + BAND
  const bandTally = new Int32Array(buffer, start, 4)
  const bandValues = new Float32Array(buffer, valuesAt, BAND)
  const bandExcluded = new Uint8Array(buffer, excludedAt, BAND)
  bandTally.fill(0)
  if (excluded === undefined) bandExcluded.fill(0)
  const deviate = center === null ? 0 : 1
  let count = 0
  for (let from = 0; from < values.length; from += BAND) {
    if (count + BAND > room) return null
    const to = Math.min(values.length, from + BAND)
    bandValues.set(values.subarray(from, to))
    if (excluded !== undefined) bandExcluded.set(excluded.subarray(from, to))
    // The kernel takes four at a time.
    const whole = (to - from + 3) & ~3
    bandExcluded.fill(1, to - from, whole)
    count += kernels.gatherBetween(valuesAt, excludedAt, whole, low, high, deviate, center ?? 0, fewAt + 4 * count, start)
  }
  tally.set(bandTally)
  return new Float32Array(buffer, fewAt, count)
}

/** NaN where the middle does not lie within the bounds, or nothing takes part. */
function medianBetween(few: Float32Array, tally: Int32Array, low: number, high: number): number {
  const middle = tally[0] >> 1
  const upper = valueAt(few, tally, low, high, middle)
  if ((tally[0] & 1) === 1) return upper
  const before = middle - tally[2]
  // What the selection of the upper one left before it is not larger.
  const lower = before > 0 && before < few.length ? largestOf(few, before) : valueAt(few, tally, low, high, middle - 1)
  return (lower + upper) / 2
}

/** Of the first `count`. */
function largestOf(values: Float32Array, count: number): number {
  let most = values[0]
  for (let i = 1; i < count; i++) if (values[i] > most) most = values[i]
  return most
}

/** The n-th smallest of all, from 0. */
function valueAt(few: Float32Array, tally: Int32Array, low: number, high: number, n: number): number {
  const [, below, upToLow, upToHigh] = tally
  if (n < below || n >= upToHigh) return NaN
  if (n < upToLow) return low
  return n < upToLow + few.length ? selectNth(few, few.length, n - upToLow) : high
}

function gatherAll(values: Float32Array, excluded: Uint8Array | undefined, center: number | null, out: Float32Array): number {
  let count = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (value - value !== 0 || (excluded !== undefined && excluded[i] !== 0)) continue
    out[count++] = center === null ? value : Math.abs(value - center)
  }
  return count
}
