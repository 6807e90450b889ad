import t from 'tap'
import { calibrate } from '../../../calibration/index.js'
import type { CalibrateOptions } from '../../../calibration/calibrate-options.js'
import { DEFECT_FLAGS } from '../../../lib/maps/defect-flags.js'
import { createVirtualDetector } from '../../../lib/simulation/index.js'
import type { VirtualDetectorOptions } from '../../../lib/simulation/virtual-detector-options.js'

const SIDE = 192
/** Share of the beam that reaches a pixel. */
type Field = (row: number, col: number) => number

const everywhere: Field = () => 1
/** Flats of a detector of which each pixel shows only a share of its signal: the offset map of the detector is 300 DN and its spread. */
function stacks(fields: readonly Field[], more: VirtualDetectorOptions = {}) {
  const detector = createVirtualDetector({ rows: SIDE, cols: SIDE, defects: 'none', ...more })
  const darks = [...detector.darks(8)]
  const mean = new Float64Array(SIDE * SIDE)
  for (const { data } of darks) data.forEach((value, i) => (mean[i] += value / 8))
  const flats = fields.map((field, l) =>
    [...detector.flats(8, { session: l + 1 })].map((frame) => ({
      ...frame,
      data: frame.data.map((value, i) => Math.round(mean[i] + (value - mean[i]) * field(Math.floor(i / SIDE), i % SIDE)))
    }))
  )
  return { darks, flats }
}
const run = (fields: readonly Field[], options: CalibrateOptions = {}, more: VirtualDetectorOptions = {}) =>
  calibrate(stacks(fields, more), options)
const objects = (warnings: readonly string[]) => warnings.filter((text) => text.includes('object'))
const edge = (col: number, at: number, width: number) => 1 / (1 + Math.exp((at - col) / width))

t.test('a quarter of the panel at the level of scatter is refused, and named', async (t) => {
  for (const scatter of [0.06, 0.1, 0.25]) {
    const field: Field = (_, col) => scatter + (1 - scatter) * edge(col, 48, 1)
    await t.rejects(run([field]), {
      code: 'ERR_STACK',
      subject: 'flats of level 1',
      received: /columns 0 to (42|48|54)/,
      expected: /of-view/
    })
  }
  const corner: Field = (row, col) => (row + col < 100 ? 0.08 : 1)
  await t.rejects(run([everywhere, corner]), { code: 'ERR_STACK', subject: 'flats of level 2' })
  const small: Field = (row, col) => (Math.hypot(row - 90, col - 100) < 40 ? 1 : 0.08)
  await t.rejects(run([small]), { code: 'ERR_STACK', received: /8[0-9](\.\d)? % of the panel/ })
})

t.test('with "of-view" what lies outside is unexposed, to 4 pixels, and in nobody\'s statistics', async (t) => {
  const inside = (row: number, col: number) => Math.hypot(row - 96, col - 96) - 84
  const field: Field = (row, col) => (inside(row, col) < 0 ? 1 : 0.08)
  const options = { field: 'of-view', reference: 'mean' } as const
  const [partly, whole] = [await run([field], options), await run([everywhere], options)]
  let wrong = 0
  let gains = 0
  for (let i = 0; i < SIDE * SIDE; i++) {
    const distance = inside(Math.floor(i / SIDE), i % SIDE)
    const unexposed = (partly.defects.data[i] & DEFECT_FLAGS.unexposed) !== 0
    if (distance > 4 ? !unexposed : distance < -4 && unexposed) wrong++
    if (unexposed !== (partly.gain.data[i] === 0)) wrong++
    gains = Math.max(gains, partly.gain.data[i])
  }
  t.equal(wrong, 0)
  t.ok(gains < 1.3, `largest gain ${gains}`)
  // Reference: the mean of the same pixels of the panel that was irradiated as a whole; statistics of 7e3 pixels or more.
  let [sum, count] = [0, 0]
  partly.defects.data.forEach((flags, i) => {
    if ((flags & 0xffff) !== 0 || (whole.defects.data[i] & 0xffff) !== 0) return
    sum += whole.flatSignal.data[i]
    count++
  })
  t.ok(Math.abs(partly.gain.reference / (sum / count) - 1) < 2e-3, `reference ${partly.gain.reference}, ${sum / count}`)
  t.equal(partly.provenance.options.field, 'of-view')
  t.ok(partly.provenance.warnings.some((text) => text.includes('outside the field of view')))
  t.notOk(whole.defects.data.some((flags) => (flags & DEFECT_FLAGS.unexposed) !== 0))
})

t.test('shading, heel effect, dead lines and dead chips are the panel, not the field', async (t) => {
  const shaded: VirtualDetectorOptions[] = [{ shading: 0.5, heel: 0 }, { shading: 0.3, heel: 0.5 }, { shading: 0, heel: 0.5 }, {}]
  for (const [k, more] of shaded.entries()) {
    const { provenance } = await run([everywhere], {}, { ...more, seed: k + 20 })
    t.strictSame(objects(provenance.warnings), [], JSON.stringify(more))
  }
  const lines: Field = (row, col) => (col % 3 !== 0 && col < 90 ? 0 : row % 7 === 0 ? 0 : 1)
  await t.resolves(run([lines]))
  const chip: Field = (row, col) => (row < 96 && col >= 64 && col < 128 ? 0 : 1)
  await t.resolves(run([chip]))
})

t.test('an object that was left in the beam is warned of', async (t) => {
  const disc =
    (through: number): Field =>
    (row, col) =>
      Math.hypot(row - 70, col - 120) < 15 ? through : 1
  for (const through of [0.1, 0.5, 0.8]) {
    const { provenance } = await run([disc(through)])
    const [warning, ...others] = objects(provenance.warnings)
    t.match(warning, /^flats of level 1: rows (48|54|60) to (78|84|90), columns (102|108) to (132|138) differ from a smooth field/)
    t.strictSame(others, [])
  }
  const { provenance } = await run([everywhere, disc(0.92)])
  t.match(objects(provenance.warnings)[0], /^flats of level 2: .* differ from those of level 1/)
})

t.test('an unknown field is refused', (t) => t.rejects(run([everywhere], { field: 'part' as 'whole' }), { code: 'ERR_OPTION' }))
