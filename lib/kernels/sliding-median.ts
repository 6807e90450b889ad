/**
 * Exact median of the (2 * rowRadius + 1) x (2 * colRadius + 1) window around every value.
 *
 * The window is clipped at the borders; values with `excluded` != 0 and NaN do not take part; an even number of values
 * gives the mean of the two in the middle; a window without values gives NaN. Each block of the map is turned into ranks
 * by a radix sort, then a bit set over the ranks follows a snake of windows, so that a step costs one word operation per
 * entering and leaving value.
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
  const blockRows = Math.min(rows, blockSide(rowRadius))
  const blockCols = Math.min(cols, blockSide(colRadius))
  const scratch = createScratch((blockRows + 2 * rowRadius) * (blockCols + 2 * colRadius))
  for (let row = 0; row < rows; row += blockRows) {
    for (let col = 0; col < cols; col += blockCols) {
      const endRow = Math.min(rows, row + blockRows)
      const endCol = Math.min(cols, col + blockCols)
      const stride = Math.min(cols, endCol + colRadius) - Math.max(0, col - colRadius)
      rankBlock(values, excluded, rows, cols, row, endRow, col, endCol, rowRadius, colRadius, scratch)
      medianBlock(rows, cols, row, endRow, col, endCol, rowRadius, colRadius, stride, scratch, out)
    }
  }
}

interface Scratch {
  keys: Int32Array
  otherKeys: Int32Array
  places: Int32Array
  otherPlaces: Int32Array
  /** Rank of each value of the block among those that take part; -1: excluded. */
  ranks: Int32Array
  /** The values of the block in rising order. */
  sorted: Float32Array
  sortedBits: Int32Array
  bits: Int32Array
  low: Int32Array
  middle: Int32Array
  high: Int32Array
}

/** Blocks of about five windows a side balance sorting against cache misses (measured). */
function blockSide(radius: number): number {
  return Math.min(240 - 2 * radius, 16 + 10 * radius)
}

function createScratch(size: number): Scratch {
  const sorted = new Float32Array(size)
  return {
    keys: new Int32Array(size),
    otherKeys: new Int32Array(size),
    places: new Int32Array(size),
    otherPlaces: new Int32Array(size),
    ranks: new Int32Array(size),
    sorted,
    sortedBits: new Int32Array(sorted.buffer),
    bits: new Int32Array((size >> 5) + 2),
    low: new Int32Array(2048),
    middle: new Int32Array(2048),
    high: new Int32Array(1024)
  }
}

/** Sort what takes part by its bits (made to order like the numbers), and note each one's rank. */
function rankBlock(
  values: Float32Array,
  excluded: Uint8Array,
  rows: number,
  cols: number,
  row: number,
  endRow: number,
  col: number,
  endCol: number,
  rowRadius: number,
  colRadius: number,
  scratch: Scratch
): void {
  const { keys, otherKeys, places, otherPlaces, ranks, sortedBits, low, middle, high } = scratch
  const bitsOf = new Int32Array(values.buffer, values.byteOffset, values.length)
  const firstRow = Math.max(0, row - rowRadius)
  const lastRow = Math.min(rows, endRow + rowRadius)
  const firstCol = Math.max(0, col - colRadius)
  const lastCol = Math.min(cols, endCol + colRadius)
  low.fill(0)
  middle.fill(0)
  high.fill(0)
  let count = 0
  let place = 0
  for (let r = firstRow; r < lastRow; r++) {
    for (let c = firstCol, i = r * cols + firstCol; c < lastCol; c++, i++, place++) {
      const value = values[i]
      if (excluded[i] !== 0 || value !== value) {
        ranks[place] = -1
        continue
      }
      let key = bitsOf[i]
      key ^= (key >> 31) | 0x80000000
      keys[count] = key
      places[count++] = place
      low[key & 2047]++
      middle[(key >>> 11) & 2047]++
      high[key >>> 22]++
    }
  }
  toStarts(low)
  toStarts(middle)
  toStarts(high)
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

function toStarts(counts: Int32Array): void {
  for (let d = 0, sum = 0; d < counts.length; d++) {
    const count = counts[d]
    counts[d] = sum
    sum += count
  }
}

/** Walk the block in a snake; `below` counts the set bits in the words before `word`, which holds the lower middle. */
function medianBlock(
  rows: number,
  cols: number,
  row: number,
  endRow: number,
  col: number,
  endCol: number,
  rowRadius: number,
  colRadius: number,
  stride: number,
  scratch: Scratch,
  out: Float32Array
): void {
  const { ranks, bits, sorted } = scratch
  const firstRow = Math.max(0, row - rowRadius)
  const firstCol = Math.max(0, col - colRadius)
  bits.fill(0)
  let count = 0
  let below = 0
  let word = 0
  let r = row
  let c = col
  let direction = 1
  const rowLimit = Math.min(rows, row + rowRadius + 1)
  const colLimit = Math.min(cols, col + colRadius + 1)
  for (let y = firstRow; y < rowLimit; y++) {
    for (let x = firstCol; x < colLimit; x++) {
      const rank = ranks[(y - firstRow) * stride + x - firstCol]
      if (rank < 0) continue
      bits[rank >> 5] |= 1 << (rank & 31)
      count++
    }
  }
  for (;;) {
    if (count === 0) out[r * cols + c] = NaN
    else {
      const middle = (count - 1) >> 1
      let set = 0
      while (below > middle) {
        word--
        set = bits[word]
        set = set - ((set >>> 1) & 0x55555555)
        set = (set & 0x33333333) + ((set >>> 2) & 0x33333333)
        below -= Math.imul((set + (set >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
      }
      for (;;) {
        set = bits[word]
        set = set - ((set >>> 1) & 0x55555555)
        set = (set & 0x33333333) + ((set >>> 2) & 0x33333333)
        set = Math.imul((set + (set >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
        if (below + set > middle) break
        below += set
        word++
      }
      let rest = bits[word]
      for (let skip = middle - below; skip > 0; skip--) rest &= rest - 1
      const lower = sorted[(word << 5) + 31 - Math.clz32(rest & -rest)]
      if ((count & 1) === 1) out[r * cols + c] = lower
      else {
        rest &= rest - 1
        let at = word
        while (rest === 0) rest = bits[++at]
        out[r * cols + c] = (lower + sorted[(at << 5) + 31 - Math.clz32(rest & -rest)]) * 0.5
      }
    }
    const next = c + direction
    let leave: number
    let enter: number
    let step: number
    let length: number
    if (next >= col && next < endCol) {
      // One column leaves and one enters; -1 where it lies outside the panel.
      const from = Math.max(0, r - rowRadius)
      length = Math.min(rows, r + rowRadius + 1) - from
      const leaving = c - direction * colRadius
      const entering = next + direction * colRadius
      const base = (from - firstRow) * stride - firstCol
      leave = leaving >= 0 && leaving < cols ? base + leaving : -1
      enter = entering >= 0 && entering < cols ? base + entering : -1
      step = stride
      c = next
    } else {
      if (++r >= endRow) return
      const from = Math.max(0, c - colRadius)
      length = Math.min(cols, c + colRadius + 1) - from
      const leaving = r - 1 - rowRadius
      const entering = r + rowRadius
      leave = leaving >= 0 ? (leaving - firstRow) * stride + from - firstCol : -1
      enter = entering < rows ? (entering - firstRow) * stride + from - firstCol : -1
      step = 1
      direction = -direction
    }
    if (leave >= 0) {
      for (let q = 0, at = leave; q < length; q++, at += step) {
        const rank = ranks[at]
        if (rank < 0) continue
        const w = rank >> 5
        bits[w] ^= 1 << (rank & 31)
        count--
        if (w < word) below--
      }
    }
    if (enter >= 0) {
      for (let q = 0, at = enter; q < length; q++, at += step) {
        const rank = ranks[at]
        if (rank < 0) continue
        const w = rank >> 5
        bits[w] |= 1 << (rank & 31)
        count++
        if (w < word) below++
      }
    }
  }
}
