import type { File, Group } from 'h5wasm'
import type { CalibrationSet } from '../../maps/calibration-set.js'
import { formatDefectsText } from '../defects/format-defects-text.js'
import { CALIBRATION_SCHEMA, MAP_DATASETS, mapOf } from './calibration-layout.js'
import { hashMap } from './hash-map.js'
import type { Hdf5Library } from './open-hdf5-library.js'

/** A file of the file system in memory, whose content begins with its `usedBytes` bytes. */
interface FileNode {
  contents: unknown
  usedBytes: number
  node_ops: { readonly setattr: (node: FileNode, change: { readonly size?: number }) => void }
}

const chunkLength = 16 * 2 ** 20
let filesMade = 0

/**
 * Lay a calibration out as HDF5 after NeXus, in memory, and give its bytes in pieces of 16 MiB, each valid until the next is asked for.
 *
 * ```
 * /                         NXroot, default: entry, schema: flatpanel.calibration/1
 *   entry                   NXentry
 *     data                  NXdata, signal: flatfield (a link, so that viewers open a map)
 *     instrument/detector   NXdetector, signal: flatfield; maps [rows, cols] and scalars
 *     process               NXprocess: program, version, date
 *       provenance          NXnote: JSON
 *       checksums           NXnote: JSON, name of map -> SHA-256 of its little-endian values
 *       defects             NXnote: where the defects come from and who edited them, as text; absent: nobody did
 * ```
 * @param calibration has been checked
 */
export async function* writeCalibrationHdf5(library: Hdf5Library, calibration: CalibrationSet): AsyncGenerator<Uint8Array> {
  const files = library.FS!
  const path = `/saving-${++filesMade}.nxs`
  try {
    const file = new library.File(path, 'w')
    try {
      reserve(library, file, path, calibration)
      const checksums = describe(file, calibration)
      await writeProcess(file, calibration, checksums)
    } finally {
      file.close()
    }
    yield* piecesOf(library, path)
  } finally {
    if (files.analyzePath(path).exists) {
      files.truncate(path, 0)
      files.unlink(path)
    }
  }
}

/** As views of the file where its content is at hand. */
function* piecesOf(library: Hdf5Library, path: string): Generator<Uint8Array> {
  const files = library.FS!
  const { contents, usedBytes } = nodeOf(library, path)
  if (contents instanceof Uint8Array && Number.isInteger(usedBytes)) {
    for (let at = 0; at < usedBytes; at += chunkLength) yield contents.subarray(at, Math.min(usedBytes, at + chunkLength))
    return
  }
  const stream = files.open(path, 'r')
  for (let at = 0; ; at += chunkLength) {
    const chunk = new Uint8Array(chunkLength)
    const length = files.read(stream, chunk, 0, chunkLength, at)
    if (length > 0) yield chunk.subarray(0, length)
    if (length < chunkLength) break
  }
  files.close(stream)
}

/** Room for everything at once: else the file in memory would be copied each time that it grows, and once more when it is closed. */
function reserve(library: Hdf5Library, file: File, path: string, calibration: CalibrationSet): void {
  file.flush()
  const node = nodeOf(library, path)
  const written = node.contents
  if (!(written instanceof Uint8Array)) return
  const maps = MAP_DATASETS.reduce((sum, dataset) => sum + (mapOf(calibration, dataset)?.data.byteLength ?? 0), 0)
  const room = new Uint8Array(maps + 2 ** 20)
  room.set(written)
  node.contents = room
  const { setattr } = node.node_ops
  node.node_ops = {
    ...node.node_ops,
    setattr: (target, change): void => {
      const { size } = change
      if (target.contents !== room || size === undefined || size > room.length) return setattr(target, change)
      room.fill(0, Math.min(size, target.usedBytes), Math.max(size, target.usedBytes))
      target.usedBytes = size
      setattr(target, { ...change, size: undefined })
    }
  }
}

function nodeOf(library: Hdf5Library, path: string): FileNode {
  return library.FS!.analyzePath(path).object as unknown as FileNode
}

/** All but the process; gives the checksums of the maps, which are being worked out on other threads. */
function describe(root: Group, calibration: CalibrationSet): Map<string, Promise<string>> {
  attributes(root, { NX_class: 'NXroot', default: 'entry', creator: 'flatpanel', schema: CALIBRATION_SCHEMA })
  const entry = group(root, 'entry', 'NXentry', { default: 'data' })
  const instrument = group(entry, 'instrument', 'NXinstrument', { default: 'detector' })
  const detector = group(instrument, 'detector', 'NXdetector', { signal: 'flatfield' })
  const checksums = writeMaps(detector, calibration)
  writeScalars(detector, calibration)
  const data = group(entry, 'data', 'NXdata', { signal: 'flatfield' })
  data.create_hard_link('/entry/instrument/detector/flatfield', 'flatfield')
  return checksums
}

async function writeProcess(root: Group, calibration: CalibrationSet, checksums: Map<string, Promise<string>>): Promise<void> {
  const known: Record<string, string> = {}
  for (const [name, checksum] of checksums) known[name] = await checksum
  const { program, version, created } = calibration.provenance
  const process = group(root, 'entry/process', 'NXprocess', {})
  text(process, 'program', program)
  text(process, 'version', version)
  if (created !== null) text(process, 'date', created)
  note(process, 'provenance', JSON.stringify(calibration.provenance))
  if (calibration.layers !== undefined) {
    const layers = formatDefectsText(calibration.layers)
    known.defects = await hashMap(new TextEncoder().encode(layers))
    note(process, 'defects', layers, 'text/plain')
  }
  note(process, 'checksums', JSON.stringify(known))
}

function writeMaps(detector: Group, calibration: CalibrationSet): Map<string, Promise<string>> {
  const checksums = new Map<string, Promise<string>>()
  for (const dataset of MAP_DATASETS) {
    const map = mapOf(calibration, dataset)
    if (map === null || map === undefined) continue
    const { name, title, units } = dataset
    checksums.set(name, hashMap(map.data))
    const written = detector.create_dataset({ name, data: map.data, shape: [...calibration.shape] })
    attributes(written, { long_name: title, interpretation: 'image', ...(units === null ? {} : { units }) })
    if (name === 'flatfield') attributes(written, { target: '/entry/instrument/detector/flatfield' })
  }
  return checksums
}

/** What is unknown is absent. x is the direction along a row, y the direction along a column. */
function writeScalars(detector: Group, calibration: CalibrationSet): void {
  const { saturation, pixelPitch, serialNumber, localName, darkFrames, flatFrames } = calibration
  number(detector, 'reference', calibration.gain.reference, 'DN')
  if (saturation !== null) number(detector, 'saturation_value', saturation, 'DN')
  if (pixelPitch !== null) {
    number(detector, 'x_pixel_size', pixelPitch[1], 'mm')
    number(detector, 'y_pixel_size', pixelPitch[0], 'mm')
  }
  if (serialNumber !== null) text(detector, 'serial_number', serialNumber)
  if (localName !== null) text(detector, 'local_name', localName)
  number(detector, 'dark_frames', darkFrames, '1')
  number(detector, 'flat_frames', flatFrames, '1')
}

function group(parent: Group, name: string, nexusClass: string, others: Record<string, string>): Group {
  const made = parent.create_group(name)
  attributes(made, { NX_class: nexusClass, ...others })
  return made
}

function attributes(target: Pick<Group, 'create_attribute'>, values: Record<string, string>): void {
  for (const [name, value] of Object.entries(values)) target.create_attribute(name, value)
}

function number(parent: Group, name: string, value: number, units: string): void {
  attributes(parent.create_dataset({ name, data: new Float64Array([value]), shape: [] }), { units })
}

function text(parent: Group, name: string, value: string): void {
  parent.create_dataset({ name, data: value })
}

function note(parent: Group, name: string, content: string, type = 'application/json'): void {
  const made = group(parent, name, 'NXnote', {})
  text(made, 'type', type)
  text(made, 'data', content)
}
