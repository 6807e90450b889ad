import { OptionError } from '../../errors.js'
import { readDefects } from '../../io/defects/read-defects.js'
import { recogniseDefects } from '../../io/defects/recognise-defects.js'
import type { CalibrationSet } from '../../maps/calibration-set.js'
import { completeDefects } from '../../maps/layers/complete-defects.js'
import type { DefectLayers } from '../../maps/layers/defect-layers.js'
import type { DefectMap } from '../../maps/maps.js'

/** A file whose layers can be edited: a calibration, or the text form. */
export interface EditTarget {
  readonly file: string
  readonly layers: DefectLayers
  /** Complete map of before. */
  readonly defects: DefectMap
  readonly calibration: CalibrationSet | null
}

/**
 * Open the layers of a calibration or of a text.
 * @throws {OptionError} ERR_OPTION for the map of another program: it has no layers
 */
export async function openEditTarget(file: string): Promise<EditTarget> {
  const format = await recogniseDefects(file)
  if (format !== 'calibration' && format !== 'text') {
    const expected = 'a calibration or the text form of flatpanel, which have layers (bring other maps in with defects import)'
    throw new OptionError({ subject: file, expected, received: `a map of form ${format}` })
  }
  const { layers, calibration, defects } = await readDefects(file)
  if (calibration === null) completeDefects(defects)
  return { file, layers: layers!, defects, calibration }
}
