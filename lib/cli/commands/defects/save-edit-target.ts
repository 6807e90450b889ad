import { writeDefects } from '../../../io/defects/write-defects.js'
import { saveEditedCalibration } from '../../../io/save-edited-calibration.js'
import type { EditTarget } from '../../../jobs/calibrate/open-edit-target.js'
import type { CalibrationSet } from '../../../maps/calibration-set.js'
import { BAD_PIXEL_BITS } from '../../../maps/defect-flags.js'
import { applyLayers } from '../../../maps/layers/apply-layers.js'
import { completeDefects } from '../../../maps/layers/complete-defects.js'
import type { DefectLayers } from '../../../maps/layers/defect-layers.js'
import { resolveLayers } from '../../../maps/layers/resolve-layers.js'
import type { DefectMap } from '../../../maps/maps.js'
import type { Terminal } from '../../terminal.js'

/** What an edit changed. */
export interface SavedEdit {
  readonly file: string
  /** Where the calibration of before is; null: a text, which keeps every entry itself, or not asked for. */
  readonly archived: string | null
  readonly badBefore: number
  readonly badAfter: number
  /** Pixels that are bad now and were not, and the reverse, with those whose neighbourhood the edit changed. */
  readonly added: number
  readonly removed: number
  readonly defects: DefectMap
  /** Indices of pixels that the layers call good, and that stay bad because they have no gain. */
  readonly withoutGain: readonly number[]
}

/**
 * Give the file its new layers. A calibration gets the map that they add up to; the old file is kept beside it, as calibrate --force
 * does, unless `archive` is false.
 * @param check sees what the edit does before anything is written, and may throw
 */
export async function saveEditTarget(
  { file, calibration, defects: before }: EditTarget,
  layers: DefectLayers,
  { archive = true, check }: { archive?: boolean; check?: (edit: Omit<SavedEdit, 'archived'>) => void },
  terminal: Terminal
): Promise<SavedEdit> {
  const next = calibration === null ? onText(layers) : applied(calibration, layers)
  const { added, removed, badBefore, badAfter } = difference(before, next.defects)
  const edit = { file, badBefore, badAfter, added, removed, defects: next.defects, withoutGain: next.withoutGain }
  check?.(edit)
  if (next.calibration === null) {
    await writeDefects(file, { defects: next.defects, layers }, { format: 'text', overwrite: true })
    return { ...edit, archived: null }
  }
  const { archived } = await saveEditedCalibration(file, next.calibration, { keepOld: archive, signal: terminal.signal })
  return { ...edit, archived }
}

interface NextMap {
  readonly calibration: CalibrationSet | null
  readonly defects: DefectMap
  readonly withoutGain: readonly number[]
}

function onText(layers: DefectLayers): NextMap {
  const defects = resolveLayers(layers)
  completeDefects(defects)
  return { calibration: null, defects, withoutGain: [] }
}

function applied(before: CalibrationSet, layers: DefectLayers): NextMap {
  const { calibration, withoutGain } = applyLayers(before, layers)
  return { calibration, defects: calibration.defects, withoutGain }
}

function difference(before: DefectMap, after: DefectMap): Pick<SavedEdit, 'added' | 'removed' | 'badBefore' | 'badAfter'> {
  const counts = { added: 0, removed: 0, badBefore: 0, badAfter: 0 }
  for (let i = 0; i < after.data.length; i++) {
    const was = (before.data[i] & BAD_PIXEL_BITS) !== 0
    const is = (after.data[i] & BAD_PIXEL_BITS) !== 0
    if (was) counts.badBefore++
    if (is) counts.badAfter++
    if (is && !was) counts.added++
    if (was && !is) counts.removed++
  }
  return counts
}
