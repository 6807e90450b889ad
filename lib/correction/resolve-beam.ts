import { OptionError, ShapeError } from '../errors.js'
import type { Region } from '../frame/region.js'
import type { CalibrationSet } from '../maps/calibration-set.js'

/** How the beam of each frame is measured; see `CorrectorOptions.beam`. */
export interface BeamOptions {
  /** Regions that only air covers in every frame. Together at least 128 good pixels in a tile of 16 x 16; several pool their tiles. */
  readonly regions: readonly Region[]
  /**
   * Corrected level that they are brought to, DN.
   * @default the reference of the gain map
   */
  readonly level?: number
  /**
   * When something lies in the regions, or the beam is none that is believed: `refuse` the frame (ERR_MODE), or take the factor of the
   * `previous` one that was measured (refused where there is none).
   * @default 'refuse'
   */
  readonly onObject?: 'refuse' | 'previous'
}

const NAMES: readonly string[] = ['regions', 'level', 'onObject']
/** Fewest pixels of a tile that count: half of 16 x 16. */
const SMALLEST = 128

/**
 * The options of the beam factor with what was left out.
 * @throws {OptionError} ERR_OPTION, {ShapeError} ERR_SHAPE when a region lies outside the panel
 */
export function resolveBeam(beam: BeamOptions, { offset, gain }: CalibrationSet): Required<BeamOptions> {
  if (typeof beam !== 'object' || beam === null) throw wrong('beam', 'an object', beam)
  const { regions, level = gain.reference, onObject = 'refuse' } = beam
  for (const name of Object.keys(beam)) if (!NAMES.includes(name)) throw wrong(`beam.${name}`, `one of ${NAMES.join(', ')}`, name)
  if (!Array.isArray(regions) || regions.length === 0) throw wrong('beam.regions', 'one region or more', regions)
  if (!(typeof level === 'number' && level > 0 && level < Infinity)) throw wrong('beam.level', 'a number of DN above 0', level)
  if (onObject !== 'refuse' && onObject !== 'previous') throw wrong('beam.onObject', "'refuse' or 'previous'", onObject)
  for (const region of regions as readonly Region[]) assertRegion(region, offset.shape)
  return { regions, level, onObject }
}

function assertRegion(region: Region, [rows, cols]: readonly [number, number]): void {
  const { row, col, rows: height, cols: width } = region
  const isWhole = [row, col, height, width].every(Number.isInteger)
  if (!isWhole || row < 0 || col < 0 || height < 1 || width < 1 || row + height > rows || col + width > cols) {
    const received = `rows ${row}:${row + height}, columns ${col}:${col + width}`
    throw new ShapeError({ subject: 'option "beam.regions"', expected: `regions within ${rows} x ${cols} pixels`, received })
  }
  if (Math.min(height, 16) * Math.min(width, 16) < SMALLEST) {
    throw wrong('beam.regions', `regions with a tile of ${SMALLEST} pixels or more of 16 x 16`, `${height} x ${width} pixels`)
  }
}

function wrong(option: string, expected: string, received: unknown): OptionError {
  return new OptionError({ subject: `option "${option}"`, expected, received: String(received) })
}
