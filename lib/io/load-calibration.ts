import { ChecksumError, FormatError } from '../errors.js'
import type { CalibrationSet } from '../maps/calibration-set.js'
import { parseDefectsText } from './defects/parse-defects-text.js'
import { assertCalibration } from './nexus/assert-calibration.js'
import { assertLayersFit } from './nexus/assert-layers-fit.js'
import { MAP_DATASETS } from './nexus/calibration-layout.js'
import type { MapKey } from './nexus/calibration-layout.js'
import { hashMap } from './nexus/hash-map.js'
import { openHdf5Library } from './nexus/open-hdf5-library.js'
import { parseProvenance } from './nexus/parse-provenance.js'
import { readCalibrationHdf5 } from './nexus/read-calibration-hdf5.js'
import type { StoredCalibration } from './nexus/read-calibration-hdf5.js'
import { readSealedFile } from './nexus/read-sealed-file.js'

/**
 * Load a calibration that {@link saveCalibration} wrote, and believe nothing of it before it was checked: the trailer
 * and the SHA-256 of the whole file first (the bytes that were verified are the bytes that are read; the file is not
 * opened again), then schema, shapes, the SHA-256 of each map, the values of the maps, the provenance, and that the
 * defect layers, where there are any, add up to the defect map.
 *
 * What is absent in the file is null: unknown.
 * @param path file; other HDF5 files are refused here
 * @throws {FormatError} ERR_FORMAT when it is not a calibration, is truncated, or not laid out as one
 * @throws {ChecksumError} ERR_CHECKSUM when a byte of it has changed
 * @throws {CalibrationError} ERR_CALIBRATION when its schema is not ours, or a map holds what cannot be
 * @throws {ShapeError} ERR_SHAPE when its maps differ in shape
 * @throws {IoError} ERR_IO when it cannot be read
 */
export async function loadCalibration(path: string): Promise<CalibrationSet> {
  const library = openHdf5Library()
  library.catch(() => {})
  const bytes = await readSealedFile(path)
  const stored = readCalibrationHdf5(await library, path, bytes)
  const provenance = await parseProvenance(path, stored.provenance)
  const layers = stored.layers === null ? {} : { layers: parseDefectsText(`${path}: defects`, stored.layers) }
  const calibration = { ...maps(path, stored), ...scalars(stored), provenance, ...layers } as CalibrationSet
  assertCalibration(path, calibration)
  await assertChecksums(path, stored)
  assertLayersFit(path, calibration)
  return calibration
}

async function assertChecksums(path: string, stored: StoredCalibration): Promise<void> {
  const { maps, checksums } = stored
  const stated = parseChecksums(path, checksums)
  for (const { name, key } of MAP_DATASETS) {
    const expected = stated.get(name)
    const received = await maps[key]?.sha256
    if (received === expected) continue
    throw new ChecksumError({
      subject: `${path}: ${name}`,
      expected: expected === undefined ? 'a map with a checksum' : `values with the SHA-256 ${expected}`,
      received: received ?? 'no map'
    })
  }
  const layers = stored.layers === null ? undefined : await hashMap(new TextEncoder().encode(stored.layers))
  if (layers !== stated.get('defects')) {
    throw new ChecksumError({
      subject: `${path}: defects`,
      expected: `a text with the SHA-256 ${stated.get('defects') ?? '(none)'}`,
      received: layers ?? 'no text'
    })
  }
}

function parseChecksums(path: string, json: string): Map<string, string> {
  try {
    const value: unknown = JSON.parse(json)
    return new Map(Object.entries(value ?? {}).map(([name, checksum]) => [name, String(checksum)]))
  } catch (cause) {
    throw new FormatError({ file: path, expected: 'the checksums of the maps (JSON)', received: 'text that is not JSON', cause })
  }
}

function maps(path: string, { maps, numbers }: StoredCalibration): Partial<CalibrationSet> {
  if (numbers.reference === null) {
    throw new FormatError({ file: path, expected: 'a number at /entry/instrument/detector/reference', received: 'nothing' })
  }
  const found: Partial<Record<MapKey, unknown>> = {}
  for (const { key } of MAP_DATASETS) {
    const map = maps[key]
    found[key] = map ? { data: map.data, shape: map.shape } : null
  }
  return { shape: maps.offset!.shape, ...found, gain: { ...found.gain!, reference: numbers.reference } } as Partial<CalibrationSet>
}

function scalars({ numbers, serialNumber, localName }: StoredCalibration): Partial<CalibrationSet> {
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
