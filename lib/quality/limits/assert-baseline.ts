import { CalibrationError, OptionError, ShapeError } from '../../errors.js'
import { limitsChange } from './limits-change.js'
import type { Shape } from '../../frame/shape.js'
import type { Figure } from '../figure.js'
import type { Limits } from './limits.js'

/** What of an earlier verification serves as a baseline. */
export interface Baseline {
  readonly calibration: { readonly serialNumber: string | null; readonly shape?: Shape }
  readonly overall: { readonly figures: readonly Figure[] }
}

export interface AssertBaselineOptions {
  /** The baseline may be of another panel, such as a reference unit of the same model. @default false */
  readonly anyPanel?: boolean
}

/**
 * Assert that limits have the baseline that they need, and that it is one for this panel and mode. Where a serial number is unknown on
 * one side, or the shape in the baseline, it is compared with nothing.
 * @param panel of the verification to come, or of its calibration
 * @throws {OptionError} ERR_OPTION when a change is limited without a baseline
 * @throws {CalibrationError} ERR_CALIBRATION when the baseline is known to be of another panel, unless `anyPanel`
 * @throws {ShapeError} ERR_SHAPE when its frames had another shape: another mode
 */
export function assertBaseline(
  { serialNumber, shape }: { readonly serialNumber: string | null; readonly shape: Shape },
  { limits }: Limits,
  baseline: Baseline | null,
  { anyPanel = false }: AssertBaselineOptions = {}
): void {
  if (baseline === null) {
    const change = Object.entries(limits).find(([, limit]) => limitsChange(limit))
    if (change === undefined) return
    throw new OptionError({ subject: `limit "${change[0]}"`, expected: 'a baseline to measure the change against', received: 'none' })
  }
  const { serialNumber: other, shape: then } = baseline.calibration
  if (!anyPanel && serialNumber !== null && other !== null && serialNumber !== other) {
    throw new CalibrationError({
      subject: 'baseline',
      expected: `a verification of panel ${serialNumber}`,
      received: `one of panel ${other}`
    })
  }
  if (then && (then[0] !== shape[0] || then[1] !== shape[1])) {
    throw new ShapeError({ subject: 'baseline', expected: `frames of ${shape.join(' x ')}`, received: `frames of ${then.join(' x ')}` })
  }
}
