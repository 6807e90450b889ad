import { CalibrationError } from '../../errors.js'
import type { CalibrationSet } from '../../maps/calibration-set.js'
import { BAD_PIXEL_BITS } from '../../maps/defect-flags.js'
import { ENTRY_BITS } from '../../maps/layers/entry-classes.js'
import { resolveLayers } from '../../maps/layers/resolve-layers.js'

/**
 * Assert that the defect layers of a calibration, where it has any, add up to its defect map; a pixel that has no gain is bad
 * whatever they say.
 * @param subject file name for messages
 * @throws {CalibrationError} ERR_CALIBRATION with the first pixel that differs
 */
export function assertLayersFit(subject: string, { layers, defects, gain }: CalibrationSet): void {
  if (layers === undefined) return
  const { shape, data } = resolveLayers(layers)
  const fits = shape[0] === defects.shape[0] && shape[1] === defects.shape[1]
  const first = fits
    ? data.findIndex((flags, i) => {
        const stored = defects.data[i] & ENTRY_BITS
        return flags !== stored && !(gain.data[i] === 0 && (flags & BAD_PIXEL_BITS) === 0)
      })
    : 0
  if (first < 0) return
  throw new CalibrationError({
    subject: `${subject}: defect layers`,
    expected: 'layers that add up to the defect map (edit them with flatpanel defects)',
    received: fits ? `other flags at pixel [${Math.floor(first / shape[1])}, ${first % shape[1]}]` : `a panel of [${shape.join(', ')}]`
  })
}
