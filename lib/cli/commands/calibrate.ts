import { realpath } from 'node:fs/promises'
import { calibrate } from '../../../calibration/calibrate.js'
import type { DefectPresetName } from '../../../calibration/defect-presets/defect-preset.js'
import type { ReadoutLayout } from '../../../calibration/defect-rules/resolve-defect-options.js'
import { ExistsError, isDetectorError, OptionError, StackError } from '../../errors.js'
import type { FrameMode } from '../../frame/frame-info.js'
import { fileExists } from '../../io/file-exists.js'
import { findFrames } from '../../io/find-frames.js'
import { loadCalibration } from '../../io/load-calibration.js'
import { readFrames } from '../../io/read-frames.js'
import { saveCalibration } from '../../io/save-calibration.js'
import type { CalibrationSet } from '../../maps/calibration-set.js'
import { compareCalibrations } from '../../quality/compare-calibrations.js'
import type { CalibrationChanges } from '../../quality/compare-calibrations.js'
import { summarizeCalibration } from '../../quality/summarize-calibration.js'
import { reportCalibration } from '../../report/report-calibration.js'
import { reportChanges } from '../../report/report-changes.js'
import { EXIT } from '../exit-code-of.js'
import type { DefectRuleArguments } from '../parse-defect-rule.js'
import { rawLayout } from '../raw-layout.js'
import type { RawOptions } from '../raw-layout.js'
import type { Terminal } from '../terminal.js'
import { openEditTarget } from './defects/edit-target.js'
import { keepDefects } from './defects/keep-defects.js'

/** Options of `flatpanel calibrate`, as the argument parser gives them. */
export interface CalibrateCommandOptions extends RawOptions {
  readonly dark?: readonly string[][]
  readonly flat?: readonly string[][]
  readonly decay?: readonly string[][]
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
  /** Calibration or text whose factory and user layers stay in force. */
  readonly keepDefects?: string
  readonly force?: boolean
}

/** `flatpanel calibrate`: frames in, one calibration file out, and a report of what it is and what changed. */
export async function runCalibrate(options: CalibrateCommandOptions, terminal: Terminal): Promise<number> {
  const darks = await findFrames(words('--dark', options.dark).flat())
  const levels = await Promise.all(words('--flat', options.flat).map((patterns) => findFrames(patterns)))
  const decay = options.decay?.length ? await findFrames(words('--decay', options.decay).flat()) : []
  await assertDistinct(darks, levels, decay)
  const old = await previousCalibration(options)
  const kept = options.keepDefects === undefined ? null : (await openEditTarget(options.keepDefects)).layers
  if (kept === null) sayLostEdits(old, terminal)
  await assertNoInput(options.out, [...darks, ...levels.flat(), ...decay])

  const raw = rawLayout(options)
  const built = await calibrate(
    {
      darks: readFrames(darks, { raw }),
      flats: levels.map((files) => readFrames(files, { raw })),
      ...(decay.length > 0 && { decay: readFrames(decay, { raw }) })
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
      defectRules: { preset: options.defectsPreset ?? 'general', ...options.defectRule },
      ...(options.readout && { readout: options.readout }),
      splitHalf: options.splitHalf ?? false,
      memory: options.memory,
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

function words(option: string, groups: readonly string[][] | undefined): readonly string[][] {
  if (!groups?.length || groups.some((group) => group.length === 0)) {
    const received = groups?.length ? `${option} with nothing behind it` : 'none'
    throw new OptionError({ subject: `option "${option}"`, expected: 'files, folders or patterns', received })
  }
  return groups
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
  return new ExistsError({ subject: out, expected: 'no file of that name (--force keeps the old one under another name)', received: 'an existing file' })
}

async function assertDistinct(darks: readonly string[], levels: readonly string[][], decay: readonly string[]): Promise<void> {
  const seen = new Map<string, string>()
  const stacks: [string, readonly string[]][] = [
    ['--dark', darks],
    ...levels.map((files, i): [string, string[]] => [`--flat (level ${i + 1})`, files]),
    ['--decay', decay]
  ]
  for (const [stack, files] of stacks) {
    for (const file of files) {
      const path = await realpath(file)
      const earlier = seen.get(path)
      if (earlier !== undefined) {
        throw new StackError({ subject: file, expected: 'each file in one stack only', received: `it in ${earlier} and in ${stack}` })
      }
      seen.set(path, stack)
    }
  }
}

async function assertNoInput(out: string, inputs: readonly string[]): Promise<void> {
  if (!(await fileExists(out))) return
  const target = await realpath(out)
  for (const file of inputs) {
    if ((await realpath(file)) === target) {
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
  if (changes) terminal.print(`\n${reportChanges(changes)}`)
  terminal.print(`\nwritten: ${saved.path}`)
  if (saved.archived) terminal.print(`kept:    ${saved.archived} (the calibration before this one)`)
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
