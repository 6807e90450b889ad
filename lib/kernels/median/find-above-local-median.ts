import { localMedianAt } from './local-median-at.js'
import { medianFilter } from './median-filter.js'

/** What stands above its local median, and how the other values lie around theirs. */
export interface AboveLocalMedian {
  /** Values above the median around them by more than the threshold: their places, rising within each tile. */
  readonly places: readonly number[]
  /** The median absolute deviation of the residuals of what is not excluded is certainly at most what was asked; false: not known. */
  readonly isNarrow: boolean
}

/** Windows of this radius; blocks of half of it tile what their windows cover. */
const RADIUS = 10
const BLOCK = RADIUS / 2
/**
 * Tiles that are judged from one value in their middle: 16 x 8 blocks, 20 x 12 with the margins that their windows reach. Narrow, since
 * read-out chips stand side by side, and a tile across a seam tells half as much.
 */
const TILE_ROWS = 16 * BLOCK
const TILE_COLS = 8 * BLOCK
const BLOCK_ROWS = (TILE_ROWS + 2 * RADIUS) / BLOCK
const BLOCKS = (TILE_COLS + 2 * RADIUS) / BLOCK
/** Counts of a block, and of the 25 that hold all its windows, in one number: below, above, taking no part. */
const ABOVE = 1 << 10
const MISSING = 1 << 20
/** Most values of a tile that its middle is taken of: one of 4 x 5. */
const SAMPLE = (TILE_ROWS / 4) * (TILE_COLS / 5)
/** Rounding, relative to the values: many times that of float32. */
const ROUNDING = 1e-6

/**
 * Find the values whose residual, value - median of the 21 x 21 window around (clipped at the borders, without what is excluded and
 * NaN), is above a threshold, and say whether the residuals scatter less than a limit: both without the medians, where the
 * values of a tile lie close together.
 *
 * A window of n values of which at most (n - 1) / 2 lie below L has a median of at least L. The values below L are counted in blocks
 * of 5 x 5, of which 25 hold every window around a value of the one in the middle. So the medians of most windows are known to
 * lie within d = limit / 4 of a value c in the middle of the tile, and their residuals within d of value - c. Where more than
 * half of all residuals are at least -0.4 of the limit, and more than half at most 0.4, so is their median, whatever the others
 * are; where more than half lie within 0.6, these deviate from it by no more than the limit. Values above c by less than half
 * the threshold are not judged one by one, as long as few enough lie below c by more than that; the others have their medians
 * taken: what is found is exact.
 * What must hold: `values` and `excluded` have rows * cols elements; threshold is above 0, limit above 0 and not above it.
 * @param limit of the median absolute deviation from the median of the residuals, each rounded to float32
 */
export function findAboveLocalMedian(
  values: Float32Array,
  excluded: Uint8Array,
  rows: number,
  cols: number,
  threshold: number,
  limit: number
): AboveLocalMedian {
  const scan: Scan = {
    bits: new Int32Array(values.buffer, values.byteOffset, values.length),
    values,
    excluded,
    rows,
    cols,
    threshold,
    limit,
    counts: new Int32Array(BLOCK_ROWS * BLOCKS),
    window: new Float32Array((2 * RADIUS + 1) ** 2),
    doubtful: [],
    places: [],
    all: 0,
    notLow: 0,
    notHigh: 0,
    near: 0
  }
  for (let row = 0; row < rows; row += TILE_ROWS) {
    for (let col = 0; col < cols; col += TILE_COLS) {
      const tile = { row, col, endRow: Math.min(rows, row + TILE_ROWS), endCol: Math.min(cols, col + TILE_COLS) }
      if (!judgeTile(scan, tile)) measureTile(scan, tile)
    }
  }
  return { places: scan.places, isNarrow: isNarrow(scan, rows * cols) || isNarrow(scan, scan.all) }
}

/** Whether more than half of so many residuals are not low, not high, and near 0. */
function isNarrow({ notLow, notHigh, near }: Scan, count: number): boolean {
  return 2 * Math.min(notLow, notHigh, near) > count
}

interface Scan {
  readonly bits: Int32Array
  readonly values: Float32Array
  readonly excluded: Uint8Array
  readonly rows: number
  readonly cols: number
  readonly threshold: number
  readonly limit: number
  /** Of the blocks of a tile and its margins. */
  readonly counts: Int32Array
  readonly window: Float32Array
  readonly doubtful: number[]
  readonly places: number[]
  /** Values that may take part; those of them whose residuals certainly are not low, not high, near 0. */
  all: number
  notLow: number
  notHigh: number
  near: number
}

interface Tile {
  readonly row: number
  readonly col: number
  readonly endRow: number
  readonly endCol: number
}

/** Bits of a number made to order like the numbers. */
function keyOf(bits: number): number {
  return bits ^ ((bits >> 31) & 0x7fffffff)
}

const one = new Float32Array(1)
const oneBits = new Int32Array(one.buffer)

function keyOfValue(value: number): number {
  one[0] = value
  return keyOf(oneBits[0])
}

/** False where the values lie too far apart: nothing is done then. */
function judgeTile(scan: Scan, tile: Tile): boolean {
  const { limit, threshold } = scan
  const center = centerOf(scan, tile)
  const margin = ROUNDING * (Math.abs(center) + threshold)
  // Of one sign where that can be: differences of keys must not overflow.
  const lowest = Math.fround(Math.max(center - threshold / 2, center > 0 ? center / 4 : -Infinity))
  const least = keyOfValue(lowest)
  const most = keyOfValue(lowest + threshold - margin)
  const distance = Math.min(limit / 4, threshold / 4)
  const low = keyOfValue(center - distance)
  const high = keyOfValue(center + distance)
  // NaN where the tile has no value to start from.
  if (!(center - center === 0 && most - least < 0x7fffffff && least <= low && high <= most)) return false
  scan.doubtful.length = 0
  const { far, missing } = countBlocks(scan, tile, least, most, low, high)
  const shortestRows = shortest(scan.rows, tile.row, tile.endRow)
  if (!fitsBelowMedian(far, shortestRows * shortest(scan.cols, tile.col, tile.endCol) - missing)) return false
  for (let k = 0; k < scan.doubtful.length; k++) {
    const place = scan.doubtful[k]
    const local = localMedianAt(scan.values, scan.excluded, scan.rows, scan.cols, RADIUS, place, scan.window)
    if (Math.fround(scan.values[place] - local) > threshold) scan.places.push(place)
  }
  if (!isNarrow(scan, scan.rows * scan.cols)) countResiduals(scan, tile, least, most, center, distance)
  return true
}

/** Whether a window of `count` values or more, of which so many lie below a level, has a median of at least that level. */
function fitsBelowMedian(below: number, count: number): boolean {
  return count > 0 && below <= (count - 1) >> 1
}

/** Length of the shortest window, clipped to `length`, around the places from `from` to `to`. */
function shortest(length: number, from: number, to: number): number {
  const clipped = (place: number): number => Math.min(length, place + RADIUS + 1) - Math.max(0, place - RADIUS)
  return Math.min(clipped(from), clipped(to - 1))
}

/** Median of some of the values of a tile; NaN for none. */
function centerOf({ values, excluded, cols }: Scan, { row, col, endRow, endCol }: Tile): number {
  const some = new Float32Array(SAMPLE)
  let count = 0
  for (let r = row + 2; r < endRow; r += 4) {
    for (let c = col + ((r >> 2) & 3); c < endCol; c += 5) {
      const value = values[r * cols + c]
      if (excluded[r * cols + c] === 0 && value - value === 0) some[count++] = value
    }
  }
  return count === 0 ? NaN : some.subarray(0, count).sort()[count >> 1]
}

/**
 * What lies below `low` and above `high` in every block of a tile and its margins. Returns how many lie below `least` and how many
 * take no part; `doubtful` gathers the places in the tile itself of what lies above `most`.
 */
function countBlocks(scan: Scan, tile: Tile, least: number, most: number, low: number, high: number): { far: number; missing: number } {
  const { bits, excluded, rows, cols, counts, doubtful } = scan
  const left = tile.col - RADIUS
  const endCol = Math.min(cols, tile.endCol + RADIUS)
  counts.fill(0)
  let far = 0
  let missing = 0
  for (let r = Math.max(0, tile.row - RADIUS), end = Math.min(rows, tile.endRow + RADIUS); r < end; r++) {
    const inTile = r >= tile.row && r < tile.endRow
    let block = Math.floor((r - tile.row + RADIUS) / BLOCK) * BLOCKS
    for (let from = left; from < endCol; from += BLOCK, block++) {
      if (from < 0) continue
      let count = 0
      for (let i = r * cols + from, to = r * cols + Math.min(endCol, from + BLOCK); i < to; i++) {
        const key = keyOf(bits[i])
        if (key > most || key < least) {
          const isNumber = (bits[i] & 0x7fffffff) <= 0x7f800000
          if (isNumber && key > most && inTile && from >= tile.col && from < tile.endCol) doubtful.push(i)
          if (!isNumber || excluded[i] !== 0) count += MISSING
          else if (key > most) count += ABOVE
          else {
            count++
            far++
          }
        } else if (excluded[i] !== 0) count += MISSING
        else count += ((key - low) >>> 31) + ((high - key) >>> 31) * ABOVE
      }
      counts[block] += count
      missing += count >> 20
    }
  }
  return { far, missing }
}

/** Bounds of values as keys: from which on, and up to which, residuals are certainly not low, not high, near 0. */
interface Keys {
  readonly least: number
  readonly most: number
  readonly notLow: number
  readonly notHigh: number
  readonly nearFrom: number
  readonly nearTo: number
}

/** Add the residuals of the blocks all of whose medians lie within `distance` of `center`. */
function countResiduals(scan: Scan, tile: Tile, least: number, most: number, center: number, distance: number): void {
  const { rows, cols, counts, limit } = scan
  // Bounds of the medians as they are stored, of the median of all residuals, and of the values whose residuals are told by these.
  const low = Math.fround(center - distance)
  const high = Math.fround(center + distance)
  const middle = 0.4 * limit
  const margin = ROUNDING * (Math.abs(center) + limit)
  const keys: Keys = {
    least,
    most,
    notLow: keyOfValue(high - middle + margin),
    notHigh: keyOfValue(low + middle - margin),
    nearFrom: Math.max(least, keyOfValue(high - limit + middle + margin)),
    nearTo: Math.min(most, keyOfValue(low + limit - middle - margin))
  }
  for (let row = tile.row, y = 2; row < tile.endRow; row += BLOCK, y++) {
    const endRow = Math.min(tile.endRow, row + BLOCK)
    const tall = shortest(rows, row, endRow)
    for (let col = tile.col, x = 2; col < tile.endCol; col += BLOCK, x++) {
      const endCol = Math.min(tile.endCol, col + BLOCK)
      scan.all += (endRow - row) * (endCol - col) - (counts[y * BLOCKS + x] >> 20)
      let around = 0
      for (let down = y - 2; down <= y + 2; down++) {
        const at = down * BLOCKS + x
        around += counts[at - 2] + counts[at - 1] + counts[at] + counts[at + 1] + counts[at + 2]
      }
      const count = tall * shortest(cols, col, endCol) - (around >> 20)
      if (!fitsBelowMedian(around & (ABOVE - 1), count) || !fitsBelowMedian((around >> 10) & (ABOVE - 1), count)) continue
      countBlock(scan, row, endRow, col, endCol, keys)
    }
  }
}

function countBlock(scan: Scan, row: number, endRow: number, col: number, endCol: number, keys: Keys): void {
  const { bits, excluded, cols } = scan
  const { least, most, notLow: low, notHigh: high, nearFrom, nearTo } = keys
  let notLow = 0
  let notHigh = 0
  let near = 0
  for (let r = row; r < endRow; r++) {
    for (let i = r * cols + col, end = r * cols + endCol; i < end; i++) {
      const key = keyOf(bits[i])
      if (excluded[i] !== 0 || key < least || key > most) continue
      notLow += (low - 1 - key) >>> 31
      notHigh += (key - high - 1) >>> 31
      near += ((nearFrom - 1 - key) & (key - nearTo - 1)) >>> 31
    }
  }
  scan.notLow += notLow
  scan.notHigh += notHigh
  scan.near += near
}

/** All medians of a tile: its windows lie in the tile and its margin, clipped where the panel ends. */
function measureTile(scan: Scan, { row, col, endRow, endCol }: Tile): void {
  const { values, excluded, rows, cols, threshold, places } = scan
  const firstRow = Math.max(0, row - RADIUS)
  const firstCol = Math.max(0, col - RADIUS)
  const height = Math.min(rows, endRow + RADIUS) - firstRow
  const width = Math.min(cols, endCol + RADIUS) - firstCol
  const tileValues = new Float32Array(height * width)
  const tileExcluded = new Uint8Array(height * width)
  const local = new Float32Array(height * width)
  for (let y = 0; y < height; y++) {
    const from = (firstRow + y) * cols + firstCol
    tileValues.set(values.subarray(from, from + width), y * width)
    tileExcluded.set(excluded.subarray(from, from + width), y * width)
  }
  medianFilter(tileValues, tileExcluded, height, width, RADIUS, RADIUS, local)
  scan.all += (endRow - row) * (endCol - col)
  for (let r = row; r < endRow; r++) {
    for (let c = col; c < endCol; c++) {
      if (Math.fround(values[r * cols + c] - local[(r - firstRow) * width + c - firstCol]) > threshold) places.push(r * cols + c)
    }
  }
}
