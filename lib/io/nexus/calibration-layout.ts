import type { CalibrationSet } from '../../maps/calibration-set.js'

/** Kind and version of the layout; stands in the root attribute `schema` and in the provenance. */
export const CALIBRATION_SCHEMA = 'flatpanel.calibration/2'

/** The layout of 0.1.0, which is read for good: the same maps, none packed, without a header and further corrections. */
export const FIRST_SCHEMA = 'flatpanel.calibration/1'

/** Where the maps stand in the file. */
export const DETECTOR_PATH = '/entry/instrument/detector'

/** Keys of a calibration that hold a map. */
export type MapKey = 'offset' | 'offsetErrors' | 'noise' | 'gain' | 'gainErrors' | 'flatSignal' | 'flatNoise' | 'defects'

/** One map as a dataset of `/entry/instrument/detector`. */
export interface MapDataset {
  readonly name: string
  readonly key: MapKey
  readonly type: 'float32' | 'uint32'
  /** The map must be there; the others are absent where the frames could not give them. */
  readonly required: boolean
  /** No value may be below 0. */
  readonly notNegative: boolean
  /**
   * Shuffled and deflated in the file: maps of which three digits are worth keeping, and the flags. What is kept to the bit is half noise,
   * of which deflate takes a third at most, for as much time as all the rest of saving.
   */
  readonly packed: boolean
  readonly units: string | null
  readonly title: string
}

const packed = { packed: true }

/** Names after NeXus NXdetector where it has one: `flatfield`, `flatfield_errors`, `pixel_mask`. */
export const MAP_DATASETS: readonly MapDataset[] = [
  map('offset', 'offset', 'DN', 'dark level', { required: true, notNegative: false }),
  map('offset_errors', 'offsetErrors', 'DN', 'one sigma of the dark level', packed),
  map('noise', 'noise', 'DN', 'standard deviation of a single dark frame', packed),
  map('flatfield', 'gain', '1', 'multiplier: reference / (mean flat - offset)', { required: true }),
  map('flatfield_errors', 'gainErrors', '1', 'one sigma of the multiplier', packed),
  map('flatfield_signal', 'flatSignal', 'DN', 'mean of the flats after offset', { required: true, notNegative: false }),
  map('flatfield_noise', 'flatNoise', 'DN', 'standard deviation of a single flat', packed),
  map('pixel_mask', 'defects', null, 'defect flags: bits of NXdetector/pixel_mask', { required: true, type: 'uint32', packed: true })
]

/** The map in `calibration` that a dataset holds, or null. */
export function mapOf(calibration: CalibrationSet, dataset: MapDataset): CalibrationSet[MapKey] {
  return calibration[dataset.key]
}

function map(name: string, key: MapKey, units: string | null, title: string, other: Partial<MapDataset> = {}): MapDataset {
  return { name, key, type: 'float32', required: false, notNegative: true, packed: false, units, title, ...other }
}
