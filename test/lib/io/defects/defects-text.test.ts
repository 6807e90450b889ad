import fc from 'fast-check'
import { join } from 'node:path'
import t from 'tap'
import type { Region } from '../../../../lib/frame/region.js'
import { formatDefectsText } from '../../../../lib/io/defects/format-defects-text.js'
import { parseDefectsText } from '../../../../lib/io/defects/parse-defects-text.js'
import { loadCalibration } from '../../../../lib/io/load-calibration.js'
import { saveCalibration } from '../../../../lib/io/save-calibration.js'
import type { CalibrationSet } from '../../../../lib/maps/calibration-set.js'
import { DEFECT_FLAGS } from '../../../../lib/maps/defect-flags.js'
import { applyLayers } from '../../../../lib/maps/layers/apply-layers.js'
import type { DefectEntry, DefectLayers } from '../../../../lib/maps/layers/defect-layers.js'
import { ENTRY_CLASSES } from '../../../../lib/maps/layers/entry-classes.js'
import { layersOfCalibration } from '../../../../lib/maps/layers/layers-of-calibration.js'
import { sortLayers } from '../../../../lib/maps/layers/sort-layers.js'
import { planDefects } from '../../../../lib/maps/plan-defects.js'
import { madeCalibration } from '../../../fixtures/made-calibration.js'

const TEXT = `flatpanel.defects/1
shape 2000 1600
serial "SN1234"
factory add point 12 34 user unknown unknown "map of delivery"
found add line 0..999 1277 dead,line 2026-11-21T05:49:46Z "flatpanel 0.1.0" "found by calibration"
user add line 7 3..9 hot 2026-11-22 "J. Doe" "seen in \\"part 7\\""
user remove rectangle 10..12 20..23 all 2026-11-22 "J. Doe" "dust on the window, cleaned"
`

const HEAD = 'flatpanel.defects/1\nshape 20 16\nserial unknown\n'

t.test('the text says what the layers say', async (t) => {
  const layers = parseDefectsText('a.txt', TEXT)
  t.strictSame(layers, {
    shape: [2000, 1600],
    serialNumber: 'SN1234',
    factory: [
      {
        action: 'add',
        region: { row: 12, col: 34, rows: 1, cols: 1 },
        classes: ['user'],
        date: null,
        author: null,
        reason: 'map of delivery'
      }
    ],
    found: [
      {
        action: 'add',
        region: { row: 0, col: 1277, rows: 1000, cols: 1 },
        classes: ['dead', 'line'],
        date: '2026-11-21T05:49:46Z',
        author: 'flatpanel 0.1.0',
        reason: 'found by calibration'
      }
    ],
    user: [
      {
        action: 'add',
        region: { row: 7, col: 3, rows: 1, cols: 7 },
        classes: ['hot'],
        date: '2026-11-22',
        author: 'J. Doe',
        reason: 'seen in "part 7"'
      },
      {
        action: 'remove',
        region: { row: 10, col: 20, rows: 3, cols: 4 },
        classes: [],
        date: '2026-11-22',
        author: 'J. Doe',
        reason: 'dust on the window, cleaned'
      }
    ]
  })
  t.equal(formatDefectsText(layers), TEXT)
  const lines = TEXT.trimEnd().split('\n')
  const shuffled = `\ufeff${[...lines.slice(0, 3), ...lines.slice(3).reverse(), lines[4], ''].join('\r\n')}\r\n`
  t.equal(formatDefectsText(parseDefectsText('a.txt', shuffled)), TEXT, 'order, line ends of Windows and equal lines do not matter')
})

const layersOf: fc.Arbitrary<DefectLayers> = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }))
  .chain(([rows, cols]) => {
    const region: fc.Arbitrary<Region> = fc
      .tuple(fc.nat(rows - 1), fc.nat(cols - 1), fc.nat(), fc.nat())
      .map(([row, col, a, b]) => ({ row, col, rows: 1 + (a % (rows - row)), cols: 1 + (b % (cols - col)) }))
    const text = fc.string({ unit: 'binary', maxLength: 12 })
    const known = text.map((value) => `x${value}`)
    const date = fc.date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true }).map((value) => value.toISOString())
    const classes = fc.subarray([...ENTRY_CLASSES], { minLength: 1 })
    const low: fc.Arbitrary<DefectEntry> = fc.record(
      { action: fc.constant('add' as const), region, classes, date: fc.option(date), author: fc.option(text), reason: text },
      { noNullPrototype: true }
    )
    const user: fc.Arbitrary<DefectEntry> = fc.oneof(
      fc.record({ action: fc.constant('add' as const), region, classes, date, author: known, reason: known }, { noNullPrototype: true }),
      fc.record(
        { action: fc.constant('remove' as const), region, classes: fc.oneof(classes, fc.constant([])), date, author: known, reason: known },
        { noNullPrototype: true }
      )
    )
    const few = { maxLength: 5 }
    return fc.record(
      {
        shape: fc.constant([rows, cols] as const),
        serialNumber: fc.option(text),
        factory: fc.array(low, few),
        found: fc.array(low, few),
        user: fc.array(user, few)
      },
      { noNullPrototype: true }
    )
  })

t.test('what is written is read: any text, any place', async (t) => {
  fc.assert(
    fc.property(layersOf, (layers) => {
      const text = formatDefectsText(layers)
      t.strictSame(parseDefectsText('a.txt', text), sortLayers(layers))
      t.equal(text.split('\n').length, 4 + new Set(text.split('\n').slice(3, -1)).size, 'one line for each')
      t.equal(formatDefectsText(parseDefectsText('a.txt', text)), text)
    }),
    { numRuns: 150 }
  )
})

t.test('whatever is damaged is refused by line and column, or still says the same', async (t) => {
  fc.assert(
    fc.property(fc.nat(TEXT.length - 1), fc.constantFrom(' ', '"', '9', 'x', '\n', '', '\u0000', '\\'), (at, letter) => {
      const damaged = TEXT.slice(0, at) + letter + TEXT.slice(at + 1)
      try {
        parseDefectsText('a.txt', damaged)
      } catch (error: any) {
        t.equal(error.code, 'ERR_FORMAT', error.message)
        t.match(error.message, /^a\.txt:\d+/)
        t.type(error.line, 'number')
      }
    }),
    { numRuns: 500 }
  )
})

t.test('errors name line and column', async (t) => {
  const refuse = (line: string, message: RegExp) =>
    t.throws(() => parseDefectsText('a.txt', `${HEAD}${line}\n`), { code: 'ERR_FORMAT', message, line: 4 })
  refuse('fonud add point 1 2 dead 2026-11-21 "A" "b"', /^a\.txt:4:1: expected a layer: factory, found, user, received "fonud"/)
  refuse('found remove point 1 2 dead 2026-11-21 "A" "b"', /^a\.txt:4:7: expected an action: add, received "remove"/)
  refuse('user add circle 1 2 dead 2026-11-21 "A" "b"', /an area: point, line, rectangle/)
  refuse('user add point 20 2 dead 2026-11-21 "A" "b"', /^a\.txt:4:16: expected a row from 0 to 19, received 20/)
  refuse('user add point 1 16 dead 2026-11-21 "A" "b"', /^a\.txt:4:18: expected a column from 0 to 15, received 16/)
  refuse('user add point 1..2 2 dead 2026-11-21 "A" "b"', /expected one row, received 1\.\.2/)
  refuse('user add line 1..2 2..3 dead 2026-11-21 "A" "b"', /expected one column, received 2\.\.3/)
  refuse('user add line 1 2 dead 2026-11-21 "A" "b"', /a range of rows or of columns for a line, received one pixel/)
  refuse('user add rectangle 1 2..3 dead 2026-11-21 "A" "b"', /ranges of rows and of columns for a rectangle/)
  refuse('user add line 3..3 2 dead 2026-11-21 "A" "b"', /a range that ascends, received 3\.\.3/)
  refuse('user add line x 2 dead 2026-11-21 "A" "b"', /^a\.txt:4:15: expected a row, or a range of them such as 3\.\.7, received "x"/)
  refuse('user add point 1 2 dead,broken 2026-11-21 "A" "b"', /^a\.txt:4:20: expected classes, .*, received "broken"/)
  refuse('user add point 1 2 all 2026-11-21 "A" "b"', /received "all"/)
  refuse('user add point 1 2 cluster 2026-11-21 "A" "b"', /received "cluster"/)
  refuse('user add point 1 2 dead 21.11.2026 "A" "b"', /^a\.txt:4:25: expected a date such as 2026-11-21/)
  refuse('user add point 1 2 dead unknown "A" "b"', /the date of an edit, received unknown/)
  refuse('user add point 1 2 dead 2026-11-21 unknown "b"', /the author of an edit, received unknown/)
  refuse('user add point 1 2 dead 2026-11-21 " " "b"', /the author of an edit, received an empty text/)
  refuse('user add point 1 2 dead 2026-11-21 "A" ""', /the reason for an edit, received an empty text/)
  refuse('user add point 1 2 dead 2026-11-21 "A" b', /^a\.txt:4:40: expected the reason in quotes, received "b"/)
  refuse('user add point 1 2 dead 2026-11-21 "A"', /received the end of the line/)
  refuse('user add point 1 2 dead 2026-11-21 "A" "b" ', /the end of the line/)
  refuse('user add point 1 2 dead 2026-11-21 "A" "b" more', /^a\.txt:4:44: expected the end of the line, received "more"/)
  refuse('user add point 1 2 dead 2026-11-21 "A"x "b"', /a blank after "\\"A\\"", received "x"/)
  refuse('user  add point 1 2 dead 2026-11-21 "A" "b"', /^a\.txt:4:6: /)
  refuse('# a remark', /a layer/)
  refuse(`user add point 1 2 ${'x'.repeat(5000)}`, /received "x{39}\.\.\.$/)
  const head = (text: string, message: RegExp) => t.throws(() => parseDefectsText('a.txt', text), { code: 'ERR_FORMAT', message })
  head('', /^a\.txt:1:1: expected the first line "flatpanel\.defects\/1", received another line/)
  head('flatpanel.defects/2\n', /received "flatpanel\.defects\/2": another version/)
  head('flatpanel.defects/1\n', /^a\.txt:2:1: expected the word "shape"/)
  head('flatpanel.defects/1\nshape 0 5\nserial unknown\n', /^a\.txt:2: expected a panel of 1 to/)
  head('flatpanel.defects/1\nshape 99999 99999\nserial unknown\n', /received 99999 rows of 99999/)
  head('flatpanel.defects/1\nshape 5 5\nserial SN1\n', /^a\.txt:3:8: expected the serial number in quotes, or unknown, received "SN1"/)
  const many = `${HEAD}${Array.from({ length: 65 }, (_, i) => `found add rectangle 0..19 0..15 dead 2026-01-01 "A" "${i}"`).join('\n')}`
  t.throws(() => parseDefectsText('a.txt', many), { code: 'ERR_CALIBRATION', message: /cover each pixel at most 64 times/ })
})

t.test('layers live in the calibration, and come back from it', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'SN1.nxs')
  const shape = [12, 10] as const
  const found = new Uint32Array(120)
  found[55] = DEFECT_FLAGS.hot
  const gain = { data: new Float32Array(120).fill(1), shape, reference: 100 }
  const plain = madeCalibration(shape, 1, { gain, defects: { data: found, shape } })
  const edit: DefectEntry = {
    action: 'add',
    region: { row: 1, col: 2, rows: 2, cols: 2 },
    classes: ['noisy'],
    date: '2026-11-21T05:49:46.123Z',
    author: 'Jörg "J" Doe',
    reason: 'rauscht\nsehr \u0000'
  }
  const { calibration } = applyLayers(plain, { ...layersOfCalibration(plain), user: [edit] })
  await saveCalibration(path, calibration)
  const back = await loadCalibration(path)
  t.strictSame(back, calibration)
  t.equal(planDefects(back.defects).counts.bad, 5, 'the plan follows the edit')
  await saveCalibration(path, plain, { overwrite: true })
  t.notOk('layers' in (await loadCalibration(path)), 'without layers there are none')

  const wrong: CalibrationSet = { ...calibration, defects: plain.defects }
  await t.rejects(saveCalibration(path, wrong, { overwrite: true }), {
    code: 'ERR_CALIBRATION',
    message: /layers that add up to the defect map .*, received other flags at pixel \[1, 2\]/
  })
  const other = { ...calibration, layers: { ...calibration.layers!, shape: [2, 2] as const, found: [], user: [] } }
  await t.rejects(saveCalibration(path, other, { overwrite: true }), { code: 'ERR_CALIBRATION', message: /received a panel of \[2, 2\]/ })
  gain.data[12] = 0
  const veto: DefectEntry = { ...edit, action: 'remove', classes: [], date: '2026-11-22' }
  const lacking = applyLayers({ ...plain, gain }, { ...layersOfCalibration(plain), user: [edit, veto] }).calibration
  await saveCalibration(path, lacking, { overwrite: true })
  t.equal(
    (await loadCalibration(path)).defects.data[12] & DEFECT_FLAGS.dead,
    DEFECT_FLAGS.dead,
    'bad for want of a gain, whatever the layers say'
  )
})
