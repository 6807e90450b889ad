import { divide } from '../../lib/kernels/map/divide.js'
import { nextNonZero } from '../../lib/kernels/map/next-non-zero.js'
import { transposeU8 } from '../../lib/kernels/map/transpose-u8.js'
import { DEFECT_FLAGS } from '../../lib/maps/defect-flags.js'
import { markLineRuns } from '../../lib/maps/mark-line-runs.js'
import { robustMedian } from '../../lib/maps/robust-median.js'
import { inParts } from '../in-parts.js'
import { addBadPixels } from './add-bad-pixels.js'
import type { DefectContext } from './defect-context.js'
import { findProfileLines } from './find-profile-lines.js'
import { flagPixel } from './flag-pixel.js'
import { isMostlyAbove } from './is-mostly-above.js'
import { levelledColumns, levelledRows } from './levelled-lines.js'

const SOURCE = 'ASTM E2597/E2597M-14, bad line segment; column and row profiles against the lines beside them'

/** Lines of the widest noisy group that is found: the channels of a quarter of the narrowest read-out chips. */
const WIDEST_NOISY = 16

interface ProfiledMap {
  readonly name: string
  readonly unit: string
  readonly values: Float32Array
  /** Corrected flats: what the values are divided by; absent: they are the map. */
  readonly gainSignal?: Float32Array
  /** Pixels that saturate in a corrected flat do not count. */
  readonly saturated?: Uint16Array
  /** Deviations are relative to the level of the line across; else differences. */
  readonly relative: boolean
  /** Least deviation that counts. */
  readonly least: number
  /** The same at the borders of the panel. */
  readonly border: number
  /** Only lines that lie higher than those beside them. */
  readonly onlyHigher: boolean
  /** Lines of the widest group that is found; absent: a group of more than 4 is none. */
  readonly widest?: number
}

/**
 * Lines: columns and rows, whole or in part, whose good pixels stand out together, and straight runs of bad pixels.
 *
 * Profiles are taken of the flat signal (at least 2 % off, either side), of corrected flats (0.2 %: the halves of the first level
 * against each other, and every further level against the first), of the offset (above by at least the limit of hot
 * pixels) and of the dark noise (above by the factor of noisy pixels): weak lines that no single pixel betrays. Each
 * map is first levelled by the medians of the lines across. Where the layout of the panel is given, read-out halves are
 * separate lines, and a line is compared with those of its own chip and half only. The outermost three lines of the panel
 * have neighbours on one side only, and panels respond differently there by design (collected scatter, cut pixels), which the
 * gain map mends: their signal must be off by 10 %; what the gain does not mend is judged like any other line.
 * Runs of more than 10 bad pixels with bad pixels beside at most 10 % of them carry the flag too.
 * @see ASTM E2597/E2597M-14
 */
export function markLines(context: DefectContext): void {
  const { shape, bad, defects, options, rules, scratch } = context
  const [rows, cols] = shape
  const turnedBad = new Uint8Array(bad.length)
  transposeU8(bad, rows, cols, turnedBad)
  for (const map of options.lineSigma === null ? [] : profiledMaps(context)) {
    const { least, border, onlyHigher, relative } = map
    const values = map.gainSignal === undefined ? map.values : scratch.take()
    if (map.gainSignal !== undefined) ratioTo(map.values, map.gainSignal, map.saturated, values)
    const limits = { sigma: options.lineSigma!, least, border, minimumLength: options.lineLength, widest: map.widest ?? 0 }
    const columnLimits = { ...limits, midline: options.midline, seams: seamsOf(options.chipColumns, cols) }
    const rowLimits = { ...limits, midline: null, seams: options.midline === null ? [] : [options.midline] }
    const columns = findProfileLines(levelledColumns(values, bad, shape, relative), columnLimits)
    const across = findProfileLines(levelledRows(values, turnedBad, shape, relative), rowLimits)
    if (map.gainSignal !== undefined) scratch.give(values)
    let found = 0
    for (const [segments, step, along] of [
      [columns, 1, cols],
      [across, cols, 1]
    ] as const) {
      for (const { col, from, to, deviation } of segments) {
        if (onlyHigher && deviation < 0) continue
        for (let k = from; k < to; k++) found += flagPixel(context, col * step + k * along, DEFECT_FLAGS.line)
      }
    }
    rules.push({ name: `line (${map.name})`, threshold: least, unit: map.unit, source: SOURCE, found })
  }
  addBadPixels(context)
  markLineRuns(defects, { minimumLength: options.lineLength, adjacent: options.lineAdjacent ?? 1, midline: options.midline })
  let found = 0
  for (let i = nextNonZero(bad, 0); i < bad.length; i = nextNonZero(bad, i + 1)) if ((defects.data[i] & DEFECT_FLAGS.line) !== 0) found++
  rules.push({ name: 'line (all)', threshold: options.lineLength, unit: 'pixels', source: SOURCE, found })
}

/** First columns of the chips but the first. */
function seamsOf(chipColumns: number | readonly number[] | null, cols: number): number[] {
  const seams: number[] = []
  if (chipColumns === null) return seams
  if (typeof chipColumns === 'number') for (let col = chipColumns; col < cols; col += chipColumns) seams.push(col)
  else for (let k = 0, col = chipColumns[0]; col < cols; col += chipColumns[++k]) seams.push(col)
  return seams
}

function profiledMaps({ darks, flats, bad, levels, options }: DefectContext): ProfiledMap[] {
  const beside = 'relative to the lines beside it'
  const least = options.lineDeviation ?? 0
  const residual = options.lineResidual ?? 0
  const first = flats[0]
  const corrected = { unit: beside, relative: true, least: residual, border: residual, onlyHigher: false }
  const maps: ProfiledMap[] = [
    {
      name: 'signal',
      unit: beside,
      values: first.location,
      relative: true,
      least,
      border: Math.max(least, options.lineBorder ?? 0),
      onlyHigher: false
    },
    {
      name: 'offset',
      unit: 'DN above the lines beside it',
      values: darks.location,
      relative: false,
      least: (options.hotFraction ?? 0) * (options.saturation ?? 2 * levels[0]),
      border: 0,
      onlyHigher: true
    }
  ]
  if (first.evenHalf !== null && first.oddHalf !== null) {
    maps.push({ ...corrected, name: 'corrected flats 1', values: first.oddHalf, gainSignal: first.evenHalf })
  }
  flats.slice(1).forEach((flat, k) => {
    const { location: values, saturated } = flat
    maps.push({ ...corrected, name: `corrected flats ${k + 2}`, values, gainSignal: first.location, saturated })
  })
  if (darks.sd !== null && (isMostlyAbove(darks.sd, 0, bad) || robustMedian(darks.sd, bad) > 0)) {
    maps.push({
      name: 'noise',
      unit: beside,
      values: darks.sd,
      relative: true,
      least: Math.max(0.01, (options.noisyFactor ?? 1) - 1),
      border: 0,
      onlyHigher: true,
      widest: WIDEST_NOISY
    })
  }
  return maps
}

/** What corrected flats would show; NaN, which no profile counts, where a pixel saturates. */
function ratioTo(signal: Float32Array, gainSignal: Float32Array, saturated: Uint16Array | undefined, out: Float32Array): void {
  inParts(out.length, (from, to) => divide(signal, gainSignal, out, from, to))
  if (saturated === undefined) return
  for (let i = nextNonZero(saturated, 0); i < out.length; i = nextNonZero(saturated, i + 1)) out[i] = NaN
}
