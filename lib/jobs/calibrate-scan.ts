import { realpath } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'
import type { CalibrateOptions } from '../../calibration/calibrate-options.js'
import { ExistsError, isDetectorError } from '../errors.js'
import { fileExists } from '../io/file-exists.js'
import { loadCalibration } from '../io/load-calibration.js'
import { lockFile } from '../io/lock-file.js'
import { readFrames } from '../io/read-frames.js'
import { saveCalibration } from '../io/save-calibration.js'
import type { SavedCalibration } from '../io/save-calibration-options.js'
import { splitInnerPath } from '../io/split-inner-path.js'
import { writeCalibration } from '../io/write-calibration.js'
import type { CalibrationSet } from '../maps/calibration-set.js'
import { compareCalibrations } from '../quality/compare-calibrations.js'
import type { CalibrationChanges } from '../quality/compare-calibrations.js'
import { summarizeCalibration } from '../quality/summarize-calibration.js'
import type { CalibrationSummary } from '../quality/summarize-calibration.js'
import { calibrateOnThreads, MOST_THREADS } from '../workers/calibrate-on-threads.js'
import { findStacks } from './calibrate/find-stacks.js'
import type { NamedStacks } from './calibrate/find-stacks.js'
import { keepDefects } from './calibrate/keep-defects.js'
import { openEditTarget } from './calibrate/open-edit-target.js'
import type { JobOptions, JobProgress, JobWarning } from './job-options.js'
import { makeFolder } from './output/make-folder.js'
import { scanReading } from './scan-reading.js'
import type { ScanReading } from './scan-reading.js'

/** Options of {@link calibrateScan}. */
export interface CalibrateScanOptions extends ScanReading, NamedStacks, JobOptions<JobProgress | JobWarning> {
  /** Calibration file to write; its folder is made where it is missing. */
  readonly out: string
  /**
   * How maps are built, and what the files do not say.
   * @default {}
   */
  readonly build?: Omit<CalibrateOptions, 'signal' | 'onProgress' | 'allowCorrected'>
  /**
   * Threads that hash and combine the frames, 1 to 64.
   * @default the cores of the machine
   */
  readonly threads?: number
  /**
   * Calibration, or text of `writeDefects`, whose factory and user layers stay in force.
   * @default undefined: none
   */
  readonly keepDefects?: string
  /**
   * Replace a calibration that is there; it is kept under another name.
   * @default false
   */
  readonly force?: boolean
}

/** What {@link calibrateScan} wrote. */
export interface CalibrateScanDocument {
  readonly schema: 'flatpanel.calibrate/1'
  readonly out: string
  /** Where the calibration before this one is kept; null: there was none. */
  readonly archived: string | null
  readonly summary: CalibrationSummary
  /** Against the calibration that was replaced; null where there was none of this shape that could be read. */
  readonly changes: CalibrationChanges | null
  readonly provenance: CalibrationSet['provenance']
}

/** What {@link calibrateScan} gives: the calibration itself, and the document about it. */
export interface CalibratedScan {
  readonly calibration: CalibrationSet
  readonly document: CalibrateScanDocument
}

/**
 * Build a calibration from files of dark frames and flat fields, and write it: the old file or the whole new one stands under its name at
 * any moment.
 * @throws {OptionError} ERR_OPTION, {StackError} ERR_STACK, {ShapeError} ERR_SHAPE, {ModeError} ERR_MODE, {CalibrationError}
 * ERR_CALIBRATION as `calibrate`
 * @throws {ExistsError} ERR_EXISTS when `out` is there and `force` is not, or is one of the inputs
 * @throws {FormatError} ERR_FORMAT, {IoError} ERR_IO, {AbortedError} ERR_ABORTED
 */
export async function calibrateScan(options: CalibrateScanOptions): Promise<CalibratedScan> {
  const { out, build = {}, signal, onEvent = () => {}, force = false, allowCorrected = false } = options
  const { darks, flats, decay } = await findStacks(options, scanReading(options))
  const old = await previousCalibration(out, force)
  if (options.keepDefects === undefined) warnOfLostEdits(old, onEvent)
  // what cannot be kept is refused before the long work
  else await openEditTarget(options.keepDefects)
  await assertNoInput(
    out,
    [darks, ...flats, ...(decay ? [decay] : [])].flatMap(({ files }) => files)
  )
  const folder = await makeFolder(dirname(out))
  try {
    const { threads = Math.min(MOST_THREADS, availableParallelism()) } = options
    // With one thread there is none to hash what another reads; what is kept of a frame is copied.
    const more = { hash: threads === 1, reuse: true }
    const built = await calibrateOnThreads(
      {
        darks: readFrames(darks.files, { ...darks.reading, ...more }),
        flats: flats.map(({ files, reading }) => readFrames(files, { ...reading, ...more })),
        ...(decay && { decay: readFrames(decay.files, decay.reading) })
      },
      {
        now: new Date(),
        ...build,
        allowCorrected,
        threads: threads === 1 ? 0 : threads,
        signal,
        onProgress: (progress) => onEvent({ type: 'progress', ...progress })
      }
    )
    onEvent({ type: 'progress', stage: 'saving the calibration', done: 0, total: null })
    const { calibration, saved } = await save(built, options)
    return { calibration, document: describe(calibration, old, saved) }
  } catch (error) {
    await folder.removeIfEmpty()
    throw error
  }
}

/** The layers that are kept are read while nobody else changes the file: it may have been edited while the maps were built. */
async function save(
  built: CalibrationSet,
  { out, keepDefects: file, force = false, signal }: CalibrateScanOptions
): Promise<{ calibration: CalibrationSet; saved: SavedCalibration }> {
  if (file === undefined) return { calibration: built, saved: await saveCalibration(out, built, { overwrite: force, signal }) }
  const replace = async () => {
    const calibration = keepDefects(built, file, (await openEditTarget(file)).layers)
    const options = { overwrite: force, keepOld: true, now: new Date(), signal, maps: null }
    return { calibration, saved: await writeCalibration(out, calibration, options) }
  }
  return lockFile(out, replace, { signal })
}

/** The calibration that is about to be replaced, for the comparison; null when there is none, or none that we can read. */
async function previousCalibration(out: string, force: boolean): Promise<CalibrationSet | null> {
  if (!(await fileExists(out))) return null
  if (!force) {
    const expected = 'no file of that name (--force keeps the old one under another name)'
    throw new ExistsError({ subject: out, expected, received: 'an existing file' })
  }
  try {
    return await loadCalibration(out)
  } catch (error) {
    if (isDetectorError(error)) return null
    throw error
  }
}

/** They are in the file that is kept, but no longer in force. */
function warnOfLostEdits(old: CalibrationSet | null, onEvent: (event: JobWarning) => void): void {
  const { factory = [], user = [] } = old?.layers ?? {}
  if (factory.length + user.length === 0) return
  const what = `${factory.length} factory and ${user.length} user entries`
  const message = `the calibration that is replaced has defects entered by people (${what}); --keep-defects would keep them in force`
  onEvent({ type: 'warning', message })
}

async function assertNoInput(out: string, inputs: readonly string[]): Promise<void> {
  if (!(await fileExists(out))) return
  const target = await realpath(out)
  for (const file of inputs) {
    if ((await realpath((await splitInnerPath(file)).file)) === target) {
      throw new ExistsError({ subject: out, expected: 'an output that is none of the inputs', received: `the input ${file}` })
    }
  }
}

function describe(
  calibration: CalibrationSet,
  old: CalibrationSet | null,
  saved: { readonly path: string; readonly archived: string | null }
): CalibrateScanDocument {
  const isComparable = old !== null && old.shape[0] === calibration.shape[0] && old.shape[1] === calibration.shape[1]
  return {
    schema: 'flatpanel.calibrate/1',
    out: saved.path,
    archived: saved.archived,
    summary: summarizeCalibration(calibration),
    changes: isComparable ? compareCalibrations(old, calibration) : null,
    provenance: calibration.provenance
  }
}
