import { CalibrationError, ChecksumError, FormatError } from '../../errors.js'
import type { CalibrationSet, Provenance } from '../../maps/calibration-set.js'
import { parseDefectsText } from '../defects/parse-defects-text.js'
import { assertCalibration } from './assert-calibration.js'
import { assertLayersFit } from './assert-layers-fit.js'
import type { CalibrationHeader } from './calibration-header.js'
import { CALIBRATION_SCHEMA, FIRST_SCHEMA, MAP_DATASETS } from './calibration-layout.js'
import type { MapKey } from './calibration-layout.js'
import { CORRECTION_CODECS } from './corrections/correction-codecs.js'
import { hashMap } from './hash-map.js'
import { headerOf } from './header-of.js'
import type { Hdf5Library } from './open-hdf5-library.js'
import { parseProvenance } from './parse-provenance.js'
import { readCalibrationHdf5 } from './read-calibration-hdf5.js'
import type { StoredCalibration } from './read-calibration-hdf5.js'
import type { SealedPart } from './sealed-part.js'

/**
 * A calibration from the parts of its file, whose seal was found right: schema, shapes, the SHA-256 of each map, the values of the maps,
 * the provenance, that the defect layers, where there are any, add up to the defect map, and that the header says what stands there.
 *
 * A file of schema 1 becomes one of today: its maps are the same.
 * @param file name for messages
 * @param base the parts of the file with the maps, where the header names one
 * @throws {FormatError} ERR_FORMAT when it is not laid out as a calibration
 * @throws {ChecksumError} ERR_CHECKSUM when a map is not what its checksum says
 * @throws {CalibrationError} ERR_CALIBRATION for another schema, a required step that is not known, or a map that holds what cannot be
 * @throws {ShapeError} ERR_SHAPE when its maps differ in shape
 */
export async function calibrationOfParts(
  library: Hdf5Library,
  file: string,
  part: SealedPart,
  base: SealedPart | null
): Promise<CalibrationSet> {
  const other = base === null ? null : await readCalibrationHdf5(library, `${file}: ${part.header!.maps!.file}`, base.hdf5)
  const stored = await readCalibrationHdf5(library, file, part.hdf5, other)
  const layers = stored.layers === null ? {} : { layers: parseDefectsText(`${file}: defects`, stored.layers) }
  const provenance = await migrated(file, stored)
  const maps = { ...mapsOf(file, stored), ...scalarsOf(stored), provenance, ...layers } as CalibrationSet
  const calibration = { ...maps, ...correctionsOf(file, stored, maps) }
  assertCalibration(file, calibration)
  const checksums = await assertChecksums(file, stored)
  assertLayersFit(file, calibration)
  if (part.header !== null) assertHeaderFits(file, part.header, headerOf(calibration, { ...part.header, checksums }))
  else if (stored.schema !== FIRST_SCHEMA) throw new FormatError({ file, expected: 'a header', received: 'none' })
  return calibration
}

/** Provenance of today; the schema is that of the calibration in hand. */
async function migrated(file: string, { schema, provenance }: StoredCalibration): Promise<Provenance> {
  return { ...(await parseProvenance(file, provenance, schema)), schema: CALIBRATION_SCHEMA }
}

/** Two statements of one thing: whoever reads the header alone must not learn anything else. */
function assertHeaderFits(file: string, stated: CalibrationHeader, found: CalibrationHeader): void {
  for (const key of Object.keys(found) as (keyof CalibrationHeader)[]) {
    const [expected, received] = [found[key], stated[key]].map(jsonOf)
    if (expected === received) continue
    throw new CalibrationError({
      subject: `${file}: header`,
      expected: `${key} ${expected.slice(0, 100)}, as the calibration has it`,
      received: String(received).slice(0, 100)
    })
  }
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch {
    return 'data nested too deep'
  }
}

async function assertChecksums(file: string, stored: StoredCalibration): Promise<Record<string, string>> {
  const stated = parseChecksums(file, stored.checksums)
  const values: [name: string, kind: string, sha256: Promise<string> | undefined][] = [
    ...MAP_DATASETS.map(({ name, key }) => [name, 'a map', stored.maps[key]?.sha256] as [string, string, Promise<string> | undefined]),
    ['defects', 'a text', stored.layers === null ? undefined : hashMap(new TextEncoder().encode(stored.layers))]
  ]
  for (const { group, datasets } of CORRECTION_CODECS) {
    for (const name of Object.keys(datasets)) {
      const numbers = stored.groups[group]?.[name]
      values.push([`${group}/${name}`, 'numbers', numbers && hashMap(numbers.data)])
    }
  }
  for (const [name, kind, sha256] of values) {
    const expected = stated.get(name)
    const received = await sha256
    if (received === expected) continue
    throw new ChecksumError({
      subject: `${file}: ${name}`,
      expected: expected === undefined ? `${kind} with a checksum` : `values with the SHA-256 ${expected}`,
      received: received ?? `no ${kind.replace(/^an? /, '')}`
    })
  }
  return Object.fromEntries(stated)
}

function parseChecksums(file: string, json: string): Map<string, string> {
  try {
    const value: unknown = JSON.parse(json)
    return new Map(Object.entries(value ?? {}).map(([name, checksum]) => [name, String(checksum)]))
  } catch (cause) {
    throw new FormatError({ file, expected: 'the checksums of the maps (JSON)', received: 'text that is not JSON', cause })
  }
}

function mapsOf(file: string, { maps, numbers }: StoredCalibration): Partial<CalibrationSet> {
  if (numbers.reference === null) {
    throw new FormatError({ file, expected: 'a number at /entry/instrument/detector/reference', received: 'nothing' })
  }
  const found: Partial<Record<MapKey, unknown>> = {}
  for (const { key } of MAP_DATASETS) {
    const map = maps[key]
    found[key] = map ? { data: map.data, shape: map.shape } : null
  }
  return { shape: maps.offset!.shape, ...found, gain: { ...found.gain!, reference: numbers.reference } } as Partial<CalibrationSet>
}

function scalarsOf({ numbers, serialNumber, localName }: StoredCalibration): Partial<CalibrationSet> {
  const { x_pixel_size: x, y_pixel_size: y } = numbers
  return {
    saturation: numbers.saturation_value,
    pixelPitch: x === null || y === null ? null : [y, x],
    serialNumber,
    localName,
    darkFrames: numbers.dark_frames ?? 0,
    flatFrames: numbers.flat_frames ?? 0
  }
}

function correctionsOf(file: string, { groups }: StoredCalibration, { shape }: CalibrationSet): Pick<CalibrationSet, 'corrections'> {
  const found = CORRECTION_CODECS.filter(({ group }) => groups[group] !== undefined)
  if (found.length === 0) return {}
  const corrections = found.map((codec) => [codec.key, codec.decode(`${file}: ${codec.group}`, groups[codec.group], shape)] as const)
  return { corrections: Object.fromEntries(corrections) }
}
