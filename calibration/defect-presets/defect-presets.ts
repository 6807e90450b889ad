import type { DefectPreset, DefectPresetName } from './defect-preset.js'
import { e2597 } from './e2597.js'
import { general } from './general.js'
import { statistical } from './statistical.js'
import { xrd1621 } from './xrd1621.js'

/** Every preset by its name; `general` is the default. */
export const DEFECT_PRESETS: Readonly<Record<DefectPresetName, DefectPreset>> = Object.freeze({ general, e2597, xrd1621, statistical })
