import type { CalibrationSet } from '../../maps/calibration-set.js'
import { formatDefectsText } from '../defects/format-defects-text.js'
import { CALIBRATION_SCHEMA, DETECTOR_PATH, MAP_DATASETS, mapOf } from './calibration-layout.js'
import type { MapsFile } from './calibration-header.js'
import type { CorrectionCodec, StoredNumbers } from './corrections/correction-codec.js'
import { CORRECTION_CODECS } from './corrections/correction-codecs.js'
import { hashMap } from './hash-map.js'
import { encodeHdf5 } from './hdf5/encode-hdf5.js'
import type { Hdf5Array, Hdf5Attributes, Hdf5Group, Hdf5Node, Hdf5Text } from './hdf5/hdf5-node.js'
import { packRows } from './hdf5/pack-rows.js'
import { requiredSteps } from './required-steps.js'

/** A calibration laid out for a file. */
export interface EncodedCalibration {
  /** The HDF5 part, in order; views of the maps, which are to be left alone until they are written. */
  readonly pieces: readonly Uint8Array[]
  /** Name of map, text or `group/dataset` -> SHA-256 of its little-endian values. */
  readonly checksums: Readonly<Record<string, string>>
}

/**
 * Lay a calibration out as HDF5 after NeXus.
 *
 * ```
 * /                         NXroot, default: entry, schema: flatpanel.calibration/2, required_steps: names of steps, absent: none
 *   entry                   NXentry
 *     data                  NXdata, signal: flatfield (a link, so that viewers open a map)
 *     instrument/detector   NXdetector, signal: flatfield; maps [rows, cols] and scalars
 *       reference_pixels    NXcollection, version: 1; one such group per further correction
 *     process               NXprocess: program, version, date
 *       provenance          NXnote: JSON
 *       checksums           NXnote: JSON, name of map -> SHA-256 of its little-endian values
 *       defects             NXnote: where the defects come from and who edited them, as text; absent: nobody did
 * ```
 * @param calibration has been checked
 * @param base the file beside this one that has the maps; they are links to it then, all but the flags
 */
export async function encodeCalibration(calibration: CalibrationSet, base: MapsFile | null = null): Promise<EncodedCalibration> {
  const layers = calibration.layers === undefined ? null : formatDefectsText(calibration.layers)
  const groups = CORRECTION_CODECS.flatMap((codec) => encodeCorrection(calibration, codec))
  const [checksums, maps] = await Promise.all([hashAll(calibration, layers, groups), encodeMaps(calibration, base)])
  const { flatfield } = maps
  const detector: Hdf5Group = group(
    'NXdetector',
    { signal: 'flatfield' },
    {
      ...maps,
      ...scalars(calibration),
      ...Object.fromEntries(groups.map(({ name, node }) => [name, node]))
    }
  )
  const steps = requiredSteps(calibration)
  const root = group(
    'NXroot',
    { default: 'entry', creator: 'flatpanel', schema: CALIBRATION_SCHEMA, ...(steps.length > 0 && { required_steps: steps.join(' ') }) },
    {
      entry: group(
        'NXentry',
        { default: 'data' },
        {
          instrument: group('NXinstrument', { default: 'detector' }, { detector }),
          data: group('NXdata', { signal: 'flatfield' }, { flatfield }),
          process: group('NXprocess', {}, encodeProcess(calibration, layers, checksums))
        }
      )
    }
  )
  return { pieces: encodeHdf5(root), checksums }
}

interface EncodedCorrection {
  readonly name: string
  readonly node: Hdf5Group
  readonly numbers: Readonly<Record<string, StoredNumbers>>
}

function encodeCorrection({ corrections = {} }: CalibrationSet, codec: CorrectionCodec): EncodedCorrection[] {
  const correction = corrections[codec.key]
  if (correction === undefined) return []
  const numbers = codec.encode(correction)
  const children = Object.entries(numbers).map(([name, { data, shape }]) => [name, array(data, shape, { units: codec.datasets[name] })])
  const node = group('NXcollection', { version: codec.version }, Object.fromEntries(children) as Record<string, Hdf5Node>)
  return [{ name: codec.group, node, numbers }]
}

async function hashAll(
  calibration: CalibrationSet,
  layers: string | null,
  groups: readonly EncodedCorrection[]
): Promise<Record<string, string>> {
  const values: [string, ArrayBufferView][] = MAP_DATASETS.flatMap((dataset) => {
    const map = mapOf(calibration, dataset)
    return map ? [[dataset.name, map.data]] : []
  })
  if (layers !== null) values.push(['defects', new TextEncoder().encode(layers)])
  for (const { name, numbers } of groups) for (const key of Object.keys(numbers)) values.push([`${name}/${key}`, numbers[key].data])
  return Object.fromEntries(await Promise.all(values.map(async ([name, data]) => [name, await hashMap(data)] as const)))
}

async function encodeMaps(calibration: CalibrationSet, base: MapsFile | null): Promise<Record<string, Hdf5Node>> {
  const nodes: Record<string, Hdf5Node> = {}
  for (const dataset of MAP_DATASETS) {
    const map = mapOf(calibration, dataset)
    if (map === null || map === undefined) continue
    const { name, key, title, units, packed } = dataset
    if (base !== null && key !== 'defects') {
      nodes[name] = { kind: 'external', file: base.file, path: `${DETECTOR_PATH}/${name}` }
      continue
    }
    const attributes = {
      long_name: title,
      interpretation: 'image',
      ...(units === null ? {} : { units }),
      ...(key === 'gain' && { target: `${DETECTOR_PATH}/${name}` })
    }
    // One after another: their chunks keep the threads busy, and few of them are held uncompressed.
    nodes[name] = {
      ...array(map.data, calibration.shape, attributes),
      ...(packed && { packed: await packRows(map.data, calibration.shape) })
    }
  }
  return nodes
}

/** What is unknown is absent. x is the direction along a row, y the direction along a column. */
function scalars(calibration: CalibrationSet): Record<string, Hdf5Node> {
  const { saturation, pixelPitch, serialNumber, localName, darkFrames, flatFrames } = calibration
  return {
    reference: number(calibration.gain.reference, 'DN'),
    ...(saturation !== null && { saturation_value: number(saturation, 'DN') }),
    ...(pixelPitch !== null && { x_pixel_size: number(pixelPitch[1], 'mm'), y_pixel_size: number(pixelPitch[0], 'mm') }),
    ...(serialNumber !== null && { serial_number: text(serialNumber) }),
    ...(localName !== null && { local_name: text(localName) }),
    dark_frames: number(darkFrames, '1'),
    flat_frames: number(flatFrames, '1')
  }
}

function encodeProcess({ provenance }: CalibrationSet, layers: string | null, checksums: object): Record<string, Hdf5Node> {
  const { program, version, created } = provenance
  return {
    program: text(program),
    version: text(version),
    ...(created !== null && { date: text(created) }),
    provenance: note(JSON.stringify(provenance)),
    ...(layers !== null && { defects: note(layers, 'text/plain') }),
    checksums: note(JSON.stringify(checksums))
  }
}

function group(nexusClass: string, attributes: Hdf5Attributes, children: Readonly<Record<string, Hdf5Node>>): Hdf5Group {
  return { kind: 'group', attributes: { NX_class: nexusClass, ...attributes }, children }
}

function array(data: Hdf5Array['data'], shape: readonly number[], attributes: Hdf5Attributes): Hdf5Array {
  return { kind: 'array', data, shape, attributes }
}

function number(value: number, units: string): Hdf5Array {
  return array(Float64Array.of(value), [], { units })
}

function text(value: string): Hdf5Text {
  return { kind: 'text', text: value }
}

function note(content: string, type = 'application/json'): Hdf5Group {
  return group('NXnote', {}, { type: text(type), data: text(content) })
}
