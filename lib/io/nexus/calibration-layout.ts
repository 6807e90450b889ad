import type { CalibrationSet } from '../../maps/calibration-set.js'

/** Kind and version of the layout; stands in the root attribute `schema` and in the provenance. */
export const CALIBRATION_SCHEMA = 'flatpanel.calibration/1'

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
  readonly units: string | null
  readonly title: string
}

/** Names after NeXus NXdetector where it has one: `flatfield`, `flatfield_errors`, `pixel_mask`. */
export const MAP_DATASETS: readonly MapDataset[] = [
  map('offset', 'offset', 'DN', 'dark level', { required: true, notNegative: false }),
  map('offset_errors', 'offsetErrors', 'DN', 'one sigma of the dark level'),
  map('noise', 'noise', 'DN', 'standard deviation of a single dark frame'),
  map('flatfield', 'gain', '1', 'multiplier: reference / (mean flat - offset)', { required: true }),
  map('flatfield_errors', 'gainErrors', '1', 'one sigma of the multiplier'),
  map('flatfield_signal', 'flatSignal', 'DN', 'mean of the flats after offset', { required: true, notNegative: false }),
  map('flatfield_noise', 'flatNoise', 'DN', 'standard deviation of a single flat'),
  map('pixel_mask', 'defects', null, 'defect flags: bits of NXdetector/pixel_mask', { required: true, type: 'uint32' })
]

/** The map in `calibration` that a dataset holds, or null. */
export function mapOf(calibration: CalibrationSet, dataset: MapDataset): CalibrationSet[MapKey] {
  return calibration[dataset.key]
}

function map(name: string, key: MapKey, units: string | null, title: string, other: Partial<MapDataset> = {}): MapDataset {
  return { name, key, type: 'float32', required: false, notNegative: true, units, title, ...other }
}
