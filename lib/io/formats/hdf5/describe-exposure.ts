import type { Dataset, Group } from 'h5wasm'
import type { FrameCorrection, FrameInfo } from '../../../frame/frame-info.js'
import type { Hdf5File, Hdf5Member } from './open-hdf5-file.js'
import { readNumbers } from './read-numbers.js'
import type { Hdf5Numbers } from './read-numbers.js'
import { readText } from './read-text.js'
import type { Hdf5Tree } from './walk-hdf5.js'

/** What a file says of its frames. */
export interface Exposure {
  readonly info: FrameInfo
  /** In ms, one per frame of the dataset, where they differ. */
  readonly integrationTimes?: readonly number[]
}

const milliseconds: Readonly<Record<string, number>> = {
  ...{ s: 1000, sec: 1000, second: 1000, seconds: 1000 },
  ...{ ms: 1, millisecond: 1, milliseconds: 1 },
  ...{ us: 1e-3, µs: 1e-3, microsecond: 1e-3, microseconds: 1e-3 }
}
const millimetres: Readonly<Record<string, number>> = {
  ...{ m: 1000, meter: 1000, meters: 1000, metre: 1000, metres: 1000, cm: 10 },
  ...{ mm: 1, millimeter: 1, millimeters: 1, millimetre: 1, millimetres: 1 },
  ...{ um: 1e-3, µm: 1e-3, micron: 1e-3, microns: 1e-3, micrometer: 1e-3, micrometre: 1e-3 }
}

/** Flags of NXdetector, true where it was done. */
const flags: Readonly<Record<string, FrameCorrection>> = {
  flatfield_applied: 'gain',
  pixel_mask_applied: 'defects',
  virtual_pixel_interpolation_applied: 'defects',
  countrate_correction_applied: 'linearity'
}

/**
 * Read the exposure from the NXdetector that holds the frames, or is the only one, and its NXentry; of Data Exchange from
 * `/measurement/instrument/detector`. A quantity without units, or with units that are not known, stays unknown.
 * @param frames in the dataset
 * @see NeXus definitions, NXdetector and NXentry (2024); De Carlo et al., Scientific data exchange, J. Synchrotron Rad. 21 (2014)
 */
export function describeExposure(file: Hdf5File, tree: Hdf5Tree, { place, entity }: Hdf5Member<Dataset>, frames: number): Exposure {
  const detector = detectorOf(tree, place, entity.path)
  if (detector === null) return { info: {} }
  const member = (name: string): Dataset | null => datasetAt(file, detector, name)
  const numbers = (...names: string[]): Hdf5Numbers | null => first(names, (name) => numbersOf(member(name), frames))
  const times = scaled(numbers('count_time', 'exposure_time'), milliseconds)
  const pitch = [numbers('y_pixel_size', 'actual_pixel_size_y'), numbers('x_pixel_size', 'actual_pixel_size_x')].map(
    (found) => scaled(found, millimetres)?.[0]
  )
  const bits = numbers('bit_depth_readout')?.values[0]
  const serialNumber = textOf(member('serial_number'))
  const time = first(entriesOf(tree, detector), (entry) => textOf(datasetAt(file, entry, 'start_time')))
  const corrections = statedCorrections(textOf(member('corrections'))) ?? correctionsOf((name) => numbers(name)?.values[0])
  const same = times?.every((value) => value === times[0]) === true
  const info: FrameInfo = {
    ...(same && { mode: { integrationTime: times[0] } }),
    ...(pitch[0] !== undefined && pitch[1] !== undefined && { pixelPitch: [pitch[0], pitch[1]] }),
    ...(bits !== undefined && Number.isInteger(bits) && bits >= 1 && bits <= entity.metadata.size * 8 && { bitsUsed: bits }),
    ...(serialNumber !== null && { serialNumber }),
    ...(time !== null && !Number.isNaN(Date.parse(time)) && { time }),
    ...(corrections !== null && { corrections })
  }
  return { info, ...(times && !same && times.length === frames && { integrationTimes: times }) }
}

function detectorOf({ groups }: Hdf5Tree, place: string, path: string): Hdf5Member<Group> | null {
  const detectors = groups.filter(
    ({ nexusClass, entity }) => nexusClass === 'NXdetector' || entity.path === '/measurement/instrument/detector'
  )
  const own = detectors.find((group) => group.place === place && path.startsWith(`${group.entity.path}/`))
  return own ?? (detectors.length === 1 ? detectors[0] : null)
}

/** The NXentry that a group stands in. */
function entriesOf({ groups }: Hdf5Tree, { place, entity }: Hdf5Member<Group>): Hdf5Member<Group>[] {
  return groups.filter(
    (group) => group.nexusClass === 'NXentry' && group.place === place && entity.path.startsWith(`${group.entity.path}/`)
  )
}

const words: readonly string[] = ['offset', 'gain', 'defects', 'lines', 'lag', 'linearity', 'other'] satisfies FrameCorrection[]

/** As flatpanel writes them: words with spaces between them, `none` for none. */
function statedCorrections(text: string | null): FrameCorrection[] | null {
  if (text === 'none') return []
  const found = text?.split(' ') ?? []
  return found.length > 0 && found.every((word) => words.includes(word)) ? (found as FrameCorrection[]) : null
}

/** Empty only when the file denies what is done to flat panels: gain and defects. */
function correctionsOf(flag: (name: string) => number | undefined): FrameCorrection[] | null {
  const done = Object.keys(flags).filter((name) => (flag(name) ?? 0) !== 0)
  if (done.length > 0) return [...new Set(done.map((name) => flags[name]))]
  return flag('flatfield_applied') === 0 && flag('pixel_mask_applied') === 0 ? [] : null
}

/** What stands beside the frames is never a reason to refuse them. */
function datasetAt(file: Hdf5File, { place, entity }: Hdf5Member<Group>, name: string): Dataset | null {
  try {
    const found = file.member(place, `${entity.path}/${name}`)
    return found?.entity instanceof file.library.Dataset ? found.entity : null
  } catch {
    return null
  }
}

function numbersOf(dataset: Dataset | null, frames: number): Hdf5Numbers | null {
  return dataset && readable(() => readNumbers(dataset, frames))
}

function textOf(dataset: Dataset | null): string | null {
  return dataset && readable(() => readText(dataset))
}

function readable<T>(read: () => T): T | null {
  try {
    return read()
  } catch {
    return null
  }
}

function scaled(numbers: Hdf5Numbers | null, factors: Readonly<Record<string, number>>): number[] | null {
  const factor = factors[numbers?.units ?? '']
  if (numbers === null || factor === undefined) return null
  // 0.000075 m is 0.075 mm and not 0.07500000000000001
  const values = numbers.values.map((value) => Number((value * factor).toPrecision(12)))
  return values.every((value) => Number.isFinite(value) && value > 0) ? values : null
}

function first<S, T>(candidates: readonly S[], of: (candidate: S) => T | null): T | null {
  for (const candidate of candidates) {
    const found = of(candidate)
    if (found !== null) return found
  }
  return null
}
