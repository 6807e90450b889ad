import { localMedianAt } from './local-median-at.js'
import { medianFilter } from './median-filter.js'
import { nextNonZero } from '../map/next-non-zero.js'
import { selectNth } from './select-nth.js'
import { scratchMemory } from '../simd/scratch-memory.js'

/** Value of `excluded` for what is not compared either: its code is 0. */
export const NOT_COMPARED = 255

/** What the ratios to the local medians are compared with, and what is written for those beyond. */
export interface RatioLimits {
  readonly above: number
  readonly aboveCode: number
  readonly below: number
  readonly belowCode: number
  /** Stands for the median of a window without values. */
  readonly otherwise: number
}

/** Side of the tiles whose windows are judged together. */
const TILE = 128
/** Share of doubtful values above which all medians of a tile are taken: an estimate from 441 values to gather for each. */
const MANY = 0.04
/** Part of a window that may be excluded for the second comparison before the bounds of the first one no longer hold. */
const SLACK = 1 / 16

/**
 * Compare every value with the median of the (2 * radius + 1)^2 window around it, clipped at the borders: `aboveCode` where
 * their ratio lies above `above`, `belowCode` where it lies below `below`, else 0. As with {@link medianFilter}, to the bit, but
 * medians are taken only where they decide.
 *
 * A window of n values has a median that is at least the ceil(n / 2)-th smallest and at most the ceil(n / 2)-th largest of any
 * set of values that holds the window: with the fewest values that a window of a tile can have, the values of the tile and its
 * margin bound all its medians. Only values whose ratio to these bounds lies beyond a limit need their own median.
 * What must hold: `values`, `excluded`, `out` have rows * cols elements; radius is an integer from 1 to 60; limits are above 0, or
 * infinite where there is none.
 * @param twice exclude what gets a code, and compare once more; `excluded`, 0 or 1 before, is 2 then for all that got one
 */
export function compareWithLocalMedian(
  values: Float32Array,
  excluded: Uint8Array,
  rows: number,
  cols: number,
  radius: number,
  limits: RatioLimits,
  out: Uint32Array,
  twice = false
): void {
  const side = TILE + 2 * radius
  const size = Math.min(rows, side) * Math.min(cols, side)
  const scratch: Scratch = {
    few: new Float32Array(size),
    doubtful: new Int32Array(TILE * TILE),
    values: null,
    excluded: null,
    local: null
  }
  const bounds = new Float32Array(2 * Math.ceil(cols / TILE))
  const judged: JudgedTile[] = []
  for (let row = 0; row < rows; row += TILE) {
    const endRow = Math.min(rows, row + TILE)
    if (!boundBySimd(values, excluded, rows, cols, radius, row, endRow, bounds)) bounds.fill(NaN)
    for (let col = 0; col < cols; col += TILE) {
      const tile = { row, col, endRow, endCol: Math.min(cols, col + TILE) }
      const at = (2 * col) / TILE
      if (bounds[at] !== bounds[at]) boundsOf(values, excluded, rows, cols, radius, tile, scratch, bounds, at)
      const doubtful = judgeTile(values, excluded, rows, cols, radius, tile, bounds[at], bounds[at + 1], limits, scratch, out)
      if (twice) judged.push({ tile, doubtful: doubtful && doubtful.slice() })
    }
  }
  if (!twice || !excludeFound(judged, cols, excluded, out)) return
  compareAgain(values, excluded, rows, cols, radius, judged, limits, scratch, out)
  excludeFound(judged, cols, excluded, out)
}

interface JudgedTile {
  readonly tile: Tile
  /** Places of which the bounds decide nothing; null: all medians were taken. */
  doubtful: Int32Array | null
}

/** Codes of a tile. Returns the places that took their own median, until the next call; null: all did. */
function judgeTile(
  values: Float32Array,
  excluded: Uint8Array,
  rows: number,
  cols: number,
  radius: number,
  tile: Tile,
  low: number,
  high: number,
  limits: RatioLimits,
  scratch: Scratch,
  out: Uint32Array
): Int32Array | null {
  const count = low > 0 ? collectDoubtful(values, excluded, cols, tile, low, high, limits, scratch, out) : Infinity
  if (count > MANY * (tile.endRow - tile.row) * (tile.endCol - tile.col)) {
    compareAll(values, excluded, rows, cols, radius, tile, limits, scratch, out)
    return null
  }
  for (let k = 0; k < count; k++) compareOne(values, excluded, rows, cols, radius, scratch.doubtful[k], limits, scratch, out)
  return scratch.doubtful.subarray(0, count)
}

/** Excluded by the first comparison. */
const FOUND = 2

/** Exclude what has a code and was not excluded before; false where there is none. */
function excludeFound(judged: readonly JudgedTile[], cols: number, excluded: Uint8Array, out: Uint32Array): boolean {
  let any = false
  const exclude = (i: number): void => {
    if (out[i] === 0 || excluded[i] !== 0) return
    excluded[i] = FOUND
    any = true
  }
  for (let t = 0; t < judged.length; t++) {
    const {
      doubtful,
      tile: { row, col, endRow, endCol }
    } = judged[t]
    if (doubtful !== null) for (let k = 0; k < doubtful.length; k++) exclude(doubtful[k])
    else for (let r = row; r < endRow; r++) for (let c = col; c < endCol; c++) exclude(r * cols + c)
  }
  return any
}

/** The second comparison; where few values of a tile and its margin were excluded since, its bounds still hold. */
function compareAgain(
  values: Float32Array,
  excluded: Uint8Array,
  rows: number,
  cols: number,
  radius: number,
  judged: readonly JudgedTile[],
  limits: RatioLimits,
  scratch: Scratch,
  out: Uint32Array
): void {
  const slack = slackOf(radius)
  const bounds = new Float32Array(2)
  for (let t = 0; t < judged.length; t++) {
    const { tile, doubtful } = judged[t]
    const news = countFound(excluded, rows, cols, radius, tile)
    if (news === 0) continue
    if (doubtful !== null && news <= slack) {
      for (let k = 0; k < doubtful.length; k++) compareOne(values, excluded, rows, cols, radius, doubtful[k], limits, scratch, out)
    } else {
      boundsOf(values, excluded, rows, cols, radius, tile, scratch, bounds, 0)
      const again = judgeTile(values, excluded, rows, cols, radius, tile, bounds[0], bounds[1], limits, scratch, out)
      judged[t].doubtful = again && again.slice()
    }
  }
}

function slackOf(radius: number): number {
  return Math.floor(SLACK * (2 * radius + 1) ** 2)
}

/** How many values of a tile and its margin the first comparison excluded. */
function countFound(excluded: Uint8Array, rows: number, cols: number, radius: number, { row, col, endRow, endCol }: Tile): number {
  let count = 0
  const firstCol = Math.max(0, col - radius)
  const lastCol = Math.min(cols, endCol + radius)
  for (let r = Math.max(0, row - radius), lastRow = Math.min(rows, endRow + radius); r < lastRow; r++) {
    const end = r * cols + lastCol
    for (let i = nextNonZero(excluded, r * cols + firstCol, end); i < end; i = nextNonZero(excluded, i + 1, end)) {
      if (excluded[i] === FOUND) count++
    }
  }
  return count
}

interface Tile {
  readonly row: number
  readonly col: number
  readonly endRow: number
  readonly endCol: number
}

interface Scratch {
  readonly few: Float32Array
  readonly doubtful: Int32Array
  /** A tile with its margin; made when a first one is needed. */
  values: Float32Array | null
  excluded: Uint8Array | null
  local: Float32Array | null
}

/** Bounds of all tiles of a band of rows, two for each; false where there are no SIMD kernels. */
function boundBySimd(
  values: Float32Array,
  excluded: Uint8Array,
  rows: number,
  cols: number,
  radius: number,
  row: number,
  endRow: number,
  bounds: Float32Array
): boolean {
  const firstRow = Math.max(0, row - radius)
  const height = Math.min(rows, endRow + radius) - firstRow
  const room = (4 * height * cols + 63) & ~63
  const scratch = scratchMemory(64 + 2 * room + 8192 + 8 * height * Math.min(cols, TILE + 2 * radius) + 32)
  if (scratch === null) return false
  const { kernels, buffer, start } = scratch
  const valuesAt = start + 64
  const excludedAt = valuesAt + room
  new Float32Array(buffer, valuesAt, height * cols).set(values.subarray(firstRow * cols, (firstRow + height) * cols))
  new Uint8Array(buffer, excludedAt, height * cols).set(excluded.subarray(firstRow * cols, (firstRow + height) * cols))
  const pair = new Float32Array(buffer, start, 2)
  const shortestRows = shortest(rows, row, endRow, radius)
  for (let col = 0; col < cols; col += TILE) {
    const endCol = Math.min(cols, col + TILE)
    const firstCol = Math.max(0, col - radius)
    const width = Math.min(cols, endCol + radius) - firstCol
    const least = shortestRows * shortest(cols, col, endCol, radius) - slackOf(radius)
    kernels.boundMedians(valuesAt + 4 * firstCol, excludedAt + firstCol, height, width, cols, least, start, excludedAt + room)
    bounds.set(pair, (2 * col) / TILE)
  }
  return true
}

/** What no median of the tile lies below, and above; the lower bound is 0 where nothing can be said. */
function boundsOf(
  values: Float32Array,
  excluded: Uint8Array,
  rows: number,
  cols: number,
  radius: number,
  { row, col, endRow, endCol }: Tile,
  { few }: Scratch,
  bounds: Float32Array,
  at: number
): void {
  const firstRow = Math.max(0, row - radius)
  const lastRow = Math.min(rows, endRow + radius)
  const firstCol = Math.max(0, col - radius)
  const lastCol = Math.min(cols, endCol + radius)
  let count = 0
  for (let r = firstRow; r < lastRow; r++) {
    for (let i = r * cols + firstCol, end = r * cols + lastCol; i < end; i++) {
      const value = values[i]
      if (excluded[i] === 0 && value === value) few[count++] = value
    }
  }
  const missing = (lastRow - firstRow) * (lastCol - firstCol) - count
  const least = shortest(rows, row, endRow, radius) * shortest(cols, col, endCol, radius) - slackOf(radius) - missing
  const half = (least + 1) >> 1
  bounds[at] = least < 1 ? 0 : selectNth(few, count, half - 1)
  bounds[at + 1] = least < 1 ? Infinity : selectNth(few, count, count - half)
}

/** Length of the shortest window, clipped to `length`, around the places from `from` to `to`. */
function shortest(length: number, from: number, to: number, radius: number): number {
  const clipped = (place: number): number => Math.min(length, place + radius + 1) - Math.max(0, place - radius)
  return Math.min(clipped(from), clipped(to - 1))
}

/** 0 for what the bounds decide; the places of the rest. */
function collectDoubtful(
  values: Float32Array,
  excluded: Uint8Array,
  cols: number,
  { row, col, endRow, endCol }: Tile,
  low: number,
  high: number,
  { above, below }: RatioLimits,
  { doubtful }: Scratch,
  out: Uint32Array
): number {
  let count = 0
  // A product spares most of the quotients: with a margin for its rounding, none beyond the limit lies within.
  const most = above * low * (1 - 1e-12)
  const least = below * high * (1 + 1e-12)
  for (let r = row; r < endRow; r++) {
    for (let i = r * cols + col, end = r * cols + endCol; i < end; i++) {
      out[i] = 0
      if ((values[i] <= most && values[i] >= least) || excluded[i] === NOT_COMPARED) continue
      if (values[i] / low > above || values[i] / high < below) doubtful[count++] = i
    }
  }
  return count
}

function codeOf(value: number, local: number, { above, aboveCode, below, belowCode, otherwise }: RatioLimits): number {
  const ratio = value / (local === local ? local : otherwise)
  if (ratio > above) return aboveCode
  return ratio < below ? belowCode : 0
}

function compareOne(
  values: Float32Array,
  excluded: Uint8Array,
  rows: number,
  cols: number,
  radius: number,
  place: number,
  limits: RatioLimits,
  { few }: Scratch,
  out: Uint32Array
): void {
  const local = localMedianAt(values, excluded, rows, cols, radius, place, few)
  out[place] = codeOf(values[place], local, limits)
}

/** Every median of a tile: its windows lie in the tile and its margin, clipped where the panel ends. */
function compareAll(
  values: Float32Array,
  excluded: Uint8Array,
  rows: number,
  cols: number,
  radius: number,
  { row, col, endRow, endCol }: Tile,
  limits: RatioLimits,
  scratch: Scratch,
  out: Uint32Array
): void {
  const { length } = scratch.few
  const tileValues = (scratch.values ??= new Float32Array(length))
  const tileExcluded = (scratch.excluded ??= new Uint8Array(length))
  const local = (scratch.local ??= new Float32Array(length))
  const firstRow = Math.max(0, row - radius)
  const firstCol = Math.max(0, col - radius)
  const height = Math.min(rows, endRow + radius) - firstRow
  const width = Math.min(cols, endCol + radius) - firstCol
  for (let y = 0; y < height; y++) {
    const from = (firstRow + y) * cols + firstCol
    tileValues.set(values.subarray(from, from + width), y * width)
    tileExcluded.set(excluded.subarray(from, from + width), y * width)
  }
  medianFilter(tileValues, tileExcluded, height, width, radius, radius, local)
  for (let r = row; r < endRow; r++) {
    for (let c = col; c < endCol; c++) {
      const i = r * cols + c
      out[i] = excluded[i] === NOT_COMPARED ? 0 : codeOf(values[i], local[(r - firstRow) * width + c - firstCol], limits)
    }
  }
}
