import { countGoodNeighbours } from '../../lib/maps/count-good-neighbours.js'
import { DEFECT_FLAGS } from '../../lib/maps/defect-flags.js'
import type { DefectContext } from './defect-context.js'
import { flagPixel } from './flag-pixel.js'

const SOURCE = 'ASTM E2597/E2597M-14, bad neighbourhood: a good pixel whose 8 neighbours are all bad'

/**
 * Bad neighbourhood: a good pixel without a good neighbour. Outside the panel nothing is good, so that in a corner three bad
 * neighbours are enough; a panel of one pixel has no neighbourhood. To be run when every other rule has been.
 * @see ASTM E2597/E2597M-14
 */
export function markBadNeighbourhood(context: DefectContext): void {
  const { defects, bad, rules } = context
  const { data } = defects
  const good = countGoodNeighbours(defects)
  let found = 0
  for (let i = 0; i < data.length; i++) {
    if (good[i] !== 0 || bad[i] !== 0 || data.length === 1) continue
    flagPixel(context, i, DEFECT_FLAGS.badNeighbourhood)
    found++
  }
  rules.push({ name: 'badNeighbourhood', threshold: 0, unit: 'good neighbours', source: SOURCE, found })
}
