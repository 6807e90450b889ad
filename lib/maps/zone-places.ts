import { OptionError } from '../errors.js'
import type { Shape } from '../frame/shape.js'
import type { DefectZone, DefectZoneOptions } from './named-defects.js'

/** The zones from the inside out: what touches two belongs to the first. */
export const DEFECT_ZONES: readonly DefectZone[] = Object.freeze(['centre', 'outer', 'rim'] as const)

/** Where the zones of a panel end. */
export interface ZonePlaces {
  readonly rim: number
  /** First row and column of the central zone, and those behind its last; all 0 when there is none. */
  readonly top: number
  readonly left: number
  readonly bottom: number
  readonly right: number
  /** Pixels per zone, in the order of {@link DEFECT_ZONES}. */
  readonly pixels: readonly number[]
}

/**
 * Place rim and central zone on a panel; where the central zone cannot stand in the very middle, it stands half a pixel to the
 * upper left.
 * @throws {OptionError} ERR_OPTION when the rim leaves nothing, or the central zone does not fit inside the rim
 */
export function zonePlaces([rows, cols]: Shape, { rimPixels = 0, centre = null }: DefectZoneOptions = {}): ZonePlaces {
  const most = Math.ceil(Math.min(rows, cols) / 2) - 1
  if (!Number.isInteger(rimPixels) || rimPixels < 0 || rimPixels > most) {
    throw new OptionError({ subject: 'option "rimPixels"', expected: `an integer from 0 to ${most}`, received: String(rimPixels) })
  }
  const [height, width] = centre ?? [0, 0]
  if (centre !== null) assertCentre(height, width, rows - 2 * rimPixels, cols - 2 * rimPixels)
  const top = Math.floor((rows - height) / 2)
  const left = Math.floor((cols - width) / 2)
  const inside = (rows - 2 * rimPixels) * (cols - 2 * rimPixels)
  const pixels = [height * width, inside - height * width, rows * cols - inside]
  return { rim: rimPixels, top, left, bottom: top + height, right: left + width, pixels }
}

function assertCentre(height: number, width: number, rows: number, cols: number): void {
  const fits = (value: number, most: number): boolean => Number.isInteger(value) && value >= 1 && value <= most
  if (fits(height, rows) && fits(width, cols)) return
  throw new OptionError({
    subject: 'option "centre"',
    expected: `[rows, cols] from 1 to [${rows}, ${cols}]`,
    received: `[${height}, ${width}]`
  })
}

/** Zone of a pixel: 0 centre, 1 outer, 2 rim. */
export function zoneAt({ rim, top, left, bottom, right }: ZonePlaces, [rows, cols]: Shape, row: number, col: number): number {
  if (row >= top && row < bottom && col >= left && col < right) return 0
  return row >= rim && row < rows - rim && col >= rim && col < cols - rim ? 1 : 2
}
