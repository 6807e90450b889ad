import { realpath, unlink } from 'node:fs/promises'
import { AbortedError, CalibrationError, isDetectorError } from '../errors.js'
import type { CalibrationSet } from '../maps/calibration-set.js'
import { archiveCalibration } from './archive-calibration.js'
import { assertCalibration } from './nexus/assert-calibration.js'
import { assertLayersFit } from './nexus/assert-layers-fit.js'
import type { MapsFile } from './nexus/calibration-header.js'
import { parseProvenance } from './nexus/parse-provenance.js'
import { writeSealedFile } from './nexus/write-sealed-file.js'
import { replaceFile } from './replace-file.js'
import type { SaveCalibrationOptions, SavedCalibration } from './save-calibration-options.js'

/** All of `saveCalibration` but the lock, and where the maps go. */
export interface WriteCalibrationOptions extends Required<Omit<SaveCalibrationOptions, 'signal'>> {
  readonly signal: AbortSignal | undefined
  /** The file beside this one that has the maps, all but the flags; null: they go into this one. */
  readonly maps: MapsFile | null
}

/** Check a calibration, and write it in place of what is there; see `saveCalibration`. */
export async function writeCalibration(
  path: string,
  calibration: CalibrationSet,
  { overwrite, keepOld, now, signal, maps }: WriteCalibrationOptions
): Promise<SavedCalibration> {
  assertCalibration(path, calibration)
  assertLayersFit(path, calibration)
  await assertProvenance(path, calibration)
  let archived: string | null = null
  const write = async (temporaryPath: string): Promise<void> => {
    await writeSealedFile(temporaryPath, calibration, { maps, check: () => assertNotAborted(path, signal) })
    if (overwrite && keepOld) archived = await archiveCalibration(await realpath(path).catch(() => path), now)
    assertNotAborted(path, signal)
  }
  try {
    await replaceFile(path, write, { overwrite })
  } catch (error) {
    if (archived !== null) await unlink(archived).catch(() => {})
    throw error
  }
  return { path, archived }
}

/** What could not be loaded again is not saved. */
async function assertProvenance(path: string, { provenance }: CalibrationSet): Promise<void> {
  try {
    await parseProvenance(path, JSON.stringify(provenance))
  } catch (cause) {
    const received = isDetectorError(cause) ? cause.received : (cause as Error).message
    throw new CalibrationError({ subject: `${path}: provenance`, expected: 'plain data as its type says', received, cause })
  }
}

function assertNotAborted(path: string, signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortedError(`saving ${path}`, signal.reason)
}
