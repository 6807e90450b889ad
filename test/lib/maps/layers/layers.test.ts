import fc from 'fast-check'
import t from 'tap'
import type { Region } from '../../../../lib/frame/region.js'
import { DEFECT_FLAGS } from '../../../../lib/maps/defect-flags.js'
import type { DefectClass } from '../../../../lib/maps/defect-flags.js'
import { applyLayers } from '../../../../lib/maps/layers/apply-layers.js'
import { classesOf } from '../../../../lib/maps/layers/classes-of.js'
import { compareEntries } from '../../../../lib/maps/layers/compare-entries.js'
import { countLayers } from '../../../../lib/maps/layers/count-layers.js'
import type { DefectEntry, DefectLayers } from '../../../../lib/maps/layers/defect-layers.js'
import { entriesOfMap } from '../../../../lib/maps/layers/entries-of-map.js'
import { ENTRY_BITS, ENTRY_CLASSES } from '../../../../lib/maps/layers/entry-classes.js'
import { entryFlags } from '../../../../lib/maps/layers/entry-flags.js'
import { flagsOf } from '../../../../lib/maps/layers/flags-of.js'
import { keepLayers } from '../../../../lib/maps/layers/keep-layers.js'
import { layersOfCalibration } from '../../../../lib/maps/layers/layers-of-calibration.js'
import { mergeDefects } from '../../../../lib/maps/layers/merge-defects.js'
import { parseDate } from '../../../../lib/maps/layers/parse-date.js'
import { placeMap } from '../../../../lib/maps/layers/place-map.js'
import { resolveLayers } from '../../../../lib/maps/layers/resolve-layers.js'
import { sortLayers } from '../../../../lib/maps/layers/sort-layers.js'
import type { DefectMap } from '../../../../lib/maps/maps.js'
import { madeCalibration } from '../../../fixtures/made-calibration.js'

const { cluster, clusterKernel, dead, hot, line, noisy, user, badNeighbourhood } = DEFECT_FLAGS

function entry(row: number, col: number, changed: Partial<DefectEntry> & { rows?: number; cols?: number } = {}): DefectEntry {
  const { rows = 1, cols = 1, ...others } = changed
  return { action: 'add', region: { row, col, rows, cols }, classes: ['dead'], date: '2026-01-01', author: 'A', reason: 'seen', ...others }
}

function layers(changed: Partial<DefectLayers> = {}): DefectLayers {
  return { shape: [4, 5], serialNumber: null, factory: [], found: [], user: [], ...changed }
}

function flagsAt(all: DefectLayers, row: number, col: number): number {
  return resolveLayers(all).data[row * all.shape[1] + col]
}

/** Good everywhere, with a gain of 1. */
function plainCalibration(shape: readonly [number, number], defects = new Uint32Array(shape[0] * shape[1])) {
  const gain = { data: new Float32Array(shape[0] * shape[1]).fill(1), shape, reference: 1000 }
  return madeCalibration(shape, 1, { gain, defects: { data: defects, shape }, serialNumber: 'SN1' })
}

t.test('layers add up: factory OR found, and the user has the last word', async (t) => {
  const factory = [entry(1, 1, { classes: ['dead'] }), entry(2, 2, { classes: ['hot'] })]
  const found = [entry(1, 1, { classes: ['noisy'] })]
  t.equal(flagsAt(layers({ factory, found }), 1, 1), dead | noisy)
  const veto = entry(1, 0, { action: 'remove', classes: [], rows: 1, cols: 5, date: '2026-02-01' })
  t.equal(flagsAt(layers({ factory, found, user: [veto] }), 1, 1), 0, 'a veto covers factory and found')
  t.equal(flagsAt(layers({ factory, found, user: [veto] }), 2, 2), hot, 'and nothing beside its area')
  const some = entry(1, 1, { action: 'remove', classes: ['noisy'], date: '2026-02-01' })
  t.equal(flagsAt(layers({ factory, found, user: [some] }), 1, 1), dead, 'a veto of one class leaves the other')
  const again = entry(1, 1, { classes: ['line'], date: '2026-03-01' })
  t.equal(flagsAt(layers({ factory, found, user: [again, veto] }), 1, 1), line | user, 'a later add stands, whatever the order of entries')
  const earlier = entry(1, 1, { classes: ['line'], date: '2026-01-31T23:59:59.999Z' })
  t.equal(flagsAt(layers({ factory, found, user: [earlier, veto] }), 1, 1), 0, 'an earlier one does not')
  const same = entry(1, 1, { classes: ['line'], date: '2026-02-01T00:00:00Z' })
  t.equal(flagsAt(layers({ factory, found, user: [veto, same] }), 1, 1), line | user, 'at the same instant a pixel is bad in doubt')
})

t.test('layers that cannot be are refused by entry', async (t) => {
  const refuse = (changed: Partial<DefectLayers>, message: RegExp) =>
    t.throws(() => resolveLayers(layers(changed)), { code: 'ERR_CALIBRATION', message })
  refuse({ found: [entry(0, 0), entry(4, 0)] }, /found entry 2: expected pixels inside the panel \[4, 5\]/)
  refuse({ found: [entry(0, 4, { cols: 2 })] }, /inside the panel/)
  refuse({ found: [entry(0, 0, { rows: 0 })] }, /inside the panel/)
  refuse({ found: [entry(0.5, 0)] }, /inside the panel/)
  refuse({ factory: [entry(0, 0, { action: 'remove' })] }, /factory entry 1: expected "add": only the user layer vetoes/)
  refuse({ factory: [entry(0, 0, { action: 'drop' as any })] }, /received drop/)
  refuse({ factory: [entry(0, 0, { classes: [] })] }, /at least one class/)
  refuse({ factory: [entry(0, 0, { classes: ['cluster'] })] }, /classes of gap, dead/)
  refuse({ user: [entry(0, 0, { author: null })] }, /an author of every edit/)
  refuse({ user: [entry(0, 0, { author: ' ' })] }, /an author of every edit/)
  refuse({ user: [entry(0, 0, { date: null })] }, /a date of every edit/)
  refuse({ user: [entry(0, 0, { reason: '' })] }, /a reason for every edit/)
  refuse({ found: [entry(0, 0, { date: '2026-02-30' })] }, /after ISO 8601, received 2026-02-30/)
  refuse({ found: new Array(65).fill(entry(0, 0, { rows: 4, cols: 5 })) }, /cover each pixel at most 64 times/)
  t.throws(() => resolveLayers(layers({ shape: [4, 0] })), { code: 'ERR_SHAPE' })
})

t.test('dates: days and times in UTC that exist', async (t) => {
  t.equal(parseDate('2026-11-21'), Date.UTC(2026, 10, 21))
  t.equal(parseDate('2026-11-21T05:49Z'), Date.UTC(2026, 10, 21, 5, 49))
  t.equal(parseDate('2026-11-21T05:49:46.123Z'), Date.UTC(2026, 10, 21, 5, 49, 46, 123))
  t.equal(parseDate('2024-02-29'), Date.UTC(2024, 1, 29))
  for (const wrong of [
    '',
    '2026-11',
    '21.11.2026',
    '2026-13-01',
    '2025-02-29',
    '2026-11-21T05:49:46',
    '2026-11-21T05:49:46+01:00',
    '2026-11-21T25:00Z',
    '2026-11-21 '
  ]) {
    t.equal(parseDate(wrong), null, wrong)
  }
})

t.test('a map becomes entries and comes back, whatever it is', async (t) => {
  const bits = fc.constantFrom(0, 0, 0, dead, noisy, dead | line, hot)
  const map = fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
    .chain(([rows, cols]) =>
      fc
        .array(bits, { minLength: rows * cols, maxLength: rows * cols })
        .map((data): DefectMap => ({ data: Uint32Array.from(data), shape: [rows, cols] }))
    )
  fc.assert(
    fc.property(map, (defects) => {
      const found = entriesOfMap(defects, { date: null, author: null, reason: '' })
      const back = resolveLayers({ shape: defects.shape, serialNumber: null, factory: [], found, user: [] })
      const area = found.reduce((sum, { region }) => sum + region.rows * region.cols, 0)
      t.strictSame([...back.data], [...defects.data])
      t.equal(area, defects.data.filter((flags) => flags !== 0).length, 'no pixel stands in two entries')
    }),
    { numRuns: 200 }
  )
  const column = new Uint32Array(1000 * 3)
  for (let row = 0; row < 1000; row++) column[row * 3 + 1] = dead | line
  t.strictSame(
    entriesOfMap({ data: column, shape: [1000, 3] }, { date: null, author: null, reason: 'r' }).map(({ region, classes }) => ({
      region,
      classes
    })),
    [{ region: { row: 0, col: 1, rows: 1000, cols: 1 }, classes: ['dead', 'line'] }],
    'a column is one entry'
  )
})

t.test('flags without those that follow from places', async (t) => {
  t.equal(entryFlags(dead | cluster | clusterKernel), dead)
  t.equal(entryFlags(badNeighbourhood | cluster), 0, 'worked out anew')
  t.equal(entryFlags(cluster), user, 'bad, of no class that we know')
  t.equal(entryFlags(1 << 7), user)
  t.equal(entryFlags(clusterKernel), 0, 'bits that only inform make nothing bad')
  t.strictSame(classesOf(flagsOf(ENTRY_CLASSES)), [...ENTRY_CLASSES])
  t.equal(flagsOf(ENTRY_CLASSES), ENTRY_BITS)
  for (const name of ['cluster', 'clusterKernel', 'badNeighbourhood', 'unrepairable'] as DefectClass[])
    t.notOk(ENTRY_CLASSES.includes(name), name)
})

t.test('order is total: any permutation sorts to the same layers, equal entries once', async (t) => {
  const region = fc.record(
    { row: fc.nat(2), col: fc.nat(2), rows: fc.constant(1), cols: fc.integer({ min: 1, max: 2 }) },
    { noNullPrototype: true }
  ) as fc.Arbitrary<Region>
  const any = fc.record(
    {
      action: fc.constantFrom('add', 'remove'),
      region,
      classes: fc.constantFrom(['dead'], ['hot', 'noisy']),
      date: fc.constantFrom('2026-01-01', null),
      author: fc.constantFrom('a', 'b', null),
      reason: fc.constantFrom('', 'unknown', 'b')
    },
    { noNullPrototype: true }
  ) as fc.Arbitrary<DefectEntry>
  fc.assert(
    fc.property(fc.array(any, { maxLength: 8 }), fc.integer(), (entries, seed) => {
      const shuffled = [...entries]
        .sort((a, b) => Math.sin(seed + JSON.stringify(a).length) - Math.sin(seed + JSON.stringify(b).length))
        .reverse()
      const sorted = sortLayers(layers({ user: entries })).user
      t.strictSame(sortLayers(layers({ user: shuffled })).user, sorted)
      t.equal(new Set(entries.map((one) => JSON.stringify(one))).size, sorted.length)
    }),
    { numRuns: 200 }
  )
  t.ok(compareEntries(entry(2, 0), entry(10, 0)) < 0, 'places in order of numbers, not of texts')
  t.equal(compareEntries(entry(2, 0), entry(2, 0)), 0)
})

t.test('counts show the precedence', async (t) => {
  const all = layers({
    factory: [entry(0, 0, { cols: 2 })],
    found: [entry(0, 1, { cols: 2 }), entry(3, 0)],
    user: [entry(0, 2, { date: '2026-02-01' }), entry(3, 3), entry(0, 0, { action: 'remove', classes: [], cols: 2, date: '2026-03-01' })]
  })
  // Bad by layer: factory 0,0 0,1; found 0,1 0,2 3,0; user 0,2 3,3. Vetoed: 0,0 and 0,1.
  t.strictSame(countLayers(all), {
    layers: {
      factory: { entries: 1, pixels: 2, alone: 1 },
      found: { entries: 2, pixels: 3, alone: 1 },
      user: { entries: 3, pixels: 2, alone: 1 }
    },
    vetoes: 1,
    vetoedPixels: 2,
    badPixels: 3
  })
})

t.test('a calibration under new layers', async (t) => {
  const data = new Uint32Array(36)
  data[7] = data[8] = dead | cluster
  const calibration = plainCalibration([6, 6], data)
  const own = layersOfCalibration(calibration)
  t.match(own, {
    serialNumber: 'SN1',
    found: [
      { region: { row: 1, col: 1, rows: 1, cols: 2 }, classes: ['dead'], author: 'flatpanel 0.1.0', date: '2026-11-21T02:15:00.000Z' }
    ],
    user: []
  })
  const edit = entry(1, 3, { date: '2026-12-01' })
  const veto = entry(1, 1, { action: 'remove', classes: [], date: '2026-12-01' })
  const { calibration: edited, withoutGain } = applyLayers(calibration, { ...own, user: [edit, veto] })
  t.strictSame(withoutGain, [])
  t.equal(edited.defects.data[7], 0, 'vetoed')
  t.equal(edited.defects.data[8] & (dead | user | cluster), dead | cluster, 'still of a cluster')
  t.equal(edited.defects.data[9] & (dead | user | cluster), dead | user | cluster)
  t.equal(edited.provenance.defectCounts.user, 1)
  t.equal(edited.provenance.defectCounts.dead, 2)
  t.strictSame([...calibration.defects.data], [...data], 'the calibration of before is unchanged')
  t.equal(layersOfCalibration(edited).user.length, 2)

  calibration.gain.data[7] = 0
  const { calibration: kept, withoutGain: lacking } = applyLayers(calibration, { ...own, user: [veto] })
  t.strictSame(lacking, [7])
  t.equal(kept.defects.data[7] & dead, dead, 'a pixel without gain stays bad')
  t.throws(() => applyLayers(calibration, { ...own, serialNumber: 'SN2' }), {
    code: 'ERR_CALIBRATION',
    message: /those of panel SN1, received those of panel SN2/
  })
  t.throws(() => applyLayers(calibration, layers()), { code: 'ERR_CALIBRATION', message: /a panel of \[6, 6\], received \[4, 5\]/ })
  const everything = { ...own, user: [entry(0, 0, { rows: 6, cols: 6 })] }
  t.throws(() => applyLayers(calibration, everything), { code: 'ERR_CALIBRATION', message: /at least one good pixel/ })
})

t.test('recalibration keeps factory and user layers', async (t) => {
  const found = new Uint32Array(36)
  found[35] = hot
  const next = plainCalibration([6, 6], found)
  const before: DefectLayers = {
    shape: [6, 6],
    serialNumber: 'SN1',
    factory: [entry(0, 0, { date: null, author: null })],
    found: [entry(2, 2)],
    user: [entry(4, 4, { classes: ['noisy'] }), entry(5, 5, { action: 'remove', classes: [] })]
  }
  const { calibration } = keepLayers(next, before)
  const { data } = calibration.defects
  t.equal(data[0] & ENTRY_BITS, dead, 'factory')
  t.equal(data[2 * 6 + 2], 0, 'what the last calibration found, and this one does not, is gone')
  t.equal(data[4 * 6 + 4] & ENTRY_BITS, noisy | user)
  t.equal(data[35], 0, 'the veto holds over the new find')
  t.strictSame(
    calibration.layers!.found.map(({ region }) => region),
    [{ row: 5, col: 5, rows: 1, cols: 1 }],
    'which is on record'
  )
  t.strictSame(calibration.layers!.user, before.user)
  t.equal(keepLayers(next, { ...before, serialNumber: null }).calibration.layers!.serialNumber, 'SN1', 'what was not known is now')
  t.throws(() => keepLayers(next, { ...before, serialNumber: 'SN9' }), { code: 'ERR_CALIBRATION' })
})

t.test('merging exposures: and, or, a fraction', async (t) => {
  const map = (...bad: number[]): DefectMap => {
    const data = new Uint32Array(20)
    for (const i of bad) data[i] |= i % 2 ? dead : noisy
    return { data, shape: [4, 5] }
  }
  const maps = [map(1, 2, 3, 4), map(2, 3, 4), map(3, 4), map(4)]
  const bad = (result: { defects: DefectMap }): number[] => [...result.defects.data.keys()].filter((i) => result.defects.data[i] !== 0)
  t.strictSame(bad(mergeDefects(maps)), [1, 2, 3, 4])
  t.strictSame(bad(mergeDefects(maps, { rule: 'and' })), [4])
  t.strictSame(bad(mergeDefects(maps, { rule: 'fraction', fraction: 0.5 })), [2, 3, 4])
  t.strictSame(bad(mergeDefects(maps, { rule: 'fraction' })), [3, 4], '0.7 of 4 maps is 3 maps')
  const { needed, badInMaps, left } = mergeDefects(maps, { rule: 'fraction', fraction: 0.75 })
  t.strictSame({ needed, badInMaps, left }, { needed: 3, badInMaps: [1, 1, 1, 1], left: 2 })
  t.equal(mergeDefects(new Array(10).fill(map(1)), { rule: 'fraction', fraction: 0.7 }).needed, 7, '0.7 of 10 is 7, not 8')
  const two = [map(1), { data: Uint32Array.from({ length: 20 }, (_, i) => (i === 1 ? hot | cluster : 0)), shape: [4, 5] as const }]
  t.equal(mergeDefects(two, { rule: 'and' }).defects.data[1], dead | hot, 'classes are OR-ed, derived ones left out')
  t.throws(() => mergeDefects([]), { code: 'ERR_OPTION', message: /at least one map/ })
  t.throws(() => mergeDefects(new Array(256).fill(map())), { code: 'ERR_OPTION', message: /at most 255/ })
  t.throws(() => mergeDefects(maps, { rule: 'xor' as any }), { code: 'ERR_OPTION', message: /"and", "or" or "fraction", received xor/ })
  for (const fraction of [0, 1.1, NaN])
    t.throws(() => mergeDefects(maps, { rule: 'fraction', fraction }), { code: 'ERR_OPTION', message: /above 0, at most 1/ })
  t.throws(() => mergeDefects([map(), { data: new Uint32Array(4), shape: [2, 2] }]), { code: 'ERR_SHAPE' })
})

t.test('the map of a region on its panel', async (t) => {
  const region: DefectMap = { data: Uint32Array.of(1, 2, 3, 4), shape: [2, 2] }
  t.strictSame([...placeMap(region, [1, 2], [3, 4]).data], [0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 4])
  for (const origin of [
    [2, 0],
    [0, 3],
    [-1, 0],
    [0.5, 0]
  ] as [number, number][]) {
    t.throws(() => placeMap(region, origin, [3, 4]), { code: 'ERR_OPTION', message: /a region inside the panel \[3, 4\]/ })
  }
})
