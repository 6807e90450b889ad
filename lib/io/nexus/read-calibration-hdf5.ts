import type { Dataset, Group } from 'h5wasm'
import { CalibrationError, DetectorError, FormatError } from '../../errors.js'
import { assertShape } from '../../frame/assert-shape.js'
import type { Shape } from '../../frame/shape.js'
import { hdf5Reason } from '../formats/hdf5/hdf5-reason.js'
import { CALIBRATION_SCHEMA, FIRST_SCHEMA, MAP_DATASETS } from './calibration-layout.js'
import type { MapDataset, MapKey } from './calibration-layout.js'
import type { CorrectionCodec, StoredNumbers } from './corrections/correction-codec.js'
import { CORRECTION_CODECS } from './corrections/correction-codecs.js'
import { hashMap } from './hash-map.js'
import { unpackRows } from './hdf5/unpack-rows.js'
import type { Hdf5Library } from './open-hdf5-library.js'

/** What stands in the HDF5 part, not yet believed. */
export interface StoredCalibration {
  readonly schema: string
  readonly maps: Readonly<Partial<Record<MapKey, StoredMap>>>
  readonly numbers: Readonly<Record<NumberName, number | null>>
  readonly serialNumber: string | null
  readonly localName: string | null
  /** JSON. */
  readonly provenance: string
  /** JSON. */
  readonly checksums: string
  /** Text form of the defect layers; null: nobody edited the defects. */
  readonly layers: string | null
  /** Groups of further corrections, by their names, and in each its datasets. */
  readonly groups: Readonly<Record<string, Readonly<Record<string, StoredNumbers>>>>
}

export interface StoredMap {
  readonly data: Float32Array | Uint32Array
  readonly shape: Shape
  /** SHA-256 of the values, being worked out on another thread. */
  readonly sha256: Promise<string>
}

/** Its values are being unpacked. */
interface UnpackingMap {
  readonly data: Promise<StoredMap['data']>
  readonly shape: Shape
}

const numberNames = ['reference', 'saturation_value', 'x_pixel_size', 'y_pixel_size', 'dark_frames', 'flat_frames'] as const
type NumberName = (typeof numberNames)[number]

/** The file that is open: its name for messages, its length as the bound of everything in it. */
interface OpenFile {
  readonly name: string
  readonly bytes: Uint8Array
  readonly length: number
  readonly library: Hdf5Library
  /** The file with the maps, where this one was made by an edit of defects and has the flags only. */
  readonly base: StoredCalibration | null
}

/** Filters of HDF5 that are undone, in the order in which they are applied: shuffle, deflate. */
const PACKED_FILTERS = [2, 1]
/** A further correction holds no maps. */
const MOST_NUMBERS = 65_536

let filesRead = 0

/**
 * Read a calibration out of the bytes of its HDF5 part. Only datasets as {@link encodeCalibration} writes them are
 * read: little-endian, contiguous and not larger than the file; maps that are packed have the shape of those.
 * @param name of the file, for messages
 * @param base the file with the maps, where this one was made by an edit of defects
 * @throws {FormatError} ERR_FORMAT when it is no calibration, or not laid out as one
 * @throws {CalibrationError} ERR_CALIBRATION when its schema is not ours, or it requires a step that is not known here
 * @throws {ShapeError} ERR_SHAPE when a map has another shape than the first
 */
export async function readCalibrationHdf5(
  library: Hdf5Library,
  name: string,
  bytes: Uint8Array,
  base: StoredCalibration | null = null
): Promise<StoredCalibration> {
  const files = library.FS!
  const path = `/loading-${++filesRead}.nxs`
  files.writeFile(path, bytes, { canOwn: true } as object)
  let root: InstanceType<Hdf5Library['File']> | undefined
  try {
    root = new library.File(path, 'r')
    return await readAll({ name, bytes, length: bytes.length, library, base }, root)
  } catch (cause) {
    if (cause instanceof DetectorError) throw cause
    throw new FormatError({ file: name, expected: 'an HDF5 file that can be read', received: hdf5Reason(cause), cause })
  } finally {
    release(library, path, root)
  }
}

/** Gives the bytes back also where libhdf5, after an error, still holds the file open. */
function release(library: Hdf5Library, path: string, root: { close(): unknown } | undefined): void {
  try {
    root?.close()
  } catch {}
  library.FS!.truncate(path, 0)
  library.FS!.unlink(path)
}

async function readAll(file: OpenFile, root: Group): Promise<StoredCalibration> {
  const schema = readSchema(file, root)
  const steps = schema === FIRST_SCHEMA ? [] : readRequiredSteps(file, root)
  const entry = child(file, root, 'entry')
  const detector = child(file, child(file, entry, 'instrument'), 'detector')
  const process = child(file, entry, 'process')
  const maps: Partial<Record<MapKey, StoredMap | UnpackingMap>> = {}
  let shape: Shape | undefined
  for (const dataset of MAP_DATASETS) {
    const map = file.base !== null && dataset.key !== 'defects' ? file.base.maps[dataset.key] : readMap(file, detector, dataset, shape)
    if (map === null || map === undefined) continue
    maps[dataset.key] = map
    shape ??= map.shape
  }
  const numbers = Object.fromEntries(numberNames.map((key) => [key, readNumber(file, detector, key)])) as StoredCalibration['numbers']
  return {
    schema,
    maps: await unpacked(maps),
    numbers,
    serialNumber: readText(file, detector, 'serial_number'),
    localName: readText(file, detector, 'local_name'),
    provenance: readNote(file, process, 'provenance'),
    checksums: readNote(file, process, 'checksums'),
    layers: member(process, 'defects') === null ? null : readNote(file, process, 'defects'),
    groups: schema === FIRST_SCHEMA ? {} : readGroups(file, detector, steps)
  }
}

/** All of them at once. */
async function unpacked(maps: Partial<Record<MapKey, StoredMap | UnpackingMap>>): Promise<StoredCalibration['maps']> {
  const whole = Object.entries(maps).map(async ([key, { shape, ...map }]): Promise<[string, StoredMap]> => {
    const data = await map.data
    return [key, { data, shape, sha256: 'sha256' in map ? map.sha256 : hashMap(data) }]
  })
  return Object.fromEntries(await Promise.all(whole))
}

/** Before anything else: another version may have another layout. */
function readSchema(file: OpenFile, root: Group): string {
  const schema = readAttribute(file, root, 'schema')
  if (schema === CALIBRATION_SCHEMA || schema === FIRST_SCHEMA) return schema
  const [kind, version] = CALIBRATION_SCHEMA.split('/')
  const [, found] = new RegExp(`^${kind}/(\\d{1,9})$`).exec(schema) ?? []
  if (found === undefined) {
    const received = schema ? JSON.stringify(schema) : 'none: this HDF5 file was not written by flatpanel'
    throw new FormatError({ file: file.name, expected: `a calibration, schema "${CALIBRATION_SCHEMA}"`, received })
  }
  const advice =
    Number(found) > Number(version)
      ? 'written by a newer flatpanel: update flatpanel, or build the calibration again with this one'
      : 'older than this flatpanel reads: build the calibration again from its darks and flats'
  throw new CalibrationError({ subject: file.name, expected: `schema "${CALIBRATION_SCHEMA}"`, received: `"${schema}", ${advice}` })
}

/** A text; '' where there is none. */
function readAttribute(file: OpenFile, owner: Pick<Group, 'attrs'>, name: string): string {
  const attribute = owner.attrs[name]
  const value = attribute && isText(file, attribute.metadata) ? attribute.value : null
  return typeof value === 'string' ? value : ''
}

/** What must be applied and is not known here is not left out in silence: the frames would be wrong. */
function readRequiredSteps(file: OpenFile, root: Group): string[] {
  if (root.attrs.required_steps === undefined) return []
  const steps = readAttribute(file, root, 'required_steps')
    .split(' ')
    .filter((step) => step !== '')
  const known = CORRECTION_CODECS.map(({ step }) => step)
  const unknown = steps.filter((step) => !known.includes(step))
  if (unknown.length === 0 && steps.length > 0) return steps
  throw new CalibrationError({
    subject: `${file.name}: required steps`,
    expected: 'steps that this flatpanel knows (update flatpanel, or build the calibration again with this one)',
    received: unknown.length > 0 ? unknown.map((step) => JSON.stringify(step)).join(', ') : 'no text'
  })
}

function readGroups(file: OpenFile, detector: Group, steps: readonly string[]): StoredCalibration['groups'] {
  const groups: Record<string, Record<string, StoredNumbers>> = {}
  for (const codec of CORRECTION_CODECS) {
    const isRequired = codec.step !== null && steps.includes(codec.step)
    const isThere = member(detector, codec.group) !== null
    if (isThere) groups[codec.group] = readGroup(file, child(file, detector, codec.group), codec)
    if (codec.step === null || isRequired === isThere) continue
    throw new CalibrationError({
      subject: `${file.name}: ${codec.group}`,
      expected: `a group, and the step "${codec.step}" that is required for it`,
      received: isThere ? 'the group only' : 'the step only'
    })
  }
  return groups
}

function readGroup(file: OpenFile, group: Group, { version, datasets }: CorrectionCodec): Record<string, StoredNumbers> {
  const found = readAttribute(file, group, 'version')
  if (found !== version) {
    throw new CalibrationError({
      subject: `${file.name}: ${group.path}`,
      expected: `version ${version}`,
      received: found === '' ? 'none' : `${JSON.stringify(found)} (update flatpanel, or build the calibration again with this one)`
    })
  }
  return Object.fromEntries(Object.keys(datasets).map((name) => [name, readNumbers(file, group, name)]))
}

function readNumbers(file: OpenFile, group: Group, name: string): StoredNumbers {
  const dataset = datasetOf(file, group, name)
  if (dataset === null) throw wrong(file, group, name, 'numbers', null)
  const { type, size, total_size: count, littleEndian, shape, chunks } = dataset.metadata
  const isPlain = type === 1 && size === 8 && littleEndian && shape !== null && chunks === null && dataset.filters.length === 0
  if (!isPlain || count > MOST_NUMBERS) {
    throw wrong(file, group, name, `at most ${MOST_NUMBERS} contiguous little-endian float64`, 'another type, size or storage')
  }
  assertFits(file, group, name, dataset.metadata)
  return { data: Float64Array.from(dataset.value as Float64Array), shape }
}

function child(file: OpenFile, parent: Group, name: string): Group {
  const found = member(parent, name)
  if (found instanceof file.library.Group) return found
  throw wrong(file, parent, name, 'a group', found)
}

/** A member that is there, or null; asking libhdf5 for one that is not would raise an error inside it. */
function member(parent: Group, name: string): unknown {
  return parent.keys().includes(name) ? parent.get(name) : null
}

function datasetOf(file: OpenFile, parent: Group, name: string): Dataset | null {
  const found = member(parent, name)
  if (found === null || found instanceof file.library.Dataset) return found
  throw wrong(file, parent, name, 'a dataset', found)
}

function readMap(
  file: OpenFile,
  detector: Group,
  { name, type, required, packed }: MapDataset,
  shape: Shape | undefined
): StoredMap | UnpackingMap | null {
  const dataset = datasetOf(file, detector, name)
  if (dataset === null) {
    if (required) throw wrong(file, detector, name, 'a map', null)
    return null
  }
  const { metadata, filters } = dataset
  const found = metadata.shape ?? []
  const length = found.reduce((product, extent) => product * extent, 1)
  assertShape(`${file.name}: ${name}`, { data: { length }, shape: found }, shape)
  const isPlain = metadata.chunks === null && filters.length === 0
  // What is packed may be longer than the file, but no longer than a map that is not.
  const mayBePacked = packed && shape !== undefined && filters.every(({ id }) => PACKED_FILTERS.includes(id))
  if (isPlain || !mayBePacked) assertFits(file, detector, name, metadata)
  const plain = (isPlain || mayBePacked) && metadata.littleEndian && metadata.size === 4
  const fits = type === 'float32' ? metadata.type === 1 : metadata.type === 0 && !metadata.signed
  if (!plain || !fits) throw wrong(file, detector, name, `contiguous little-endian ${type}`, 'another type or storage')
  const own: Shape = [found[0], found[1]]
  const isOurs = filters.map(({ id }) => id).join() === PACKED_FILTERS.join()
  const words = isOurs ? unpackRows(file.name, file.bytes, addressOf(dataset), own) : null
  if (words !== null) {
    const values = words.then((data) => (type === 'uint32' ? data : new Float32Array(data.buffer)))
    // heard where all are waited for, unless something else was wrong before
    values.catch(() => {})
    return { data: values, shape: own }
  }
  const data = dataset.value as Float32Array | Uint32Array
  return { data, shape: own, sha256: hashMap(data) }
}

function addressOf(dataset: Dataset): number {
  const reference = Uint8Array.from(dataset.create_reference().ref_data)
  return Number(new DataView(reference.buffer).getBigUint64(0, true))
}

function readNumber(file: OpenFile, detector: Group, name: string): number | null {
  const dataset = datasetOf(file, detector, name)
  if (dataset === null) return null
  const { type, size, total_size: count, littleEndian, shape } = dataset.metadata
  if ((type !== 0 && type !== 1) || size > 8 || !shape || count !== 1 || !littleEndian) {
    throw wrong(file, detector, name, 'one number', 'another type or shape')
  }
  assertFits(file, detector, name, dataset.metadata)
  const value = dataset.value as number | bigint | ArrayLike<number | bigint>
  return Number(typeof value === 'object' ? value[0] : value)
}

function readText(file: OpenFile, parent: Group, name: string): string | null {
  const dataset = datasetOf(file, parent, name)
  if (dataset === null) return null
  if (!isText(file, dataset.metadata)) throw wrong(file, parent, name, 'one text', 'another type or shape')
  return dataset.value as string
}

function readNote(file: OpenFile, process: Group, name: string): string {
  const note = child(file, process, name)
  const json = readText(file, note, 'data')
  if (json === null) throw wrong(file, note, 'data', 'a text', null)
  return json
}

function isText(file: OpenFile, { type, total_size: count, size, shape }: Dataset['metadata']): boolean {
  return type === 3 && shape !== null && count === 1 && size <= file.length
}

/** A dataset without storage may claim any size. */
function assertFits(file: OpenFile, parent: Group, name: string, { size, total_size: count }: Dataset['metadata']): void {
  const bytes = size * count
  if (bytes > file.length) throw wrong(file, parent, name, `at most the ${file.length} bytes of the file`, `a claim of ${bytes} bytes`)
}

function wrong(file: OpenFile, parent: Group, name: string, expected: string, found: unknown): FormatError {
  const received = typeof found === 'string' ? found : found === null ? 'nothing' : 'something else'
  return new FormatError({ file: file.name, expected: `${expected} at ${parent.path}/${name}`.replace('//', '/'), received })
}
