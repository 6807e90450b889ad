import { medianOf } from '../../lib/kernels/median/median-of.js'
import { connectPixels } from '../../lib/maps/connect-pixels.js'
import { measureGroups, regionOfGroup } from '../../lib/maps/measure-groups.js'
import type { BlockLevels } from './measure-blocks.js'

/** Part of the field that an object must take, against a smooth field and between two levels. */
const AGAINST_FIELD = 0.1
const BETWEEN_LEVELS = 0.03
/** Blocks of the smallest object. */
const FEWEST = 4
/** Filled part of its rectangle from which a dark part at the border is a read-out chip, and none that an object must be. */
const RECTANGLE = 0.9
/** Fits of the smooth field, each without what lies off the one before. */
const FITS = 4

/**
 * Find objects that were left in the flats: parts of the panel darker than a smooth field (log signal, second order in rows and columns) by
 * more than 10 %, or off the first level by more than 3 % in another one.
 * @param levels the blocks of each level
 * @returns one sentence per object
 */
export function findObjects(levels: readonly BlockLevels[]): string[] {
  const [first, ...others] = levels
  const smooth = smoothField(first)
  const warnings = describe(
    first,
    (block) => first.levels[block] / smooth[block] - 1 < -AGAINST_FIELD,
    'flats of level 1',
    'a smooth field'
  )
  others.forEach((other, k) => {
    const ratio = other.levels.map((level, block) => level / first.levels[block])
    const known = ratio.filter((value) => value === value)
    const usual = known.length === 0 ? NaN : medianOf(known, known.length)
    const isOff = (block: number): boolean => Math.abs(ratio[block] / usual - 1) > BETWEEN_LEVELS
    warnings.push(...describe(other, isOff, `flats of level ${k + 2}`, 'those of level 1'))
  })
  return warnings
}

function describe(
  { levels, rows, cols, size }: BlockLevels,
  isOff: (block: number) => boolean,
  subject: string,
  against: string
): string[] {
  const off = Uint32Array.from(levels.keys()).filter(isOff)
  if (off.length < FEWEST) return []
  const connected = connectPixels(off, cols, false)
  const measured = measureGroups(off, connected, cols)
  const warnings: string[] = []
  for (let group = 0; group < measured.sizes.length; group++) {
    const region = regionOfGroup(measured, group)
    const { row, col, rows: high, cols: wide } = region
    const atBorder = row === 0 || col === 0 || row + high === rows || col + wide === cols
    // Thin parts are lines, which have rules of their own.
    if (measured.sizes[group] < FEWEST || Math.min(high, wide) < 2) continue
    if (atBorder && measured.sizes[group] >= RECTANGLE * high * wide) continue
    warnings.push(
      `${subject}: rows ${row * size} to ${(row + high) * size}, columns ${col * size} to ${(col + wide) * size} differ from ${against}: ` +
        `was an object left in the beam?`
    )
  }
  return warnings
}

/** Terms of the field at a place from -1 to 1. */
const TERMS = 6
const termsAt = (y: number, x: number): number[] => [1, y, x, y * y, x * y, x * x]

/** Least squares of the log level, without what lies more than half the limit off the fit before. */
function smoothField({ levels, rows, cols }: BlockLevels): Float32Array {
  const place = (block: number): number[] => {
    const row = Math.floor(block / cols)
    return termsAt((2 * row) / (rows - 1) - 1, (2 * (block - row * cols)) / (cols - 1) - 1)
  }
  const smooth = new Float32Array(levels.length)
  const known = levels.filter((level) => level > 0)
  smooth.fill(known.length === 0 ? NaN : medianOf(known, known.length))
  for (let fit = 0; fit < FITS; fit++) {
    const normal = Array.from({ length: TERMS }, () => new Float64Array(TERMS + 1))
    // Wide at first: a median is a poor field.
    const limit = Math.log1p([1, 0.3, AGAINST_FIELD, AGAINST_FIELD / 2][fit])
    for (let block = 0; block < levels.length; block++) {
      const log = Math.log(levels[block])
      if (!(Math.abs(log - Math.log(smooth[block])) < limit)) continue
      const terms = place(block)
      for (let a = 0; a < TERMS; a++) {
        for (let b = 0; b < TERMS; b++) normal[a][b] += terms[a] * terms[b]
        normal[a][TERMS] += terms[a] * log
      }
    }
    const weights = solve(normal)
    if (weights.some((weight) => weight - weight !== 0)) return smooth
    for (let block = 0; block < smooth.length; block++) {
      const terms = place(block)
      smooth[block] = Math.exp(weights.reduce((sum, weight, k) => sum + weight * terms[k], 0))
    }
  }
  return smooth
}

/** Gauss-Jordan with the largest pivot; not finite where the equations say too little. */
function solve(rows: Float64Array[]): number[] {
  for (let k = 0; k < TERMS; k++) {
    let pivot = k
    for (let r = k; r < TERMS; r++) if (Math.abs(rows[r][k]) > Math.abs(rows[pivot][k])) pivot = r
    ;[rows[k], rows[pivot]] = [rows[pivot], rows[k]]
    for (let r = 0; r < TERMS; r++) {
      if (r === k) continue
      const factor = rows[r][k] / rows[k][k]
      for (let c = k; c <= TERMS; c++) rows[r][c] -= factor * rows[k][c]
    }
  }
  return rows.map((row, k) => row[TERMS] / row[k])
}
