import { realpath } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import type { DefectPresetName } from '../../../calibration/defect-presets/defect-preset.js'
import type { ReadoutLayout } from '../../../calibration/defect-rules/resolve-defect-options.js'
import { ExistsError, isDetectorError } from '../../errors.js'
import type { FrameMode } from '../../frame/frame-info.js'
import { fileExists } from '../../io/file-exists.js'
import { loadCalibration } from '../../io/load-calibration.js'
import { readFrames } from '../../io/read-frames.js'
import { saveCalibration } from '../../io/save-calibration.js'
import { splitInnerPath } from '../../io/split-inner-path.js'
import type { CalibrationSet } from '../../maps/calibration-set.js'
import { compareCalibrations } from '../../quality/compare-calibrations.js'
import type { CalibrationChanges } from '../../quality/compare-calibrations.js'
import { summarizeCalibration } from '../../quality/summarize-calibration.js'
import { reportCalibration } from '../../report/report-calibration.js'
import { reportChanges } from '../../report/report-changes.js'
import { reportWritten } from '../../report/report-written.js'
import { calibrateOnThreads, MOST_THREADS } from '../../workers/calibrate-on-threads.js'
import { EXIT } from '../exit-code-of.js'
import { findStacks } from '../find-stacks.js'
import type { NamedStacks } from '../find-stacks.js'
import type { DefectRuleArguments } from '../parse-defect-rule.js'
import { readingOf } from '../reading-of.js'
import type { ReadingOptions } from '../reading-of.js'
import type { Terminal } from '../terminal.js'
import { openEditTarget } from './defects/edit-target.js'
import { keepDefects } from './defects/keep-defects.js'

/** Options of `flatpanel calibrate`, as the argument parser gives them. */
export interface CalibrateCommandOptions extends ReadingOptions, NamedStacks {
  readonly out: string
  readonly serial?: string
  readonly name?: string
  readonly saturation?: number
  readonly bits?: number
  /** Micrometres. */
  readonly pitch?: number
  readonly mode?: FrameMode
  readonly kv?: number
  readonly filter?: string
  readonly temperature?: number
  readonly combine?: 'auto' | 'mean' | 'median' | 'clip'
  readonly normalizeFlats?: boolean
  readonly defectsPreset?: DefectPresetName
  readonly defectRule?: DefectRuleArguments
  readonly readout?: ReadoutLayout
  readonly splitHalf?: boolean
  readonly memory?: number
  readonly threads?: number
  /** Calibration or text whose factory and user layers stay in force. */
  readonly keepDefects?: string
  readonly force?: boolean
}

/** `flatpanel calibrate`: frames in, one calibration file out, and a report of what it is and what changed. */
export async function runCalibrate(options: CalibrateCommandOptions, terminal: Terminal): Promise<number> {
  const { darks, flats, decay } = await findStacks(options, readingOf(options))
  const old = await previousCalibration(options)
  const kept = options.keepDefects === undefined ? null : (await openEditTarget(options.keepDefects)).layers
  if (kept === null) sayLostEdits(old, terminal)
  await assertNoInput(
    options.out,
    [darks, ...flats, ...(decay ? [decay] : [])].flatMap(({ files }) => files)
  )

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
      ...(options.saturation !== undefined && { saturation: options.saturation }),
      ...(options.bits !== undefined && { bits: options.bits }),
      ...(options.pitch !== undefined && { pixelPitch: options.pitch / 1000 }),
      mode: options.mode,
      kilovolts: options.kv,
      filter: options.filter,
      temperature: options.temperature,
      serialNumber: options.serial,
      localName: options.name,
      combine: options.combine === 'auto' ? undefined : options.combine,
      normalizeFlats: options.normalizeFlats ?? true,
      allowCorrected: options.allowCorrected ?? false,
      defectRules: { preset: options.defectsPreset ?? 'general', ...options.defectRule },
      ...(options.readout && { readout: options.readout }),
      splitHalf: options.splitHalf ?? false,
      memory: options.memory,
      threads: threads === 1 ? 0 : threads,
      now: new Date(),
      signal: terminal.signal,
      onProgress: ({ stage, done, total }) => terminal.progress.report(stage, done, total)
    }
  )
  const calibration = kept === null ? built : keepDefects(built, options.keepDefects!, kept)
  terminal.progress.report('saving the calibration', 0, null)
  const saved = await saveCalibration(options.out, calibration, { overwrite: options.force ?? false, signal: terminal.signal })
  terminal.progress.stop()
  tell(calibration, old, saved, terminal)
  return EXIT.done
}

/** The calibration that --force is about to replace, for the comparison; null when there is none, or none that we can read. */
async function previousCalibration({ out, force }: CalibrateCommandOptions): Promise<CalibrationSet | null> {
  if (!(await fileExists(out))) return null
  if (!force) throw outputExists(out)
  try {
    return await loadCalibration(out)
  } catch (error) {
    if (isDetectorError(error)) return null
    throw error
  }
}

/** They are in the file that is kept, but no longer in force. */
function sayLostEdits(old: CalibrationSet | null, terminal: Terminal): void {
  const { factory = [], user = [] } = old?.layers ?? {}
  if (factory.length + user.length === 0) return
  const what = `${factory.length} factory and ${user.length} user entries`
  terminal.say(`warning: the calibration that is replaced has defects entered by people (${what}); --keep-defects would keep them in force`)
}

function outputExists(out: string): ExistsError {
  return new ExistsError({
    subject: out,
    expected: 'no file of that name (--force keeps the old one under another name)',
    received: 'an existing file'
  })
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

function tell(
  calibration: CalibrationSet,
  old: CalibrationSet | null,
  saved: { path: string; archived: string | null },
  terminal: Terminal
): void {
  const summary = summarizeCalibration(calibration)
  const changes = compareWhereShapesMatch(old, calibration)
  terminal.print(reportCalibration(calibration, summary))
  if (changes) terminal.print(reportChanges(changes))
  terminal.print(reportWritten(saved.path, saved.archived))
  terminal.document({
    schema: 'flatpanel.calibrate/1',
    out: saved.path,
    archived: saved.archived,
    summary,
    changes,
    provenance: calibration.provenance
  })
}

function compareWhereShapesMatch(old: CalibrationSet | null, next: CalibrationSet): CalibrationChanges | null {
  if (old === null || old.shape[0] !== next.shape[0] || old.shape[1] !== next.shape[1]) return null
  return compareCalibrations(old, next)
}
