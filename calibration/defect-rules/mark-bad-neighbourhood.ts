import { nextNonZero } from '../../lib/kernels/map/next-non-zero.js'
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
  const {
    shape: [rows, cols],
    bad,
    rules
  } = context
  let found = 0
  const judge = (i: number, row: number, col: number): void => {
    if (bad[i] !== 0 || hasGoodNeighbour(bad, rows, cols, row, col)) return
    found += flagPixel(context, i, DEFECT_FLAGS.badNeighbourhood)
  }
  // Whatever has no good neighbour follows a bad pixel of its row, or begins it.
  for (let row = 0; row < rows && bad.length > 1; row++) {
    judge(row * cols, row, 0)
    const end = row * cols + cols - 1
    for (let i = nextNonZero(bad, row * cols); i < end; i = nextNonZero(bad, i + 1)) judge(i + 1, row, i + 1 - row * cols)
  }
  rules.push({ name: 'badNeighbourhood', threshold: 0, unit: 'good neighbours', source: SOURCE, found })
}

function hasGoodNeighbour(bad: Uint8Array, rows: number, cols: number, row: number, col: number): boolean {
  for (let r = Math.max(0, row - 1); r <= row + 1 && r < rows; r++) {
    for (let c = Math.max(0, col - 1); c <= col + 1 && c < cols; c++) {
      if (bad[r * cols + c] === 0 && (r !== row || c !== col)) return true
    }
  }
  return false
}
