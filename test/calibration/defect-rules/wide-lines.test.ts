import t from 'tap'
import { buildDefectMap } from '../../../calibration/build-defect-map.js'
import { DEFECT_FLAGS } from '../../../lib/maps/defect-flags.js'
import { drawSummary } from '../../fixtures/draw-summary.js'
import { gaussianSource } from '../../fixtures/gaussian-source.js'

const ROWS = 160
const COLS = 192
/** Profiles alone, not the single pixels that they are made of. */
const OPTIONS = { saturation: 16383, noisyProbability: null, unstableProbability: null }

/** A panel of noise 4 DN, of which some rows, or columns, have a multiple of it. */
function findNoisy(seed: number, times: (row: number, col: number) => number) {
  const gauss = gaussianSource(seed)
  const gain = Float32Array.from({ length: ROWS * COLS }, () => 1 + 0.01 * gauss())
  const noiseOf = (i: number) => 4 * times(Math.floor(i / COLS), i % COLS)
  const stack = { rows: ROWS, cols: COLS, frames: 16, saturation: 16383 }
  const darks = drawSummary({ ...stack, role: 'dark', raw: (i) => 300 + noiseOf(i) * gauss() })
  const raw = (i: number) => 300 + 8000 * gain[i] + Math.hypot(noiseOf(i), Math.sqrt(2000)) * gauss()
  const flat = drawSummary({ ...stack, role: 'flat', offset: darks.location, raw })
  const { defects, rules } = buildDefectMap({ darks, flats: [flat] }, OPTIONS)
  const found = rules.find(({ name }) => name === 'line (noise)')!.found
  return { found, isLine: (row: number, col: number) => (defects.data[row * COLS + col] & DEFECT_FLAGS.line) !== 0 }
}

t.test('groups of up to 16 noisy lines are found whole, and nothing beside them', async (t) => {
  for (const across of [true, false]) {
    for (const [width, first] of [
      [1, 60],
      [6, 60],
      [10, 3],
      [10, 80],
      [16, 100]
    ]) {
      const isNoisy = (row: number, col: number) => {
        const line = across ? row : col
        return line >= first && line < first + width
      }
      const { isLine } = findNoisy(width, (row, col) => (isNoisy(row, col) ? 5 : 1))
      const counts = { missed: 0, wrong: 0 }
      for (let row = 0; row < ROWS; row++) {
        for (let col = 0; col < COLS; col++) {
          if (isNoisy(row, col) && !isLine(row, col)) counts.missed++
          if (!isNoisy(row, col) && isLine(row, col)) counts.wrong++
        }
      }
      // A line ends early where its last pixel is by chance below half the excess: 16 frames tell a sd to 18 %, so 1.4 % of two ends a line.
      t.ok(counts.wrong === 0 && counts.missed <= 3, `${width} ${across ? 'rows' : 'columns'}`)
    }
  }
})

t.test('panels of one noise, and a step of it between two halves, have none', async (t) => {
  for (let seed = 1; seed <= 6; seed++) t.equal(findNoisy(seed, () => 1).found, 0)
  t.equal(findNoisy(7, (_, col) => (col < COLS / 2 ? 1 : 1.4)).found, 0)
})
