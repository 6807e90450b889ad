import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import type { CalibrationSet } from '../maps/calibration-set.js'
import { keepFile } from './keep-file.js'
import type { CalibrationHeader, MapsFile } from './nexus/calibration-header.js'
import { MAP_DATASETS, mapOf } from './nexus/calibration-layout.js'
import { hashMap } from './nexus/hash-map.js'
import { readSealedHeader } from './nexus/read-sealed-file.js'
import type { SaveCalibrationOptions, SavedCalibration } from './save-calibration-options.js'
import { writeCalibration } from './write-calibration.js'

export interface SaveEditedOptions extends Omit<SaveCalibrationOptions, 'overwrite'> {
  /**
   * Files of fewer bytes are written whole: two files would be a burden for nothing.
   * @default 16 MiB
   */
  readonly splitFrom?: number
}

/**
 * Save a calibration of which only the defects were edited in place of the file that it was loaded from. The maps of a large file are not
 * written again: the file gets a second name, `SN1234.maps-<hash>.nxs`, and what stands at `path` from then on has the flags in force, who
 * edited them, and links to the other maps there. Other programs find every map, and the flags in force, at `path`; without the second
 * file a calibration is refused.
 *
 * To be called while the file is held: see `lockFile`.
 * @param path of an existing calibration
 * @throws as `saveCalibration`
 */
export async function saveEditedCalibration(
  path: string,
  calibration: CalibrationSet,
  { keepOld = true, now = new Date(), signal, splitFrom = 16 * 2 ** 20 }: SaveEditedOptions = {}
): Promise<SavedCalibration> {
  const target = await realpath(path).catch(() => path)
  const maps = await mapsBeside(target, calibration, splitFrom)
  return writeCalibration(path, calibration, { overwrite: true, keepOld, now, signal, maps })
}

/** The file with the maps, made where there is none yet; null: they are to be written. */
async function mapsBeside(target: string, calibration: CalibrationSet, splitFrom: number): Promise<MapsFile | null> {
  const { header, sha256 } = await readSealedHeader(target)
  if (header === null || !(await hasSameMaps(header, calibration))) return null
  if (header.maps !== null) return header.maps
  if ((await stat(target)).size < splitFrom) return null
  const extension = extname(target)
  const file = `${basename(target, extension)}.maps-${sha256.slice(0, 12)}${extension}`
  await keepFile(target, join(dirname(target), file))
  return { file, sha256 }
}

async function hasSameMaps({ checksums }: CalibrationHeader, calibration: CalibrationSet): Promise<boolean> {
  const same = MAP_DATASETS.filter(({ key }) => key !== 'defects').map(async (dataset) => {
    const map = mapOf(calibration, dataset)
    return checksums[dataset.name] === (map ? await hashMap(map.data) : undefined)
  })
  return (await Promise.all(same)).every(Boolean)
}
