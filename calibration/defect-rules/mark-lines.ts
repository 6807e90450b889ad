import { DEFECT_FLAGS } from '../../lib/maps/defect-flags.js'
import { badPixels } from '../../lib/maps/bad-pixels.js'
import { markLineRuns } from '../../lib/maps/mark-line-runs.js'
import { robustScale } from '../../lib/maps/robust-scale.js'
import { findProfileLines } from './find-profile-lines.js'
import type { DefectContext } from './defect-context.js'

const SOURCE = 'ASTM E2597/E2597M-14, bad line segment; column and row profiles against the lines beside them'

interface ResidualMap {
  readonly name: string
  readonly unit: string
  readonly values: Float32Array
  /** Least deviation that counts, unit of the values. */
  readonly least: number
  /** Only lines that lie higher than those beside them. */
  readonly onlyHigher: boolean
}

/**
 * Lines: columns and rows, whole or in part, whose good pixels stand out together, and straight runs of bad pixels.
 *
 * Profiles are taken of the flat signal over its 21 x 21 median (at least 2 %, either side), of the offset less its
 * 21 x 21 median (above by at least the limit of hot pixels) and of the dark noise over that of the panel (above by the
 * factor of noisy pixels): weak lines that no single pixel betrays. Read-out halves are separate lines where a mid-line
 * is given. Runs of more than 10 bad pixels with bad pixels beside at most 10 % of them carry the flag too.
 * @see ASTM E2597/E2597M-14
 */
export function markLines(context: DefectContext): void {
  const { shape, bad, defects, options, rules } = context
  const [rows, cols] = shape
  for (const { name, unit, values, least, onlyHigher } of residualMaps(context)) {
    const limits = { sigma: options.lineSigma, least, minimumLength: options.lineLength }
    const columns = { ...limits, midline: options.midline, chipColumns: options.chipColumns }
    let found = 0
    for (const { col, from, to, deviation } of findProfileLines(values, bad, rows, cols, columns)) {
      if (onlyHigher && deviation < 0) continue
      for (let row = from; row < to; row++) defects.data[row * cols + col] |= DEFECT_FLAGS.line
      found += to - from
    }
    const across = { ...limits, midline: null, chipColumns: null }
    const turned = findProfileLines(transpose(values, rows, cols), transposeFlags(bad, rows, cols), cols, rows, across)
    for (const { col: row, from, to, deviation } of turned) {
      if (onlyHigher && deviation < 0) continue
      for (let col = from; col < to; col++) defects.data[row * cols + col] |= DEFECT_FLAGS.line
      found += to - from
    }
    rules.push({ name: `line (${name})`, threshold: least, unit, source: SOURCE, found })
  }
  badPixels(defects, bad)
  markLineRuns(defects, { minimumLength: options.lineLength, adjacent: options.lineAdjacent, midline: options.midline })
  let found = 0
  for (let i = 0; i < bad.length; i++) if ((defects.data[i] & DEFECT_FLAGS.line) !== 0) found++
  rules.push({ name: 'line (all)', threshold: options.lineLength, unit: 'pixels', source: SOURCE, found })
}

function residualMaps({ darks, flats, bad, levels, localOffset, localSignal, options }: DefectContext): ResidualMap[] {
  const signal = flats[0].location
  const offset = darks.location
  const maps: ResidualMap[] = [
    {
      name: 'signal',
      unit: 'relative to the 21 x 21 median',
      values: signal.map((value, i) => value / localSignal![i] - 1),
      least: options.lineDeviation,
      onlyHigher: false
    },
    {
      name: 'offset',
      unit: 'DN above the 21 x 21 median',
      values: offset.map((value, i) => value - localOffset![i]),
      least: options.hotFraction * (options.saturation ?? 2 * levels[0]),
      onlyHigher: true
    }
  ]
  const typical = darks.sd === null ? 0 : robustScale(darks.sd, bad).median
  if (typical > 0) {
    maps.push({
      name: 'noise',
      unit: 'relative to the panel',
      values: darks.sd!.map((value) => value / typical - 1),
      least: Math.max(0.01, options.noisyFactor - 1),
      onlyHigher: true
    })
  }
  return maps
}

function transpose(values: Float32Array, rows: number, cols: number): Float32Array {
  const out = new Float32Array(values.length)
  for (let row = 0, i = 0; row < rows; row++) for (let col = 0; col < cols; col++, i++) out[col * rows + row] = values[i]
  return out
}

function transposeFlags(flags: Uint8Array, rows: number, cols: number): Uint8Array {
  const out = new Uint8Array(flags.length)
  for (let row = 0, i = 0; row < rows; row++) for (let col = 0; col < cols; col++, i++) out[col * rows + row] = flags[i]
  return out
}
