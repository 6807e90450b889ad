import type { DefectNumbers } from './defect-numbers.js'

/** Names of the presets. */
export type DefectPresetName = 'general' | 'e2597' | 'xrd1621' | 'statistical'

/** A number as a preset or a user gives it; `budget`: follows from `falsePixels` and from the frames. */
export type GivenNumber<T> = T | 'budget'

/** One set of rules: named numbers, and where they come from. */
export interface DefectPreset {
  readonly name: DefectPresetName
  readonly title: string
  readonly source: string
  readonly numbers: { readonly [K in keyof DefectNumbers]: GivenNumber<DefectNumbers[K]> }
}
