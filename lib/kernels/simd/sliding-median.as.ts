// Sliding median of a float32 map: the algorithm of lib/kernels/median/sliding-median.ts, with words of 64 ranks. Ranks stand 32768 lower
// than they are, so that signed lanes compare them; a rank's group of 8 words begins as many bytes behind the first one as its
// rank without the lowest 6 bits.

/** Most values of a block with its margins, ranks rounded up to whole groups. */
const MOST: usize = 58624

// Offsets in `scratch`: histograms of three digits, bit sets, ranks, counts of what takes part, sorted values, keys with places.
const MIDDLE: usize = 8192
const HIGH: usize = 16384
const BITS: usize = 20480
const RANKS: usize = BITS + MOST + 128
const TAKING: usize = RANKS + 2 * MOST
const SORTED: usize = TAKING + 2 * MOST
const PAIRS: usize = SORTED + 4 * MOST
const OTHERS: usize = PAIRS + 8 * MOST

// @ts-expect-error a decorator of AssemblyScript
@inline
function increment(counter: usize): void {
  store<u32>(counter, load<u32>(counter) + 1)
}
// @ts-expect-error a decorator of AssemblyScript
@inline
function take(counter: usize): usize {
  const at: usize = load<u32>(counter)
  store<u32>(counter, <u32>at + 1)
  return at
}

/** Keys with places of what takes part, histograms of their digits, and how many stand above and left of a corner. Returns how many. */
function collect(
  values: usize, excluded: usize, rows: i32, cols: i32, top: i32, left: i32, height: i32, width: i32, spare: i32, scratch: usize
): i32 {
  const from = max(0, -left)
  const to = min(width, cols - left)
  const ranks = scratch + RANKS
  const next: usize = (width + 1) << 1
  const pairs = scratch + PAIRS
  let pair = pairs
  let above = scratch + TAKING
  memory.fill(above, 0, next)
  for (let y = 0; y < height; y++, above += next) {
    const here = above + next
    const r = top + y
    const end = r >= 0 && r < rows ? to : from
    let place = ranks + (<usize>(y * width) << 1)
    let i: usize = r * cols + left
    let inRow = 0
    store<u16>(here, 0)
    for (let x = 0; x < width; x++, i++, place += 2) {
      const raw = x >= from && x < end && load<u8>(excluded + i) == 0 ? load<u32>(values + (i << 2)) : <u32>-1
      // NaN have larger bits than Infinity
      if ((raw & 0x7fffffff) <= 0x7f800000) {
        const key = raw ^ ((<u32>(<i32>raw >> 31)) | 0x80000000)
        store<u64>(pair, (<u64>key << 16) | <u64>((place - ranks) >> 1))
        pair += 8
        increment(scratch + ((key & 2047) << 2))
        increment(scratch + (((key >> 11) & 2047) << 2) + MIDDLE)
        increment(scratch + ((key >> 22) << 2) + HIGH)
        inRow++
      } else {
        store<u16>(place, <u16>spare)
      }
      const corner: usize = x << 1
      store<u16>(here + corner, <u16>(<i32>load<u16>(above + corner, 2) + inRow), 2)
    }
  }
  return <i32>((pair - pairs) >> 3)
}

function toStarts(counts: usize, bytes: usize): void {
  let sum: u32 = 0
  for (let d: usize = 0; d < bytes; d += 4) {
    const count = load<u32>(counts + d)
    store<u32>(counts + d, sum)
    sum += count
  }
}

/** Radix sort by three digits; notes each one's rank and the values in rising order. */
function sort(count: i32, scratch: usize): void {
  toStarts(scratch, 8192)
  toStarts(scratch + MIDDLE, 8192)
  toStarts(scratch + HIGH, 4096)
  const pairs = scratch + PAIRS
  const others = scratch + OTHERS
  const end = pairs + (<usize>count << 3)
  for (let p = pairs; p < end; p += 8) {
    const pair = load<u64>(p)
    store<u64>(others + (take(scratch + ((<usize>(pair >> 16) & 2047) << 2)) << 3), pair)
  }
  const otherEnd = others + (<usize>count << 3)
  for (let p = others; p < otherEnd; p += 8) {
    const pair = load<u64>(p)
    store<u64>(pairs + (take(scratch + MIDDLE + ((<usize>(pair >> 27) & 2047) << 2)) << 3), pair)
  }
  for (let p = pairs; p < end; p += 8) {
    const pair = load<u64>(p)
    const key = <u32>(pair >> 16)
    const to = take(scratch + HIGH + ((key >> 22) << 2))
    store<u32>(scratch + (to << 2), key ^ ((<u32>(<i32>~key >> 31)) | 0x80000000), SORTED)
    store<u16>(scratch + RANKS + ((<usize>pair & 0xffff) << 1), <u16>(to - 32768))
  }
}

/** Flips the bit of the rank at `rank` in a set (of which `bits` is the word for rank 0 as it is stored). */
// @ts-expect-error a decorator of AssemblyScript
@inline
function flip(bits: usize, rank: i32): void {
  const at = bits + (rank & -64)
  store<u64>(at, load<u64>(at) ^ ((<u64>1) << rank))
}
/** The same for a value that leaves and one that comes; returns by how many more bits stand below `bound`. */
// @ts-expect-error a decorator of AssemblyScript
@inline
function exchange(bits: usize, gone: usize, come: usize, bound: i32): i32 {
  const out = <i32>load<i16>(gone)
  const into = <i32>load<i16>(come)
  flip(bits, out)
  flip(bits, into)
  return i32(into < bound) - i32(out < bound)
}
// @ts-expect-error a decorator of AssemblyScript
@inline
function wordOf(p: usize, pair: usize, own: usize): u64 {
  return load<u64>(p) | load<u64>(p + pair) | load<u64>(p + own)
}
// @ts-expect-error a decorator of AssemblyScript
@inline
function valueAt(p: usize, first: usize, sorted: usize, rest: u64): f32 {
  return load<f32>(sorted + (((p - first) + <usize>ctz<u64>(rest)) << 2))
}
/**
 * Median of a window with corners `upper` and `lower` of which `before` values stand below the group at p; returns the group where it
 * was found, p for a window without values.
 */
function search(
  upper: usize, lower: usize, span: usize, p: usize, before: i32, pair: usize, own: usize, first: usize, sorted: usize, out: usize
): usize {
  const count = (<i32>load<u16>(lower + span) - <i32>load<u16>(lower) - <i32>load<u16>(upper + span) + <i32>load<u16>(upper)) & 65535
  if (count == 0) {
    store<u32>(out, 0x7fc00000)
    return p
  }
  const middle = (count - 1) >> 1
  while (before > middle) {
    p -= 64
    before -= <i32>popcnt<u64>(wordOf(p, pair, own))
  }
  let rest = wordOf(p, pair, own)
  for (let bits = <i32>popcnt<u64>(rest); before + bits <= middle; bits = <i32>popcnt<u64>(rest)) {
    before += bits
    p += 64
    rest = wordOf(p, pair, own)
  }
  for (let skip = middle - before; skip > 0; skip--) rest &= rest - 1
  const value = valueAt(p, first, sorted, rest)
  if ((count & 1) == 1) {
    store<f32>(out, value)
    return p
  }
  rest &= rest - 1
  let q = p
  while (rest == 0) {
    q += 64
    rest = wordOf(q, pair, own)
  }
  store<f32>(out, <f32>((<f64>value + <f64>valueAt(q, first, sorted, rest)) * 0.5))
  return p
}
/**
 * Medians of `windows` columns, at most 4, over `height` rows from column `base` of the block down; `out` is that of the first one. The
 * block is `deep` rows deep without its margins; behind it stands a row of values that take no part, which leave before any others.
 */
function walk(
  total: i32, groups: usize, cols: i32, height: i32, deep: i32, base: i32, windows: i32, width: i32, tall: i32, wide: i32, scratch: usize,
  out: usize
): void {
  const first = scratch + BITS
  const sorted = scratch + SORTED
  const bits = first + 32768
  const line: usize = width << 1
  const last: usize = (wide - 1) << 1
  const core = wide - 3
  const shift: i32 = ((core - 1) & 7) ^ 7
  // lanes of the last eight columns of the shared ones that are of these
  const lanes = (0xff >> shift) & (core > 0 ? 0xff : 0)
  memory.fill(first, 0, groups << 6)
  let word: usize = total >> 7
  let bound = (<i32>word << 6) - 32768
  let b0 = 0, b1 = 0, b2 = 0, b3 = 0, b4 = 0, b5 = 0, b6 = 0
  const corners: usize = (width + 1) << 1
  const down = corners * tall
  const span: usize = wide << 1
  const empty = scratch + RANKS + line * (tall - 1 + deep)
  const start = scratch + RANKS + (<usize>base << 1)
  let gone = empty
  let come = start
  let upper = scratch + TAKING + (<usize>base << 1)
  for (let y = 1 - tall; y < height; y++, come += line) {
    const limit = i16x8.splat(<i16>bound)
    let x: usize = 6
    for (; x + 14 < last; x += 16) {
      b0 += <i32>popcnt<u32>(i16x8.bitmask(i16x8.lt_s(v128.load(come + x), limit)))
      b0 -= <i32>popcnt<u32>(i16x8.bitmask(i16x8.lt_s(v128.load(gone + x), limit)))
    }
    if (lanes != 0) {
      b0 += <i32>popcnt<u32>(i16x8.bitmask(i16x8.lt_s(v128.load(come + x), limit)) & lanes)
      b0 -= <i32>popcnt<u32>(i16x8.bitmask(i16x8.lt_s(v128.load(gone + x), limit)) & lanes)
    }
    for (let x: usize = 6; x <= last; x += 2) {
      flip(bits, <i32>load<i16>(gone + x))
      flip(bits, <i32>load<i16>(come + x))
    }
    const behind = last + 2
    b1 += exchange(bits + 8, gone + 2, come + 2, bound) + exchange(bits + 8, gone + 4, come + 4, bound)
    b2 += exchange(bits + 16, gone + behind, come + behind, bound) + exchange(bits + 16, gone + behind + 2, come + behind + 2, bound)
    b3 += exchange(bits + 24, gone, come, bound)
    b4 += exchange(bits + 32, gone + behind, come + behind, bound)
    b5 += exchange(bits + 40, gone + 4, come + 4, bound)
    b6 += exchange(bits + 48, gone + behind + 4, come + behind + 4, bound)
    if (y < 0) continue
    const lower = upper + down
    let p = first + (word << 6)
    const found = (search(upper, lower, span, p, b0 + b1 + b3, 8, 24, first, sorted, out) - first) >> 6
    // the first window leads the others: their medians are near its own
    const sign = found < word ? -1 : 1
    while (word != found) {
      if (sign < 0) p -= 64
      b0 += sign * <i32>popcnt<u64>(load<u64>(p))
      b1 += sign * <i32>popcnt<u64>(load<u64>(p, 8))
      b2 += sign * <i32>popcnt<u64>(load<u64>(p, 16))
      b3 += sign * <i32>popcnt<u64>(load<u64>(p, 24))
      b4 += sign * <i32>popcnt<u64>(load<u64>(p, 32))
      b5 += sign * <i32>popcnt<u64>(load<u64>(p, 40))
      b6 += sign * <i32>popcnt<u64>(load<u64>(p, 48))
      if (sign > 0) p += 64
      word += sign
    }
    bound = (<i32>word << 6) - 32768
    if (windows > 1) search(upper + 2, lower + 2, span, p, b0 + b1 + b4, 8, 32, first, sorted, out + 4)
    if (windows > 2) search(upper + 4, lower + 4, span, p, b0 + b2 + b5, 16, 40, first, sorted, out + 8)
    if (windows > 3) search(upper + 6, lower + 6, span, p, b0 + b2 + b6, 16, 48, first, sorted, out + 12)
    gone = start + line * y
    upper += corners
    out += <usize>cols << 2
  }
}

// @ts-expect-error a decorator of AssemblyScript
@inline
function blockSide(side: i32, radius: i32): i32 {
  return min(240 - 2 * radius, max(side, 3 * radius))
}

/**
 * Medians of the windows around the values of rows `fromRow` to before `toRow` of a map of rows * cols; `out` begins with fromRow.
 * What must hold: colRadius is from 1 to 60, rowRadius from 0 to 60; `scratch` holds 1 600 000 bytes.
 */
export function slidingMedian(
  values: usize, excluded: usize, rows: i32, cols: i32, fromRow: i32, toRow: i32, rowRadius: i32, colRadius: i32, out: usize, scratch: usize
): void {
  const blockRows = min(toRow - fromRow, blockSide(96, rowRadius))
  const blockCols = (min(cols, blockSide(64, colRadius)) + 3) & ~3
  const height = blockRows + 2 * rowRadius
  const width = blockCols + 2 * colRadius
  const spare = (height * width + 63) & ~63
  const groups = (<usize>spare >> 6) + 1
  for (let x = 0; x < width; x++) store<u16>(scratch + RANKS + (<usize>(height * width + x) << 1), <u16>(spare - 32768))
  for (let row = fromRow; row < toRow; row += blockRows) {
    for (let col = 0; col < cols; col += blockCols) {
      memory.fill(scratch, 0, BITS)
      const total = collect(values, excluded, rows, cols, row - rowRadius, col - colRadius, height, width, spare - 32768, scratch)
      sort(total, scratch)
      const deep = min(toRow - row, blockRows)
      const end = min(cols - col, blockCols)
      for (let c = 0; c < end; c += 4) {
        const to = out + (<usize>((row - fromRow) * cols + col + c) << 2)
        walk(total, groups, cols, deep, blockRows, c, min(4, end - c), width, 2 * rowRadius + 1, 2 * colRadius + 1, scratch, to)
      }
    }
  }
}
