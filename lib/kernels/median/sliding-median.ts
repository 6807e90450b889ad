/**
 * Exact median of the (2 * rowRadius + 1) x (2 * colRadius + 1) window around every value; `medianFilter` picks this or the SIMD kernel.
 *
 * The window is clipped at the borders; values with `excluded` != 0 and NaN do not take part; an even number of values
 * gives the mean of the two in the middle; a window without values gives NaN. Each block of the map is turned into ranks
 * by a radix sort, and bit sets over the ranks follow the windows. Four windows side by side go down together: the columns that
 * they share stand in one bit set, so that a step costs 13 word operations a window for 21 x 21 instead of 42.
 *
 * What must hold: `values`, `excluded`, `out` have rows * cols elements; `out` is none of the others; radii are
 * integers from 0 to 60.
 * @see Suomela, Median filtering is equivalent to sorting, 2014 (arXiv:1406.1717)
 */
export function slidingMedian(
  values: Float32Array,
  excluded: Uint8Array,
  rows: number,
  cols: number,
  rowRadius: number,
  colRadius: number,
  out: Float32Array
): void {
  const blockRows = Math.min(rows, blockSide(96, rowRadius))
  const blockCols = (Math.min(cols, blockSide(64, colRadius)) + 3) & ~3
  const scratch = createScratch(blockRows + 2 * rowRadius, blockCols + 2 * colRadius, 2 * rowRadius + 1, 2 * colRadius + 1)
  for (let row = 0; row < rows; row += blockRows) {
    for (let col = 0; col < cols; col += blockCols) {
      const count = rankBlock(values, excluded, rows, cols, row - rowRadius, col - colRadius, scratch)
      const endRow = Math.min(rows, row + blockRows)
      const endCol = Math.min(cols, col + blockCols)
      for (let c = col; c < endCol; c += 4) walkDown(count, cols, row, endRow, col, c, Math.min(4, endCol - c), scratch, out)
    }
  }
}

/**
 * Side of a block, larger for large windows; with its margins at most 240, so that ranks fit into 16 bits. Of the sizes that were
 * tried none stood out from 96 x 64.
 */
function blockSide(side: number, radius: number): number {
  return Math.min(240 - 2 * radius, Math.max(side, 3 * radius))
}

/** Bit sets of four windows side by side: the shared columns; those of windows 0 and 1, of 2 and 3; one for each window. */
const SETS = 7

interface Scratch {
  /** Rows and columns of the block with its margins, and of the window. */
  readonly height: number
  readonly width: number
  readonly tall: number
  readonly wide: number
  readonly keys: Int32Array
  readonly otherKeys: Int32Array
  readonly places: Uint16Array
  readonly otherPlaces: Uint16Array
  /** Rank of each value of the block among those that take part; what does not has a rank in a word behind all others. */
  readonly ranks: Uint16Array
  /** Values that take part above and to the left of each corner between pixels, modulo 65536. */
  readonly taking: Uint16Array
  /** The values of the block in rising order. */
  readonly sorted: Float32Array
  readonly sortedBits: Int32Array
  /** 8 words side by side for each 32 ranks: the bit sets, and one to spare. */
  readonly bits: Int32Array
  /** Bits of each set in the words before the present one. */
  readonly below: Int32Array
  /** First and last column of the shared set; set and column of each further column. */
  readonly coreFrom: number
  readonly coreTo: number
  readonly extraSets: Int32Array
  readonly extraCols: Int32Array
  readonly low: Int32Array
  readonly middle: Int32Array
  readonly high: Int32Array
}

function createScratch(height: number, width: number, tall: number, wide: number): Scratch {
  const size = height * width
  const sorted = new Float32Array(size)
  // Windows one column wide share nothing.
  const extraSets = wide === 1 ? [3, 4, 5, 6] : [1, 1, 2, 2, 3, 4, 5, 6]
  const extraCols = wide === 1 ? [0, 1, 2, 3] : [1, 2, wide, wide + 1, 0, wide, 2, wide + 2]
  return {
    height,
    width,
    tall,
    wide,
    keys: new Int32Array(size),
    otherKeys: new Int32Array(size),
    places: new Uint16Array(size),
    otherPlaces: new Uint16Array(size),
    ranks: new Uint16Array(size),
    taking: new Uint16Array((height + 1) * (width + 1)),
    sorted,
    sortedBits: new Int32Array(sorted.buffer),
    bits: new Int32Array(((size >> 5) + 2) * 8),
    below: new Int32Array(SETS),
    coreFrom: wide === 1 ? 0 : 3,
    coreTo: wide === 1 ? 0 : wide,
    extraSets: Int32Array.from(extraSets),
    extraCols: Int32Array.from(extraCols),
    low: new Int32Array(2048),
    middle: new Int32Array(2048),
    high: new Int32Array(1024)
  }
}

const NO_RANK = 65535

/** Sort what takes part by its bits (made to order like the numbers), and note each one's rank. Returns how many take part. */
function rankBlock(
  values: Float32Array,
  excluded: Uint8Array,
  rows: number,
  cols: number,
  top: number,
  left: number,
  scratch: Scratch
): number {
  const { height, width, ranks, low, middle, high } = scratch
  low.fill(0)
  middle.fill(0)
  high.fill(0)
  ranks.fill(NO_RANK)
  const count = collectBlock(values, excluded, rows, cols, top, left, scratch)
  toStarts(low)
  toStarts(middle)
  toStarts(high)
  sortBlock(count, scratch)
  const spare = (count + 31) & ~31
  if (count < height * width) for (let place = 0; place < ranks.length; place++) if (ranks[place] === NO_RANK) ranks[place] = spare
  return count
}

/** Keys and places of what takes part, histograms of the three digits of the keys, and how many stand above and left of a corner. */
function collectBlock(
  values: Float32Array,
  excluded: Uint8Array,
  rows: number,
  cols: number,
  top: number,
  left: number,
  scratch: Scratch
): number {
  const { height, width, keys, places, taking, low, middle, high } = scratch
  const bitsOf = new Int32Array(values.buffer, values.byteOffset, values.length)
  const from = Math.max(0, -left)
  const to = Math.min(width, cols - left)
  let count = 0
  for (let y = 0; y < height; y++) {
    const above = y * (width + 1) + 1
    const here = above + width + 1
    const r = top + y
    const end = r < 0 || r >= rows ? from : to
    let inRow = 0
    for (let x = 0; x < from; x++) taking[here + x] = taking[above + x]
    for (let x = from, i = r * cols + left + from, place = y * width + from; x < end; x++, i++, place++) {
      const raw = bitsOf[i]
      // NaN have larger bits than Infinity.
      if (excluded[i] === 0 && (raw & 0x7fffffff) <= 0x7f800000) {
        const key = raw ^ ((raw >> 31) | 0x80000000)
        keys[count] = key
        places[count++] = place
        low[key & 2047]++
        middle[(key >>> 11) & 2047]++
        high[key >>> 22]++
        inRow++
      }
      taking[here + x] = taking[above + x] + inRow
    }
    for (let x = end; x < width; x++) taking[here + x] = taking[above + x] + inRow
  }
  return count
}

function toStarts(counts: Int32Array): void {
  for (let d = 0, sum = 0; d < counts.length; d++) {
    const count = counts[d]
    counts[d] = sum
    sum += count
  }
}

function sortBlock(count: number, scratch: Scratch): void {
  const { keys, otherKeys, places, otherPlaces, ranks, sortedBits, low, middle, high } = scratch
  for (let q = 0; q < count; q++) {
    const key = keys[q]
    const to = low[key & 2047]++
    otherKeys[to] = key
    otherPlaces[to] = places[q]
  }
  for (let q = 0; q < count; q++) {
    const key = otherKeys[q]
    const to = middle[(key >>> 11) & 2047]++
    keys[to] = key
    places[to] = otherPlaces[q]
  }
  for (let q = 0; q < count; q++) {
    const key = keys[q]
    const to = high[key >>> 22]++
    sortedBits[to] = key ^ ((~key >> 31) | 0x80000000)
    ranks[places[q]] = to
  }
}

function countBits(bits: number): number {
  bits = bits - ((bits >>> 1) & 0x55555555)
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333)
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/**
 * Medians of `windows` columns from column c of the block that begins at (row, col). A value enters and leaves by the same
 * operation, the flip of its bit; `below` counts the bits of each set in the words before `word`, near the median. What
 * does not take part flips bits in a word behind all others, which no search reaches.
 */
function walkDown(
  total: number,
  cols: number,
  row: number,
  endRow: number,
  col: number,
  c: number,
  windows: number,
  scratch: Scratch,
  out: Float32Array
): void {
  const { width, tall, wide, ranks, taking, bits, below, sorted, coreFrom, coreTo, extraSets, extraCols } = scratch
  const extras = extraSets.length
  const base = c - col
  const corners = width + 1
  bits.fill(0)
  below.fill(0)
  let word = total >> 6
  for (let y = 0, enter = base; y < tall; y++, enter += width) {
    for (let at = enter + coreFrom; at < enter + coreTo; at++) {
      const rank = ranks[at]
      const w = rank >> 5
      bits[w << 3] ^= 1 << rank
      below[0] -= (w - word) >> 31
    }
    for (let k = 0; k < extras; k++) {
      const set = extraSets[k]
      const rank = ranks[enter + extraCols[k]]
      const w = rank >> 5
      bits[(w << 3) + set] ^= 1 << rank
      below[set] -= (w - word) >> 31
    }
  }
  for (let r = row; ;) {
    for (let k = 0; k < windows; k++) {
      const upper = (r - row) * corners + base + k
      const lower = upper + tall * corners
      const count = (taking[lower + wide] - taking[lower] - taking[upper + wide] + taking[upper]) & 65535
      if (count === 0) {
        out[r * cols + c + k] = NaN
        continue
      }
      const middle = (count - 1) >> 1
      const pair = 1 + (k >> 1)
      const own = 3 + k
      let before = below[0] + below[pair] + below[own]
      let p = word << 3
      while (before > middle) {
        p -= 8
        before -= countBits(bits[p] | bits[p + pair] | bits[p + own])
      }
      let rest = 0
      for (;;) {
        rest = bits[p] | bits[p + pair] | bits[p + own]
        const set = countBits(rest)
        if (before + set > middle) break
        before += set
        p += 8
      }
      const found = p >> 3
      for (let skip = middle - before; skip > 0; skip--) rest &= rest - 1
      const first = sorted[(p << 2) + 31 - Math.clz32(rest & -rest)]
      if ((count & 1) === 1) out[r * cols + c + k] = first
      else {
        rest &= rest - 1
        while (rest === 0) {
          p += 8
          rest = bits[p] | bits[p + pair] | bits[p + own]
        }
        out[r * cols + c + k] = (first + sorted[(p << 2) + 31 - Math.clz32(rest & -rest)]) * 0.5
      }
      // The first window leads the others: their medians are near its own.
      if (k > 0) continue
      for (; word < found; word++) for (let s = 0; s < SETS; s++) below[s] += countBits(bits[(word << 3) + s])
      for (; word > found; word--) for (let s = 0; s < SETS; s++) below[s] -= countBits(bits[(word << 3) - 8 + s])
    }
    if (++r >= endRow) return
    const leave = (r - row - 1) * width + base
    const ahead = tall * width
    let change = 0
    for (let at = leave + coreFrom, end = leave + coreTo; at < end; at++) {
      const gone = ranks[at]
      const from = gone >> 5
      bits[from << 3] ^= 1 << gone
      const come = ranks[at + ahead]
      const to = come >> 5
      bits[to << 3] ^= 1 << come
      change += ((from - word) >> 31) - ((to - word) >> 31)
    }
    below[0] += change
    for (let k = 0; k < extras; k++) {
      const set = extraSets[k]
      const at = leave + extraCols[k]
      const gone = ranks[at]
      const from = gone >> 5
      bits[(from << 3) + set] ^= 1 << gone
      const come = ranks[at + ahead]
      const to = come >> 5
      bits[(to << 3) + set] ^= 1 << come
      below[set] += ((from - word) >> 31) - ((to - word) >> 31)
    }
  }
}
