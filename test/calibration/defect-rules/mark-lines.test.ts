import t from 'tap'
import { buildDefectMap } from '../../../calibration/build-defect-map.js'
import { calibrate } from '../../../calibration/calibrate.js'
import type { DefectRuleOptions } from '../../../calibration/defect-rules/resolve-defect-options.js'
import type { StackSummary } from '../../../calibration/stack-summary.js'
import { readFrames } from '../../../lib/io/read-frames.js'
import { DEFECT_FLAGS } from '../../../lib/maps/defect-flags.js'
import { drawSummary } from '../../fixtures/draw-summary.js'
import { gaussianSource } from '../../fixtures/gaussian-source.js'
import { needsSharedData, sharedData } from '../../fixtures/shared-data.js'

const FULL = 16383
const ROWS = 160
const COLS = 192

interface Course {
  /** Response of a pixel; absent: 1. */
  response?: (row: number, col: number) => number
  /** Response at the second level over that at the first. */
  bend?: (row: number, col: number) => number
  /** Response in the odd frames over that in the even ones. */
  drift?: (row: number, col: number) => number
  frames?: number
  levels?: number[]
  seed?: number
}

/** Darks and flats of a panel with 1 % PRNU; noise 4 DN and 0.25 DN per quantum. */
function draw({ response, bend, drift, frames = 8, levels = [8000], seed = 1 }: Course): { darks: StackSummary; flats: StackSummary[] } {
  const gauss = gaussianSource(seed)
  const gain = Float32Array.from(
    { length: ROWS * COLS },
    (_, i) => (1 + 0.01 * gauss()) * (response?.(Math.floor(i / COLS), i % COLS) ?? 1)
  )
  const stack = { rows: ROWS, cols: COLS, frames, saturation: FULL }
  const darks = drawSummary({ ...stack, role: 'dark', raw: () => 300 + 4 * gauss() })
  const flats = levels.map((level, l) =>
    drawSummary({
      ...stack,
      role: 'flat',
      offset: darks.location,
      raw: (i, k) => {
        const [row, col] = [Math.floor(i / COLS), i % COLS]
        const signal = level * gain[i] * (l > 0 ? (bend?.(row, col) ?? 1) : 1) * (k % 2 === 1 ? (drift?.(row, col) ?? 1) : 1)
        return 300 + signal + Math.sqrt(16 + 0.25 * signal) * gauss()
      }
    })
  )
  return { darks, flats }
}

/** Straight runs of more than 8 pixels with the flag: `col 20, rows 0 to 79`. */
function linesOf(input: { darks: StackSummary; flats: StackSummary[] }, options: DefectRuleOptions = {}): string[] {
  const {
    defects: { data }
  } = buildDefectMap(input, { saturation: FULL, ...options })
  const found: string[] = []
  const collect = (name: (from: number, to: number) => string, length: number, at: (k: number) => number): void => {
    for (let from = 0, k = 0; k <= length; k++) {
      if (k < length && (data[at(k)] & DEFECT_FLAGS.line) !== 0) continue
      if (k - from > 8) found.push(name(from, k - 1))
      from = k + 1
    }
  }
  for (let col = 0; col < COLS; col++)
    collect(
      (from, to) => `col ${col}, rows ${from} to ${to}`,
      ROWS,
      (k) => k * COLS + col
    )
  for (let row = 0; row < ROWS; row++)
    collect(
      (from, to) => `row ${row}, cols ${from} to ${to}`,
      COLS,
      (k) => row * COLS + k
    )
  return found
}

t.test('a line that corrected flats keep: 0.9 % at another level or from frame to frame, which no pixel shows', (t) => {
  // One frame of 8000 DN has 0.56 % noise, 4000 DN 0.8 %: the ratio of two means of 8 has 0.35 %, 0.9 % is 2.6 sd of a pixel and
  // 23 of half a column.
  const bend = (row: number, col: number): number => (col === 70 && row < 80 ? 0.991 : row === 120 ? 1.009 : 1)
  const bent = draw({ levels: [8000, 4000], bend })
  t.same(linesOf(bent, { readout: { midline: true } }), ['col 70, rows 0 to 79', 'row 120, cols 0 to 191'])
  t.same(linesOf(bent, { lineResidual: 0.02 }), [], 'below that limit')
  t.same(linesOf(bent, { preset: 'e2597' }), [], 'the standard knows lines of bad pixels only')
  const drifting = draw({ drift: (_, col) => (col === 90 ? 1.01 : 1) })
  t.same(linesOf(drifting), ['col 90, rows 0 to 159'], 'odd frames against even frames')
  // What saturates at the second level has no ratio there.
  for (let row = 0; row < ROWS; row++) {
    bent.flats[1].location[row * COLS + 30] *= 0.9
    bent.flats[1].saturated[row * COLS + 30] = 3
  }
  t.notOk(linesOf(bent).some((line) => line.startsWith('col 30')))
  t.end()
})

t.test('the border of the panel: a bright last column is mended by the gain, unless it is far off or does not stay', (t) => {
  const border = (level: number) => draw({ response: (_, col) => (col === COLS - 1 ? level : col === COLS - 2 ? 1 + (level - 1) / 3 : 1) })
  t.same(linesOf(border(1.03)), [], '3 % at the border')
  t.same(linesOf(border(1.03), { lineBorder: 0.02 }), [`col ${COLS - 1}, rows 0 to 159`], 'where it shall count')
  t.same(linesOf(border(1.2)), [`col ${COLS - 1}, rows 0 to 159`], '20 % at the border')
  t.same(linesOf(draw({ response: (row) => (row === 0 ? 0.97 : 1) })), [], 'rows likewise')
  t.same(
    linesOf(draw({ response: (_, col) => (col === COLS - 4 ? 1.03 : 1) })),
    [`col ${COLS - 4}, rows 0 to 159`],
    '3 % in the fourth column'
  )
  t.same(linesOf(draw({ drift: (_, col) => (col === COLS - 1 ? 1.01 : 1) })), [`col ${COLS - 1}, rows 0 to 159`], 'one that does not stay')
  t.end()
})

t.test('read-out blocks: lines are compared with those of their own chip and half', (t) => {
  // Chips of 40, 100 and 52 columns, the lower half 6 % brighter; a weak column beside a seam, a weak row beside the mid-line.
  const chip = (col: number): number => (col < 40 ? 1 : col < 140 ? 1.04 : 0.97)
  const response = (row: number, col: number): number =>
    chip(col) * (row < 80 ? 1 : 1.06) * (col === 40 && row >= 80 ? 0.95 : 1) * (row === 80 ? 0.96 : 1)
  const panel = draw({ response })
  const lines = ['col 40, rows 80 to 159', 'row 80, cols 0 to 191']
  t.same(linesOf(panel, { readout: { chipColumns: [40, 100, 52], midline: true } }), lines)
  t.same(linesOf(draw({ response: (row, col) => chip(col) * (row < 80 ? 1 : 1.06) })), [], 'steps alone are no lines, told or not')
  t.same(
    linesOf(draw({ response: (row, col) => chip(col) * (row < 80 ? 1 : 1.06) }), { readout: { chipColumns: 40, midline: 80 } }),
    [],
    'a wrong layout'
  )
  for (const chipColumns of [[40, 100], [40, 0, 152], [40.5, 151.5], []]) {
    const message = /option "readout.chipColumns": expected whole numbers of columns that sum to 192/
    t.throws(() => linesOf(panel, { readout: { chipColumns } }), { code: 'ERR_OPTION', message })
  }
  t.end()
})

t.test('no lines on good panels, by the budget of the statistics either', (t) => {
  for (const seed of [21, 22]) {
    const panel = draw({ seed, frames: 8, levels: [8000, 3000] })
    t.same(linesOf(panel), [], `seed ${seed}`)
    t.same(linesOf(panel, { preset: 'statistical' }), [], `seed ${seed}, statistical`)
  }
  t.same(linesOf(draw({ frames: 1 })), [], 'one frame each')
  t.end()
})

t.test('a real CMOS panel: the last column, 2.5 % brighter, is no line, since the gain mends it', needsSharedData, async (t) => {
  const source = (name: string): ReturnType<typeof readFrames> => readFrames([sharedData('walnut-dexela1512', name)])
  const calibration = await calibrate({ darks: source('di000000.tif'), flats: [source('io000000.tif')] })
  const [rows, cols] = calibration.shape
  const { data } = calibration.defects
  const column = (col: number): number[] => Array.from({ length: rows }, (_, row) => row * cols + col)
  t.ok(column(971).filter((i) => (data[i] & DEFECT_FLAGS.line) !== 0).length === 0, 'not flagged')
  // An independent flat, corrected: the column deviates from those beside it by less than its own noise of 0.2 % / sqrt(768).
  let flat: ArrayLike<number> = []
  for await (const frame of source('io000001.tif')) flat = frame.data.slice()
  const mean = (col: number): number =>
    column(col).reduce((sum, i) => sum + (flat[i] - calibration.offset.data[i]) * calibration.gain.data[i], 0) / rows
  const raw = (col: number): number => column(col).reduce((sum, i) => sum + flat[i] - calibration.offset.data[i], 0) / rows
  const beside = [961, 962, 963, 964, 965]
  const ratio = (of: (col: number) => number): number => of(971) / (beside.reduce((sum, col) => sum + of(col), 0) / beside.length) - 1
  t.ok(ratio(raw) > 0.02, `raw: ${(100 * ratio(raw)).toFixed(2)} %`)
  t.ok(Math.abs(ratio(mean)) < 0.0005, `corrected: ${(100 * ratio(mean)).toFixed(3)} %`)
})

t.test('a line of the offset: a column and a row 200 DN higher, on pixels that differ by as much', (t) => {
  // One pixel is hot from 6 sd of 40 DN; of 160 or 192 pixels the mean has 3 DN, and 1 % of the full scale is 164 DN.
  const { darks, flats } = draw({})
  const gauss = gaussianSource(11)
  for (let i = 0; i < darks.location.length; i++) {
    const stands = i % COLS === 70 || Math.floor(i / COLS) === 120
    darks.location[i] = 1000 + 40 * gauss() + (stands ? 200 : 0)
  }
  const defects = buildDefectMap({ darks, flats }, { saturation: FULL })
  t.same(linesOf({ darks, flats }), ['col 70, rows 0 to 159', 'row 120, cols 0 to 191'])
  t.match(
    defects.rules.find(({ name }) => name === 'line (offset)'),
    { threshold: 0.01 * FULL, found: ROWS + COLS }
  )
  t.end()
})
