import { OptionError } from '../errors.js'
import { assertShape } from '../frame/assert-shape.js'
import { fromNdarray } from '../frame/from-ndarray.js'
import { isNdarray } from '../frame/is-ndarray.js'
import { toKernelPixels } from '../frame/to-kernel-pixels.js'
import { BAD_PIXEL_BITS } from '../maps/defect-flags.js'
import { isDefect } from '../maps/is-defect.js'
import type { KernelPixels } from '../frame/pixel-data.js'
import type { Region } from '../frame/region.js'
import type { Shape } from '../frame/shape.js'
import type { DefectMap } from '../maps/maps.js'
import type { MeasurableFrame } from './measurable-frame.js'

/** How many pixels a figure rests on, and how many of its region were left out. */
export interface PixelCounts {
  readonly usedPixels: number
  /** Pixels of the region that the defect map calls bad; those that no X-rays reach are none of them, nor used. */
  readonly defectivePixels: number
  /** Good pixels of the region whose value is NaN or infinite. */
  readonly nonFinitePixels: number
}

/** A frame together with the pixels that count. */
export interface PixelSelection {
  readonly data: KernelPixels
  readonly shape: Shape
  readonly region: Region
  /** 1 where the pixel counts: inside the region, good, finite. */
  readonly good: Uint8Array
  readonly counts: PixelCounts
}

/**
 * Choose the pixels that a metric counts: inside the region, not bad in the defect map, finite.
 * @param subject name of the frame for messages
 * @param defects null: said on purpose that there is no map and every pixel counts
 * @param region default: the whole frame
 * @throws {ShapeError} ERR_SHAPE when the frame is malformed or the defect map has another shape
 * @throws {OptionError} ERR_OPTION when the region is not inside the frame
 */
export function selectPixels(subject: string, frame: MeasurableFrame, defects: DefectMap | null, region?: Region): PixelSelection {
  const plain = isNdarray(frame) ? fromNdarray(frame) : frame
  assertShape(subject, plain)
  const [rows, cols] = plain.shape
  if (defects) assertShape('defect map', defects, plain.shape)
  const area = region ?? { row: 0, col: 0, rows, cols }
  assertInside(area, plain.shape)
  const data = toKernelPixels(subject, plain.data)
  const good = new Uint8Array(rows * cols)
  const flags = defects ? defects.data : null
  const counts = data instanceof Float32Array ? markFinite(good, cols, area, flags, data) : markGood(good, cols, area, flags)
  return { data, shape: plain.shape, region: area, good, counts }
}

function assertInside({ row, col, rows, cols }: Region, shape: Shape): void {
  const whole = [row, col, rows, cols].every(Number.isSafeInteger)
  if (whole && row >= 0 && col >= 0 && rows > 0 && cols > 0 && row + rows <= shape[0] && col + cols <= shape[1]) return
  throw new OptionError({
    subject: 'option "region"',
    expected: `whole rows and columns inside [${shape.join(', ')}]`,
    received: `row ${row}, col ${col}, rows ${rows}, cols ${cols}`
  })
}

function markGood(good: Uint8Array, width: number, { row, col, rows, cols }: Region, flags: Uint32Array | null): PixelCounts {
  let defectivePixels = 0
  let unexposed = 0
  for (let r = row; r < row + rows; r++) {
    const first = r * width + col
    const end = first + cols
    good.fill(1, first, end)
    if (flags === null) continue
    for (let i = first; i < end; i++) {
      if ((flags[i] & BAD_PIXEL_BITS) === 0) continue
      good[i] = 0
      if (isDefect(flags[i])) defectivePixels++
      else unexposed++
    }
  }
  return { usedPixels: rows * cols - defectivePixels - unexposed, defectivePixels, nonFinitePixels: 0 }
}

function markFinite(good: Uint8Array, width: number, area: Region, flags: Uint32Array | null, data: Float32Array): PixelCounts {
  const counts = markGood(good, width, area, flags)
  let nonFinitePixels = 0
  for (let r = area.row; r < area.row + area.rows; r++) {
    for (let i = r * width + area.col, end = i + area.cols; i < end; i++) {
      // x - x is 0 for a finite x, NaN otherwise.
      if (data[i] - data[i] === 0 || good[i] === 0) continue
      good[i] = 0
      nonFinitePixels++
    }
  }
  return { ...counts, usedPixels: counts.usedPixels - nonFinitePixels, nonFinitePixels }
}
