import fc from 'fast-check'
import t from 'tap'
import { BAD_PIXEL_BITS, DEFECT_FLAGS } from '../../../lib/maps/defect-flags.js'
import { markClusters } from '../../../lib/maps/mark-clusters.js'
import { markRepair } from '../../../lib/maps/mark-repair.js'
import { planDefects } from '../../../lib/maps/plan-defects.js'
import { projectDefects } from '../../../lib/maps/project-defects.js'
import { assertClose } from '../../fixtures/assert-close.js'
import { readBadPixelXml } from '../../fixtures/read-bad-pixel-xml.js'
import { needsSharedData, sharedData } from '../../fixtures/shared-data.js'
import type { Region } from '../../../lib/frame/region.js'
import type { DefectMap } from '../../../lib/maps/maps.js'
import type { ProjectDefectsOptions } from '../../../lib/maps/project-defects.js'

const { dead, noisy, cluster, badNeighbourhood, clusterKernel, unrepairable, line } = DEFECT_FLAGS

const isBad = (flags: number): boolean => (flags & BAD_PIXEL_BITS) !== 0
const countBad = ({ data }: DefectMap): number => data.filter(isBad).length

/** A map with the flags that follow from places, as `calibrate` leaves it. */
function marked(data: Uint32Array, rows: number, cols: number): DefectMap {
  const defects: DefectMap = { data, shape: [rows, cols] }
  markClusters(defects)
  markRepair(defects)
  return defects
}

/** Maps of a few to a few hundred pixels, sparse to dense. */
const maps = fc
  .record({
    rows: fc.integer({ min: 2, max: 24 }),
    cols: fc.integer({ min: 2, max: 24 }),
    density: fc.constantFrom(0.02, 0.2, 0.6, 1),
    seed: fc.integer()
  })
  .map(({ rows, cols, density, seed }) => {
    let state = seed | 1
    const data = Uint32Array.from({ length: rows * cols }, () => {
      state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9
      const draw = (state >>> 0) / 2 ** 32
      return draw < density ? [dead, noisy, dead | line, noisy | DEFECT_FLAGS.hot][(state >>> 3) & 3] : 0
    })
    return marked(data, rows, cols)
  })

/** A region of a map, of two pixels at least, whose sides are multiples of a step. */
const regionOf = ({ shape }: DefectMap, [down, across]: readonly [number, number] = [1, 1]) =>
  fc
    .record({ row: fc.nat(shape[0] - down), col: fc.nat(shape[1] - across), rows: fc.nat(100), cols: fc.nat(100) })
    .map(({ row, col, rows, cols }): Region => ({
      row,
      col,
      rows: down * (1 + (rows % Math.floor((shape[0] - row) / down))),
      cols: across * (1 + (cols % Math.floor((shape[1] - col) / across)))
    }))

function flip({ data, shape }: DefectMap, axis: 'rows' | 'cols' | 'transpose'): DefectMap {
  const [rows, cols] = shape
  const to = (row: number, col: number): number =>
    axis === 'rows' ? (rows - 1 - row) * cols + col : axis === 'cols' ? row * cols + cols - 1 - col : col * rows + row
  const out = new Uint32Array(data.length)
  for (let i = 0; i < data.length; i++) out[to(Math.floor(i / cols), i % cols)] = data[i]
  return { data: out, shape: axis === 'transpose' ? [cols, rows] : [rows, cols] }
}

t.test('one bad pixel spoils its cell; the classes are OR-ed; places are judged anew', async (t) => {
  const data = new Uint32Array(64)
  data[0] = dead
  data[1] = noisy | line
  data[29] = noisy // (3, 5): alone in its cell
  data[63] = 1 << 20 // informs, and is none of ours
  const before = marked(data.slice(), 8, 8)
  t.equal(before.data[0] & cluster, cluster, 'a pair')
  const kept = before.data.slice()
  const after = projectDefects(before, { binning: [2, 2] })
  t.strictSame([...after.shape], [4, 4])
  // Cell (0, 0) is a single pixel now, in a corner (5 neighbours outside, and the ring has to serve).
  t.equal(after.data[0], dead | noisy | line | clusterKernel | unrepairable)
  t.equal(after.data[6], noisy)
  t.equal(after.data[15], 1 << 20)
  t.equal(countBad(after), 2)
  assertClose(t, before.data, kept, 'the map given is left alone')
  const half = projectDefects(before, { binning: [2, 2], mostBad: 0.25 })
  t.equal(half.data[0], dead | noisy | line | clusterKernel | unrepairable, '2 of 4 are more than a quarter')
  t.equal(half.data[6], 0, '1 of 4 is not')
  t.equal(countBad(projectDefects(before, { binning: [2, 2], mostBad: 0.5 })), 0)
  t.strictSame([...projectDefects(before, { region: { row: 3, col: 4, rows: 2, cols: 3 } }).data].map(isBad), [
    false,
    true,
    false,
    false,
    false,
    false
  ])
  t.strictSame([...projectDefects(before, { binning: [1, 4], region: { row: 3, col: 0, rows: 2, cols: 8 } }).data].map(isBad), [
    false,
    true,
    false,
    false
  ])
})

t.test('a pixel that is bad for its place alone stays bad', async (t) => {
  const foreign: DefectMap = { data: Uint32Array.of(cluster, 0, 0, 0, 0, 0, 0, badNeighbourhood, 0), shape: [3, 3] }
  const after = projectDefects(foreign)
  t.strictSame([...after.data].map(isBad), [true, false, false, false, false, false, false, true, false])
})

t.test('a map of bad pixels only', async (t) => {
  const after = projectDefects({ data: new Uint32Array(16).fill(dead), shape: [4, 4] }, { binning: [2, 2] })
  t.ok(after.data.every((flags) => flags === (dead | cluster | clusterKernel | unrepairable)))
})

t.test('any map: identity', async (t) => {
  fc.assert(
    fc.property(maps, (map) => {
      const { data, shape } = projectDefects(map)
      return shape[0] === map.shape[0] && shape[1] === map.shape[1] && data.every((flags, i) => flags === map.data[i])
    })
  )
  t.pass('a map with its flags is left as it is')
})

t.test('any map: a region of a region is a region', async (t) => {
  const cases = maps
    .chain((map) =>
      regionOf(map).chain((first) => {
        const inner: DefectMap = { data: new Uint32Array(0), shape: [first.rows, first.cols] }
        return regionOf(inner).map((second) => ({ map, first, second }))
      })
    )
    .filter(({ second }) => second.rows * second.cols > 1)
  fc.assert(
    fc.property(cases, ({ map, first, second }) => {
      const twice = projectDefects(projectDefects(map, { region: first }), { region: second })
      const once = projectDefects(map, { region: { ...second, row: first.row + second.row, col: first.col + second.col } })
      return twice.data.every((flags, i) => flags === once.data[i])
    })
  )
  t.pass('equal, flags of places included')
})

t.test('any map: binning twice is binning once', async (t) => {
  const cases = maps
    .filter(({ shape }) => shape[0] >= 4 && shape[1] >= 6)
    .chain((map) => regionOf(map, [4, 6]).map((region) => ({ map, region })))
  fc.assert(
    fc.property(cases, ({ map, region }) => {
      const twice = projectDefects(projectDefects(map, { region, binning: [2, 3] }), { binning: [2, 2] })
      const once = projectDefects(map, { region, binning: [4, 6] })
      return twice.data.every((flags, i) => flags === once.data[i])
    })
  )
  t.pass('equal')
})

t.test('any map: flips commute', async (t) => {
  const cases = maps.chain((map) =>
    fc
      .constantFrom<[number, number]>([1, 1], [2, 1], [2, 2])
      .chain((binning) =>
        regionOf(map, binning).chain((region) => fc.constantFrom(0, 0.25, 0.5).map((mostBad) => ({ map, binning, region, mostBad })))
      )
  )
  fc.assert(
    fc.property(cases, ({ map, binning, region, mostBad }) => {
      const [rows, cols] = map.shape
      const { row, col, rows: height, cols: width } = region
      const projected = projectDefects(map, { binning, region, mostBad })
      const turned: [Parameters<typeof flip>[1], ProjectDefectsOptions][] = [
        ['rows', { binning, mostBad, region: { ...region, row: rows - row - height } }],
        ['cols', { binning, mostBad, region: { ...region, col: cols - col - width } }],
        ['transpose', { binning: [binning[1], binning[0]], mostBad, region: { row: col, col: row, rows: width, cols: height } }]
      ]
      return turned.every(([axis, options]) => {
        const expected = flip(projected, axis)
        return projectDefects(flip(map, axis), options).data.every((flags, i) => flags === expected.data[i])
      })
    })
  )
  t.pass('equal')
})

t.test('any map: bounds of the counts, and what the rule says cell by cell', async (t) => {
  const cases = maps.chain((map) =>
    fc
      .constantFrom<[number, number]>([1, 1], [1, 2], [2, 2])
      .chain((binning) =>
        regionOf(map, binning).chain((region) => fc.constantFrom(0, 0.25, 0.5, 0.75).map((mostBad) => ({ map, binning, region, mostBad })))
      )
  )
  fc.assert(
    fc.property(cases, ({ map, binning, region, mostBad }) => {
      const [down, across] = binning
      const { data, shape } = projectDefects(map, { binning, region, mostBad })
      const area = down * across
      const expected = Array.from(data, (_, cell) => {
        let bad = 0
        for (let k = 0; k < area; k++) {
          const row = region.row + down * Math.floor(cell / shape[1]) + Math.floor(k / across)
          const col = region.col + across * (cell % shape[1]) + (k % across)
          if (isBad(map.data[row * map.shape[1] + col])) bad++
        }
        return bad
      })
      // A good cell among bad ones becomes bad by its neighbourhood: more than the rule says, never less.
      const judged = data.every((flags, cell) => isBad(flags) === (expected[cell] > mostBad * area || (flags & badNeighbourhood) !== 0))
      const raw = expected.reduce((a, b) => a + b, 0)
      const cells = data.filter((flags) => isBad(flags) && (flags & ~cluster & BAD_PIXEL_BITS) !== badNeighbourhood).length
      return judged && (mostBad > 0 || cells <= raw) && (mostBad > 0 || data.filter(isBad).length * area >= raw)
    })
  )
  t.pass('bad cells <= bad pixels <= bad cells * area')
})

t.test('what cannot be projected is refused', async (t) => {
  const map: DefectMap = { data: new Uint32Array(60), shape: [6, 10] }
  const refused: [ProjectDefectsOptions, RegExp][] = [
    [{ binning: [4, 1] }, /^option "binning": expected whole numbers that divide the region of 6 x 10 px, received \[4, 1\]/],
    [{ binning: [2, 3] }, /"binning"/],
    [{ binning: [0, 1] }, /"binning"/],
    [{ binning: [1.5, 1] }, /"binning"/],
    [{ binning: [2, 2], region: { row: 0, col: 0, rows: 5, cols: 10 } }, /region of 5 x 10 px/],
    [
      { region: { row: 1, col: 0, rows: 6, cols: 10 } },
      /^option "region": expected whole rows and columns inside \[6, 10\], received row 1, /
    ],
    [{ region: { row: -1, col: 0, rows: 6, cols: 10 } }, /"region"/],
    [{ region: { row: 0, col: 0.5, rows: 6, cols: 2 } }, /"region"/],
    [{ region: { row: 0, col: 0, rows: 0, cols: 2 } }, /"region"/],
    [{ mostBad: 1 }, /^option "mostBad": expected a number from 0 to below 1, received 1/],
    [{ mostBad: -0.1 }, /"mostBad"/],
    [{ mostBad: NaN }, /"mostBad"/]
  ]
  for (const [options, message] of refused) t.throws(() => projectDefects(map, options), { code: 'ERR_OPTION', message })
  t.throws(() => projectDefects({ data: new Uint32Array(5), shape: [2, 3] }), { code: 'ERR_SHAPE' })
})

t.test('real maps: the crop of a later date lies at row 200 of the panel', needsSharedData, async (t) => {
  const read = (name: string): DefectMap => readBadPixelXml(sharedData('perkinelmer-bpm', `PerkinElmer${name}.bpm.xml`)).defects
  const full = read('Full_BadPixelMap_t1')
  const cropped = read('Cropped_BadPixelMap_t2')
  const shared = (row: number): number => {
    const part = projectDefects(full, { region: { row, col: 0, rows: 1600, cols: 2000 } })
    return part.data.reduce((count, flags, i) => count + (isBad(flags) && isBad(cropped.data[i]) ? 1 : 0), 0)
  }
  // Counted by others from the same files.
  t.equal(shared(200), 8466)
  t.ok(shared(201) < 8466)
  const dense = read('Full_BadPixelMap_t2')
  const started = process.cpuUsage()
  const binned = projectDefects(dense, { binning: [2, 2] })
  const { user, system } = process.cpuUsage(started)
  t.comment(`15 879 px, 2 x 2: ${(user + system) / 1000} ms of processor time`)
  t.ok(countBad(binned) * 4 >= 15879 && countBad(binned) <= 15879, `${countBad(binned)} cells`)
  t.equal(planDefects(binned).counts.bad, countBad(binned))
})
