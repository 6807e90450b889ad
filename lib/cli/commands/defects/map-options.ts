import type { ReadDefectsOptions } from '../../../io/defects/read-defects.js'
import type { Shape } from '../../../frame/shape.js'
import type { DefectClass } from '../../../maps/defect-flags.js'

/** The options that say what a foreign map does not say of itself, as the argument parser gives them. */
export interface MapOptions {
  readonly shape?: Shape
  readonly badValue?: number
  readonly goodValue?: number
  readonly classIfUnknown?: DefectClass
  readonly dataset?: string
}

/** The same for `readDefects`. */
export function mapOptions({ shape, badValue, goodValue, classIfUnknown, dataset }: MapOptions): ReadDefectsOptions {
  return { shape, badValue, goodValue, defaultClass: classIfUnknown, dataset }
}
