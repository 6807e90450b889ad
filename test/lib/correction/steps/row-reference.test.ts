import t from 'tap'
import { createCorrector } from '../../../../lib/correction/create-corrector.js'
import { DEFECT_FLAGS } from '../../../../lib/maps/defect-flags.js'
import type { RowReference } from '../../../../lib/maps/corrections/row-reference.js'
import { madeCalibration } from '../../../fixtures/made-calibration.js'

const SHAPE = [40, 64] as const
const COUNT = SHAPE[0] * SHAPE[1]
const rowReference: RowReference = {
  columns: [
    [0, 12],
    [60, 64]
  ],
  halves: [
    { rows: [0, 20], rowNoise: 2, weight: 1 },
    { rows: [20, 40], rowNoise: 2, weight: 0.5 }
  ]
}
/** Whole levels from -9 to 9 DN, so that float32 holds every sum. */
const levelOf = (row: number): number => ((7 * row) % 19) - 9
const rowOf = (i: number): number => Math.floor(i / SHAPE[1])
const colOf = (i: number): number => i % SHAPE[1]
const isReference = (col: number): boolean => col < 12 || col >= 60

const calibration = madeCalibration(SHAPE, 1, {
  offset: { data: new Float32Array(COUNT).fill(200), shape: SHAPE },
  gain: { data: new Float32Array(COUNT).fill(1), shape: SHAPE, reference: 1000 },
  // shielded columns carry the flag that NeXus has for it; one of their pixels is hot as well
  defects: {
    data: Uint32Array.from({ length: COUNT }, (_, i) => (isReference(colOf(i)) ? 32 : 0) | (i === 3 * 64 + 2 ? DEFECT_FLAGS.hot : 0)),
    shape: SHAPE
  }
})

t.test('each row loses its level times the weight of its half; outliers and bad pixels do not matter', async (t) => {
  const raw = Uint16Array.from({ length: COUNT }, (_, i) => {
    if (i === 3 * 64 + 2 || i === 25 * 64 + 61) return 65_535 // a bad reference pixel, and one that nobody knows
    return 200 + levelOf(rowOf(i)) + (isReference(colOf(i)) ? 0 : 1000)
  })
  const expected = Array.from({ length: COUNT }, (_, i) => 1000 + (rowOf(i) < 20 ? 0 : 0.5 * levelOf(rowOf(i))))
  for (const kernels of ['auto', 'typescript'] as const) {
    const corrector = createCorrector({ ...calibration, corrections: { rowReference } }, { kernels, repair: false })
    const out = corrector.correct(raw)
    t.ok(out.every((value, i) => isReference(colOf(i)) || value === expected[i]))
    t.strictSame(corrector.last.steps, ['rowReference', 'offset', 'gain'])
    const shifts = Array.from({ length: 40 }, (_, row) => levelOf(row) * (row < 20 ? 1 : 0.5))
    const mean = shifts.reduce((sum, shift) => sum + shift, 0) / 40
    const sd = Math.sqrt(shifts.reduce((sum, shift) => sum + (shift - mean) ** 2, 0) / 40)
    t.ok(Math.abs(corrector.last.rowShiftSd! - sd) < 1e-12 * sd)
  }
})

t.test('a row reference that makes no sense is refused', async (t) => {
  const [upper, lower] = rowReference.halves
  const wrong: Partial<RowReference>[] = [
    { columns: [] },
    { columns: [[0, 65]] },
    { columns: [[5, 5]] },
    {
      columns: [
        [8, 16],
        [0, 4]
      ]
    },
    { halves: [upper] },
    { halves: [upper, { ...lower, rows: [19, 40] }] },
    { halves: [upper, { ...lower, weight: 1.5 }] },
    { halves: [upper, { ...lower, weight: NaN }] }
  ]
  for (const changed of wrong) {
    const corrections = { rowReference: { ...rowReference, ...changed } }
    t.throws(
      () => createCorrector({ ...calibration, corrections }),
      { code: 'ERR_CALIBRATION', message: /^row reference/ },
      JSON.stringify(changed)
    )
  }
})
