import { medianOf } from '../../lib/kernels/median-of.js'
import { DEFECT_FLAGS } from '../../lib/maps/defect-flags.js'
import { badPixels } from '../../lib/maps/bad-pixels.js'
import { markLineRuns } from '../../lib/maps/mark-line-runs.js'
import { robustScale } from '../../lib/maps/robust-scale.js'
import { findProfileLines } from './find-profile-lines.js'
import type { DefectContext } from './defect-context.js'

const SOURCE = 'ASTM E2597/E2597M-14, bad line segment; column and row profiles against the lines beside them'

interface ProfiledMap {
  readonly name: string
  readonly unit: string
  readonly values: Float32Array
  /** Deviations are relative to the level of the line across; else differences. */
  readonly relative: boolean
  /** Least deviation that counts. */
  readonly least: number
  /** Only lines that lie higher than those beside them. */
  readonly onlyHigher: boolean
}

/**
 * Lines: columns and rows, whole or in part, whose good pixels stand out together, and straight runs of bad pixels.
 *
 * Profiles are taken of the flat signal (at least 2 % off, either side), of the offset (above by at least the limit of hot
 * pixels) and of the dark noise (above by the factor of noisy pixels): weak lines that no single pixel betrays. Each
 * map is first levelled by the medians of the lines across. Read-out halves are separate lines where a mid-line is
 * given. Runs of more than 10 bad pixels with bad pixels beside at most 10 % of them carry the flag too.
 * @see ASTM E2597/E2597M-14
 */
export function markLines(context: DefectContext): void {
  const { shape, bad, defects, options, rules } = context
  const [rows, cols] = shape
  const turnedBad = transposeFlags(bad, rows, cols)
  for (const map of options.lineSigma === null ? [] : profiledMaps(context)) {
    const { least, onlyHigher, values, relative } = map
    const limits = { sigma: options.lineSigma!, least, minimumLength: options.lineLength }
    const columnLimits = { ...limits, midline: options.midline, chipColumns: options.chipColumns }
    const rowLimits = { ...limits, midline: null, chipColumns: null }
    const columns = findProfileLines(levelRows(values, bad, rows, cols, relative), bad, rows, cols, columnLimits)
    const turned = transpose(values, rows, cols)
    const across = findProfileLines(levelRows(turned, turnedBad, cols, rows, relative), turnedBad, cols, rows, rowLimits)
    let found = 0
    for (const [segments, step, along] of [[columns, 1, cols], [across, cols, 1]] as const) {
      for (const { col, from, to, deviation } of segments) {
        if (onlyHigher && deviation < 0) continue
        for (let k = from; k < to; k++) defects.data[col * step + k * along] |= DEFECT_FLAGS.line
        found += to - from
      }
    }
    rules.push({ name: `line (${map.name})`, threshold: least, unit: map.unit, source: SOURCE, found })
  }
  badPixels(defects, bad)
  markLineRuns(defects, { minimumLength: options.lineLength, adjacent: options.lineAdjacent ?? 1, midline: options.midline })
  let found = 0
  for (let i = 0; i < bad.length; i++) if ((defects.data[i] & DEFECT_FLAGS.line) !== 0) found++
  rules.push({ name: 'line (all)', threshold: options.lineLength, unit: 'pixels', source: SOURCE, found })
}

function profiledMaps({ darks, flats, bad, levels, options }: DefectContext): ProfiledMap[] {
  const maps: ProfiledMap[] = [
    {
      name: 'signal',
      unit: 'relative to the lines beside it',
      values: flats[0].location,
      relative: true,
      least: options.lineDeviation ?? 0,
      onlyHigher: false
    },
    {
      name: 'offset',
      unit: 'DN above the lines beside it',
      values: darks.location,
      relative: false,
      least: (options.hotFraction ?? 0) * (options.saturation ?? 2 * levels[0]),
      onlyHigher: true
    }
  ]
  if (darks.sd !== null && robustScale(darks.sd, bad).median > 0) {
    maps.push({
      name: 'noise',
      unit: 'relative to the lines beside it',
      values: darks.sd,
      relative: true,
      least: Math.max(0.01, (options.noisyFactor ?? 1) - 1),
      onlyHigher: true
    })
  }
  return maps
}

/** Divide or subtract the median of the good pixels of each row. */
function levelRows(values: Float32Array, bad: Uint8Array, rows: number, cols: number, relative: boolean): Float32Array {
  const out = new Float32Array(values.length)
  const scratch = new Float32Array(cols)
  for (let row = 0; row < rows; row++) {
    const start = row * cols
    let count = 0
    for (let i = start; i < start + cols; i++) if (bad[i] === 0 && values[i] - values[i] === 0) scratch[count++] = values[i]
    const level = medianOf(scratch, count)
    if (relative) for (let i = start; i < start + cols; i++) out[i] = values[i] / level - 1
    else for (let i = start; i < start + cols; i++) out[i] = values[i] - level
  }
  return out
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
