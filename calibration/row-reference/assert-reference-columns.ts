import { OptionError } from '../../lib/errors.js'
import type { Shape } from '../../lib/frame/shape.js'
import { DEFECT_FLAGS } from '../../lib/maps/defect-flags.js'
import type { DefectMap } from '../../lib/maps/maps.js'

/** Ranges of columns, half-open [from, to). */
export type ColumnRanges = readonly (readonly [number, number])[]

/** Part of a panel that may be shielded: where it is more, flats and darks cannot be told apart by their means. */
const LARGEST_PART = 0.25

/**
 * Check shielded columns against a panel.
 * @returns the ranges in ascending order
 * @throws {OptionError} ERR_OPTION for ranges that leave the panel, overlap, or together are more than a quarter of it
 */
export function assertReferenceColumns(columns: ColumnRanges, [, cols]: Shape): ColumnRanges {
  if (!(Array.isArray as (value: unknown) => boolean)(columns) || columns.length === 0)
    refuse('one range [from, to) or more', JSON.stringify(columns) ?? typeof columns)
  for (const range of columns as readonly unknown[]) {
    const [from, to] = Array.isArray(range) && range.length === 2 ? (range as unknown[]) : [NaN, NaN]
    const fits = Number.isSafeInteger(from) && Number.isSafeInteger(to) && (from as number) >= 0 && (to as number) <= cols
    if (!fits || !((from as number) < (to as number)))
      refuse(`ranges [from, to) inside 0 to ${cols}`, JSON.stringify(range) ?? typeof range)
  }
  const sorted = [...columns].sort((a, b) => a[0] - b[0])
  const overlapping = sorted.find(([from], k) => k > 0 && from < sorted[k - 1][1])
  if (overlapping) refuse('ranges that do not overlap', `[${overlapping.join(', ')}] begins inside another`)
  const count = sorted.reduce((sum, [from, to]) => sum + to - from, 0)
  if (count > LARGEST_PART * cols) refuse(`at most a quarter of the ${cols} columns of the panel`, `${count} columns`)
  return sorted
}

/** The flags of a panel with shielded columns: those given, and that no X-rays reach these columns. */
export function flagReferenceColumns(columns: ColumnRanges, shape: Shape, given: DefectMap | null): DefectMap {
  const [rows, cols] = shape
  const data = given === null ? new Uint32Array(rows * cols) : given.data.slice()
  for (const [from, to] of columns) {
    for (let row = 0; row < rows; row++) {
      for (let i = row * cols + from; i < row * cols + to; i++) data[i] |= DEFECT_FLAGS.unexposed
    }
  }
  return { data, shape }
}

function refuse(expected: string, received: string): never {
  throw new OptionError({ subject: 'option "referenceColumns"', expected, received })
}
