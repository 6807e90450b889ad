import { assertShape } from '../../frame/assert-shape.js'
import { selectPixels } from '../select-pixels.js'
import type { DefectMap, GainMap } from '../../maps/maps.js'
import type { Unknowns } from '../figure.js'
import type { MeasurableFrame } from '../measurable-frame.js'
import type { PixelCounts, PixelSelection } from '../select-pixels.js'

/** The ways in which a panel or its frames may be turned over against its maps. */
export const ORIENTATIONS = [
  'as calibrated',
  'flipped up-down',
  'flipped left-right',
  'rotated by 180 degrees',
  'transposed',
  'rotated by 90 degrees',
  'rotated by 270 degrees',
  'transposed over the other diagonal'
] as const

export type Orientation = (typeof ORIENTATIONS)[number]

export interface OrientationResult extends PixelCounts {
  /** The orientation of the gain map that leaves least pixel-to-pixel structure; null where it cannot be told. */
  readonly bestOrientation: Orientation | null
  /** Pixel-to-pixel sd for each orientation that fits the shape, percent of the mean (steps between neighbours / sqrt(2)). */
  readonly residualPercent: Readonly<Partial<Record<Orientation, number>>>
  readonly unknown: Unknowns
}

/**
 * Measure which orientation of the gain map fits a corrected flat best: the correction by the map is undone and redone with the map
 * flipped, rotated and transposed, and the sd of the steps between horizontal neighbours is compared; a right map leaves least.
 * Steps are used because shading turns with the tube, not with the panel. About 1e6 pixels are looked at.
 * @param frame corrected flat, float32, DN
 * @param gain the gain map that corrected it
 * @param defects bad pixels never count; null: no map
 * @returns the best orientation and all residuals; transposes only for square frames
 * @throws {ShapeError} ERR_SHAPE when frame, gain map and defect map differ in shape
 */
export function measureOrientation(frame: MeasurableFrame, gain: GainMap, defects: DefectMap | null): OrientationResult {
  const selection = selectPixels('frame', frame, defects)
  assertShape('gain map', gain, selection.shape)
  const square = selection.shape[0] === selection.shape[1]
  const residualPercent: Partial<Record<Orientation, number>> = {}
  let bestOrientation: Orientation | null = null
  for (const orientation of square ? ORIENTATIONS : ORIENTATIONS.slice(0, 4)) {
    const residual = residualOf(selection, gain.data, orientation)
    if (residual === null) continue
    residualPercent[orientation] = residual
    if (bestOrientation === null || residual < residualPercent[bestOrientation]!) bestOrientation = orientation
  }
  const unknown: Unknowns = bestOrientation === null ? { bestOrientation: 'too few good neighbours, or a mean that is not above 0' } : {}
  return { ...selection.counts, bestOrientation, residualPercent, unknown }
}

function residualOf({ data, shape, good }: PixelSelection, gain: Float32Array, orientation: Orientation): number | null {
  const [rows, cols] = shape
  const [start, rowStride, colStride] = strides(orientation, rows, cols)
  const every = Math.max(1, Math.round((rows * cols) / 1e6))
  let pairs = 0
  let squares = 0
  let sum = 0
  for (let row = 0; row < rows; row += every) {
    for (let col = 0, i = row * cols; col < cols - 1; col++, i++) {
      if (good[i] === 0 || good[i + 1] === 0) continue
      const at = start + row * rowStride + col * colStride
      const left = gain[at]
      const right = gain[at + colStride]
      if (!(left > 0 && right > 0 && gain[i] > 0 && gain[i + 1] > 0)) continue
      const a = (data[i] / gain[i]) * left
      const b = (data[i + 1] / gain[i + 1]) * right
      pairs++
      sum += a + b
      squares += (a - b) * (a - b)
    }
  }
  return pairs > 0 && sum > 0 ? (100 * Math.sqrt(squares / pairs / 2)) / (sum / pairs / 2) : null
}

// Index of pixel [row, col] in the turned map = start + row * rowStride + col * colStride.
function strides(orientation: Orientation, rows: number, cols: number): readonly [number, number, number] {
  const last = rows * cols - 1
  switch (orientation) {
    case 'as calibrated':
      return [0, cols, 1]
    case 'flipped up-down':
      return [(rows - 1) * cols, -cols, 1]
    case 'flipped left-right':
      return [cols - 1, cols, -1]
    case 'rotated by 180 degrees':
      return [last, -cols, -1]
    case 'transposed':
      return [0, 1, cols]
    case 'rotated by 90 degrees':
      return [(rows - 1) * cols, 1, -cols]
    case 'rotated by 270 degrees':
      return [cols - 1, -1, cols]
    case 'transposed over the other diagonal':
      return [last, -1, -cols]
  }
}
