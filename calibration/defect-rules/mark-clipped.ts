import { nextNonZero } from '../../lib/kernels/map/next-non-zero.js'
import { DEFECT_FLAGS } from '../../lib/maps/defect-flags.js'
import type { DefectContext } from './defect-context.js'
import { flagPixel } from './flag-pixel.js'

const SOURCE = 'EMVA 1288 release 4.0 (2021), saturation: a clipped distribution has neither its mean nor its variance'

/**
 * Clipped: saturated (or not finite) in more than 10 % of the flats that make the gain map; flag `nonLinear`.
 *
 * The mean of such a pixel is too low and its gain therefore too high. Clipping 10 % of Gaussian values lowers their mean
 * by 0.047 sigma, a quarter of the error of a mean of 32 frames; what is clipped less is trusted. Further levels
 * serve only the rules, which leave out every pixel that saturates there at all.
 * @see EMVA Standard 1288, release 4.0, 2021
 */
export function markClipped(context: DefectContext): void {
  const { flats, defects, options } = context
  const { saturated, frames } = flats[0]
  const { data } = defects
  let found = 0
  for (let i = nextNonZero(saturated, 0); i < data.length; i = nextNonZero(saturated, i + 1)) {
    if (saturated[i] <= options.clippedFraction * frames) continue
    found += flagPixel(context, i, DEFECT_FLAGS.nonLinear)
  }
  context.rules.push({ name: 'clipped', threshold: options.clippedFraction, unit: 'of the flats', source: SOURCE, found })
  if (found > 1e-4 * data.length) {
    context.warnings.push(`${found} pixels saturate in the flats and have no gain: take the flats at 30 to 80 % of saturation`)
  }
}
