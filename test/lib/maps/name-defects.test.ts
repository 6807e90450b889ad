import t from 'tap'
import { connectPixels } from '../../../lib/maps/connect-pixels.js'
import { DEFECT_FLAGS } from '../../../lib/maps/defect-flags.js'
import { goodNeighbourBits, NEIGHBOUR_STEPS } from '../../../lib/maps/good-neighbour-bits.js'
import { listBadPixels } from '../../../lib/maps/list-bad-pixels.js'
import { measureGroups, regionOfGroup } from '../../../lib/maps/measure-groups.js'
import { nameDefects } from '../../../lib/maps/name-defects.js'
import { assertClose } from '../../fixtures/assert-close.js'
import { readBadPixelXml } from '../../fixtures/read-bad-pixel-xml.js'
import { needsSharedData, sharedData } from '../../fixtures/shared-data.js'
import type { DefectMap } from '../../../lib/maps/maps.js'
import type { NameDefectsOptions } from '../../../lib/maps/name-defects.js'

const { dead, noisy, clusterKernel } = DEFECT_FLAGS

/** A map from a drawing: `#` is dead, `n` noisy, `i` carries a flag that only informs. */
function draw(...lines: string[]): DefectMap {
  const flags: Record<string, number> = { '#': dead, n: noisy, i: clusterKernel }
  return { data: Uint32Array.from(lines.join(''), (letter) => flags[letter] ?? 0), shape: [lines.length, lines[0].length] }
}

/** A panel with bad rectangles, each [row, col, rows, cols]. */
function panel(rows: number, cols: number, ...blocks: (readonly [number, number, number, number])[]): DefectMap {
  const data = new Uint32Array(rows * cols)
  for (const [top, left, height, width] of blocks) {
    for (let row = top; row < top + height; row++) data.fill(dead, row * cols + left, row * cols + left + width)
  }
  return { data, shape: [rows, cols] }
}

/** Independent bad pixels of density p: the gaps between them are geometric, drawn from a 32-bit xorshift. */
function randomMap(rows: number, cols: number, p: number, seed: number, data = new Uint32Array(rows * cols)): DefectMap {
  let state = Math.imul(seed + 1, 2654435761) | 1
  const uniform = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return ((state >>> 0) + 0.5) / 4294967296
  }
  for (let k = 0; k < 20; k++) uniform()
  const scale = 1 / Math.log1p(-p)
  data.fill(0)
  for (let i = Math.floor(Math.log(uniform()) * scale); i < data.length; i += 1 + Math.floor(Math.log(uniform()) * scale)) data[i] = dead
  return { data, shape: [rows, cols] }
}

t.test('clusters and their names', async (t) => {
  const defects = draw(
    '..........',
    '.##...#...',
    '.#.#...#..',
    '..........',
    '.....####.',
    '..n..##.#.',
    '.....##...',
    '..........',
    '.#......ii',
    '..........'
  )
  const { clusters, counts } = nameDefects(defects)
  // By hand, for the group of 9, bad neighbours: (4,5) 3, (4,6) 4, (4,7) 4, (4,8) 2, (5,5) 5, (5,6) 6, (5,8) 2, (6,5) 3, (6,6) 3.
  t.strictSame(
    clusters.map(({ name }) => name),
    ['2x3cluster4', '2x2cluster2', 'rel3x4cluster9-4']
  )
  t.strictSame(
    clusters.map(({ kind }) => kind),
    ['cluster', 'cluster', 'relevant']
  )
  t.match(clusters[2], {
    region: { row: 4, col: 5, rows: 3, cols: 4 },
    first: 45,
    pixels: 9,
    kernelPixels: 4,
    segments: 0,
    flags: dead,
    zone: 'outer'
  })
  t.match(counts.panel, {
    pixels: 100,
    badPixels: 17,
    sizes: { one: 2, two: 1, three: 0, more: 2 },
    isolatedPixels: 2,
    kernelPixels: 4,
    clusters: { cluster: 2, relevant: 1, line: 0 },
    classes: { dead: 16, noisy: 1 }
  })
  t.match(counts, { groupsBySides: 7, groupsBySidesAndCorners: 5 })
  const none = nameDefects(draw('..', '..'))
  t.match(none, { clusters: [], lines: [], groups: [], blockRuns: [], counts: { panel: { badPixels: 0 }, groupsBySides: 0 } })
})

t.test('what lies outside the panel: both readings', async (t) => {
  // In a corner 5 neighbours are outside, on an edge 3. The pair stands on the edge: 3 outside and 1 bad.
  const defects = draw('#....', '....#', '....#', '.....')
  const bad = nameDefects(defects)
  t.match(bad.counts.panel, { kernelPixels: 3, kernelPixelsOutsideBad: 3, kernelPixelsOutsideGood: 0 })
  t.strictSame(
    bad.clusters.map(({ name, kernelPixelsOutsideGood }) => [name, kernelPixelsOutsideGood]),
    [['rel2x1cluster2-2', 0]]
  )
  const good = nameDefects(defects, { outside: 'good' })
  t.match(good.counts.panel, { kernelPixels: 0, kernelPixelsOutsideBad: 3, kernelPixelsOutsideGood: 0 })
  t.strictSame(
    good.clusters.map(({ name }) => name),
    ['2x1cluster2']
  )
})

t.test('lines: segments, wide and half ones, blocks', async (t) => {
  const cols = 60
  // One column of the upper half, from the border to the mid-line, and its lower half; a segment with one neighbour in 12 px,
  // one with two; two columns side by side over 3 px; a row; three rows; a block; ten pixels in a row.
  const defects = panel(
    80,
    cols,
    [0, 2, 80, 1],
    [10, 6, 12, 1],
    [15, 7, 1, 1],
    [10, 12, 12, 1],
    [15, 13, 2, 1],
    [10, 20, 15, 1],
    [22, 21, 20, 1],
    [50, 10, 1, 30],
    [60, 10, 3, 30],
    [2, 40, 15, 15],
    [30, 30, 1, 10]
  )
  const { lines, blockRuns, counts, clusters } = nameDefects(defects, { midline: 40 })
  t.strictSame(
    lines.map(({ name, orientation, width, segment, half }) => [name, orientation, width, segment, half]),
    [
      // At the upper and the lower border 4 good neighbours are left; at the mid-line nothing ends.
      ['rel40x1line40-1', 'column', 1, true, true],
      ['rel40x1line40-1', 'column', 1, true, true],
      ['12x1line12', 'column', 1, true, false],
      // Two pixels beside it: (15, 12), (16, 12) and both of them have 4 bad neighbours; 17 % is no segment.
      ['rel12x1line12-2', 'column', 1, false, false],
      // Over three rows the two touch, and at the mid-line 18 px of the second end: kernel pixels are (22..24, 20), (22..24, 21).
      ['rel30x2line33-6', 'column', 2, false, false],
      ['1x30line30', 'row', 1, true, false],
      // Three rows: all but the four corners, which have 5 good neighbours, of 90.
      ['rel3x30line90-86', 'row', 3, false, false]
    ]
  )
  t.equal(blockRuns.length, 30, 'a block of 15 x 15 has 15 runs each way and is no line')
  t.match(counts.panel, { segments: 4, lines: 2 + 1 + 1 + 2 + 1 + 3 })
  t.match(counts, { columnRuns: 2 + 1 + 1 + 2 + 15, rowRuns: 1 + 3 + 15, columnRunPixels: 80 + 24 + 33 + 225, rowRunPixels: 30 + 90 + 225 })
  // A line without kernel pixels is a line and no cluster; one with them is both.
  t.strictSame(
    clusters.map(({ name, kind, segments }) => [name, kind, segments]),
    [
      ['rel80x1cluster80-2', 'relevant', 2],
      ['rel15x15cluster225-221', 'relevant', 0],
      ['12x2line13', 'line', 1],
      ['rel12x2cluster14-4', 'relevant', 0],
      ['rel32x2cluster35-6', 'relevant', 0],
      ['1x10cluster10', 'cluster', 0],
      ['1x30line30', 'line', 1],
      ['rel3x30cluster90-86', 'relevant', 0]
    ]
  )
  const whole = nameDefects(defects)
  t.strictSame(whole.lines[0].name, 'rel80x1line80-2')
  t.equal(whole.lines[0].half, false)
  // The block is of class beyond; what stood beside lines is small: 1 + 2 px, and 10 px in a row are large.
  t.match(counts.panel.groups, { small: 2 + 1, medium: 0, large: 1, mega: 0, beyond: 1 })
})

t.test('a perforated block is no bundle of lines', async (t) => {
  // 70 % of a block: some 60 * 60 * 0.3 * 0.7^11 = 21 runs each way; beside 91 % of a run stand bad pixels (70 % at the edge of the block,
  // where one run in twelve may pass for a line).
  const block = randomMap(60, 60, 0.7, 5)
  const { lines, blockRuns } = nameDefects(block)
  t.ok(lines.length <= 2, `${lines.length} lines`)
  t.ok(blockRuns.length > 15, `${blockRuns.length} runs`)
  const wide = nameDefects(panel(30, 40, [3, 3, 2, 30], [5, 3, 1, 8], [5, 14, 1, 7]))
  t.equal(wide.lines.length, 1, 'beside exactly half of the length: a line still')
  t.equal(nameDefects(panel(30, 40, [3, 3, 2, 30], [5, 3, 1, 8], [5, 14, 1, 8])).lines.length, 0)
  t.equal(nameDefects(panel(30, 40, [27, 3, 2, 30], [26, 3, 1, 8], [26, 14, 1, 8])).lines.length, 0, 'above as below')
})

t.test('classes of groups that touch by sides, with their cores', async (t) => {
  const classOf = (defects: DefectMap): string[] =>
    nameDefects(defects).groups.map((group) => `${group.class} ${group.pixels} ${group.core}`)
  const one = (...blocks: (readonly [number, number, number, number])[]): string[] => classOf(panel(12, 20, ...blocks))
  t.strictSame(one([3, 3, 1, 3]), [])
  t.strictSame(one([3, 3, 1, 4]), ['medium 4 1'])
  t.strictSame(one([3, 3, 2, 4], [5, 3, 1, 1]), ['medium 9 2'])
  t.strictSame(one([3, 3, 3, 3]), ['large 9 3'])
  t.strictSame(one([3, 3, 1, 10]), ['large 10 1'])
  t.strictSame(one([3, 3, 3, 5], [6, 3, 1, 2]), ['large 17 3'])
  t.strictSame(one([3, 3, 4, 4]), ['mega 16 4'])
  t.strictSame(one([3, 3, 3, 6]), ['mega 18 3'])
  t.strictSame(one([3, 3, 6, 6]), ['mega 36 6'])
  t.strictSame(one([3, 3, 6, 6], [3, 9, 1, 1]), ['beyond 37 6'])
  t.strictSame(one([0, 0, 2, 2], [2, 2, 2, 2]), ['medium 4 2', 'medium 4 2'], 'corners do not connect')
  t.strictSame(one([0, 0, 3, 3], [9, 17, 3, 3]), ['large 9 3', 'large 9 3'], 'at the corners of the panel')
  // The end of one row and the start of the next do not touch.
  t.strictSame(one([4, 18, 1, 2], [5, 0, 1, 2]), [])
})

t.test('zones: pixels by place, things by the innermost zone that they touch', async (t) => {
  // 20 x 20, rim 2, centre 6 x 6 from (7, 7).
  const defects = panel(20, 20, [0, 0, 1, 1], [1, 5, 2, 1], [6, 6, 2, 2], [8, 11, 1, 4], [15, 15, 1, 1])
  const options: NameDefectsOptions = { rimPixels: 2, centre: [6, 6] }
  const { counts, clusters } = nameDefects(defects, options)
  t.strictSame(
    clusters.map(({ zone }) => zone),
    ['outer', 'centre', 'centre']
  )
  const { centre, outer, rim } = counts.zones
  t.match(centre, { pixels: 36, badPixels: 1 + 2, sizes: { one: 0, two: 0, more: 2 }, groups: { medium: 2 } })
  t.match(outer, { pixels: 16 * 16 - 36, badPixels: 1 + 3 + 2 + 1, sizes: { one: 1, two: 1 }, isolatedPixels: 1 })
  t.match(rim, { pixels: 400 - 256, badPixels: 2, sizes: { one: 1, two: 0 }, groups: { small: 1 } })
  t.match(counts.panel, { pixels: 400, badPixels: 12, sizes: { one: 2, two: 1, more: 2 } })
  t.match(nameDefects(panel(5, 5), { centre: [2, 2] }).counts.zones.centre, { pixels: 4 })
  const long = nameDefects(panel(40, 40, [5, 20, 30, 1]), { centre: [10, 10] })
  t.match(long.counts.zones, { centre: { lines: 1, segments: 1 }, outer: { lines: 0 } })
  const refused: [NameDefectsOptions, RegExp][] = [
    [{ rimPixels: 10 }, /option "rimPixels": expected an integer from 0 to 9, received 10/],
    [{ rimPixels: -1 }, /"rimPixels"/],
    [{ rimPixels: 1.5 }, /"rimPixels"/],
    [{ centre: [21, 3] }, /option "centre": expected \[rows, cols\] from 1 to \[20, 20\], received \[21, 3\]/],
    [{ rimPixels: 2, centre: [17, 3] }, /from 1 to \[16, 16\]/],
    [{ centre: [3, 0] }, /"centre"/],
    [{ midline: 0 }, /option "midline": expected a row from 1 to 19, or null, received 0/],
    [{ midline: 20 }, /"midline"/],
    [{ outside: 'maybe' as 'bad' }, /option "outside": expected 'bad' or 'good', received maybe/]
  ]
  for (const [option, message] of refused) t.throws(() => nameDefects(defects, option), { code: 'ERR_OPTION', message })
  t.throws(() => nameDefects({ data: new Uint32Array(5), shape: [2, 3] }), { code: 'ERR_SHAPE' })
})

t.test('any map: neighbours, kernel pixels and isolated ones as counted one by one', async (t) => {
  for (const [rows, cols, p] of [
    [40, 37, 0.3],
    [33, 50, 0.6],
    [1, 60, 0.5],
    [60, 1, 0.5],
    [2, 2, 0.7],
    [30, 30, 0.97]
  ] as const) {
    const defects = randomMap(rows, cols, p, rows + cols)
    const { pixels, bits, outside } = goodNeighbourBits(defects)
    const expected: number[] = []
    const beyond: number[] = []
    let kernelsBad = 0
    let kernelsGood = 0
    let isolated = 0
    for (let i = 0; i < rows * cols; i++) {
      if (defects.data[i] === 0) continue
      let byte = 0
      let out = 0
      for (const [k, [down, right]] of NEIGHBOUR_STEPS.entries()) {
        const row = Math.floor(i / cols) + down
        const col = (i % cols) + right
        if (row < 0 || col < 0 || row >= rows || col >= cols) out++
        else if (defects.data[row * cols + col] === 0) byte |= 1 << k
      }
      const good = byte.toString(2).replaceAll('0', '').length
      expected.push(byte)
      beyond.push(out)
      if (good < 5) kernelsBad++
      if (good + out < 5) kernelsGood++
      if (good === 8) isolated++
    }
    assertClose(t, bits, expected, `good neighbours of ${pixels.length} px`)
    assertClose(t, outside, beyond, 'and those outside')
    t.match(nameDefects(defects).counts.panel, {
      kernelPixelsOutsideBad: kernelsBad,
      kernelPixelsOutsideGood: kernelsGood,
      isolatedPixels: isolated
    })
  }
})

t.test('real maps: the published counts, and the neighbours as the maker stored them', needsSharedData, async (t) => {
  const read = (name: string): ReturnType<typeof readBadPixelXml> =>
    readBadPixelXml(sharedData('perkinelmer-bpm', `PerkinElmer${name}.bpm.xml`))
  // Counted by others from the same files (scipy.ndimage; DetectorChecker, JOSS 2020): bad, 4-connected, 8-connected, of size 1, 2,
  // 3, more; pixels with 8 good neighbours; kernel pixels with outside good, not good; column runs, pixels in them; Mask bytes that
  // deviate (the maker fills dense clusters layer by layer).
  const published: [string, number, number[]][] = [
    ['Full_BadPixelMap_t1', 1000, [9451, 281, 263, 212, 18, 7, 26, 209, 228, 281, 19, 8904, 68]],
    ['Cropped_BadPixelMap_t2', 800, [8746, 373, 366, 325, 15, 6, 20, 322, 17, 23, 17, 8335, 0]]
  ]
  const deviating = ({ defects, masks }: ReturnType<typeof readBadPixelXml>): number => {
    const { pixels, bits } = goodNeighbourBits(defects)
    return pixels.reduce((wrong, pixel, k) => wrong + (masks.get(pixel) === bits[k] ? 0 : 1), 0)
  }
  for (const [name, midline, expected] of published) {
    const map = read(name)
    const started = process.cpuUsage()
    const { counts, lines } = nameDefects(map.defects, { midline })
    const { user, system } = process.cpuUsage(started)
    t.comment(`${name}: named in ${(user + system) / 1000} ms of processor time`)
    const { badPixels, sizes, isolatedPixels, kernelPixelsOutsideGood, kernelPixelsOutsideBad } = counts.panel
    t.strictSame(
      [
        badPixels,
        counts.groupsBySides,
        counts.groupsBySidesAndCorners,
        sizes.one,
        sizes.two,
        sizes.three,
        sizes.more,
        isolatedPixels,
        kernelPixelsOutsideGood,
        kernelPixelsOutsideBad,
        counts.columnRuns,
        counts.columnRunPixels,
        deviating(map)
      ],
      expected,
      name
    )
    t.ok(
      lines.every(({ half, region }) => half === (region.rows === midline)),
      'the longest lines are half the panel'
    )
  }
  t.equal(deviating(read('Full_BadPixelMap_t2')), 3118, 'the dense map deviates where others found it to')
})

/** A set of cells that are bad and a set that are good, with what surrounds it. */
interface Pattern {
  readonly bad: readonly string[]
  readonly good: readonly string[]
}

/** Bad cells, and all their neighbours good; sides only, or corners too. */
function isolatedGroup(cells: readonly (readonly [number, number])[], corners = true): Pattern {
  const bad = cells.map(String)
  const around = NEIGHBOUR_STEPS.filter(([down, right]) => corners || down === 0 || right === 0)
  const near = cells.flatMap(([row, col]) => around.map(([down, right]) => String([row + down, col + right])))
  return { bad, good: [...new Set(near)].filter((cell) => !bad.includes(cell)) }
}

const cell = (text: string): [number, number] => text.split(',').map(Number) as [number, number]
const moved = (cells: readonly string[], down: number, right: number): string[] =>
  cells.map((text) => String([cell(text)[0] + down, cell(text)[1] + right]))

/** Expected number of places of a pattern on a panel: cells outside do not count, so borders and corners have their own terms. */
function expectedCount({ bad, good }: Pattern, rows: number, cols: number, p: number): number {
  const height = 1 + Math.max(...bad.map((text) => cell(text)[0]))
  const left = Math.min(...bad.map((text) => cell(text)[1]))
  const width = 1 + Math.max(...bad.map((text) => cell(text)[1])) - left
  let sum = 0
  for (const [top, bottom, downs] of [
    [0, 0, rows - height - 1],
    [1, 0, 1],
    [0, 1, 1]
  ] as const) {
    for (const [first, last, rights] of [
      [0, 0, cols - width - 1],
      [1, 0, 1],
      [0, 1, 1]
    ] as const) {
      const inside = good
        .map(cell)
        .filter(([row, col]) => !(top && row < 0) && !(bottom && row >= height) && !(first && col < left) && !(last && col >= left + width))
      sum += downs * rights * p ** bad.length * (1 - p) ** inside.length
    }
  }
  return sum
}

/**
 * Variance per pixel of the number of places of patterns on an infinite lattice: the sum, over all pairs that can touch, of the
 * probability that both are there less the product of theirs.
 */
function variancePerPixel(patterns: readonly Pattern[], p: number): number {
  const chance = ({ bad, good }: Pattern): number => p ** bad.length * (1 - p) ** good.length
  let sum = 0
  for (const a of patterns) {
    for (const b of patterns) {
      for (let down = -5; down <= 5; down++) {
        for (let right = -5; right <= 5; right++) {
          const bad = moved(b.bad, down, right)
          const good = moved(b.good, down, right)
          const clash = bad.some((text) => a.good.includes(text)) || good.some((text) => a.bad.includes(text))
          const both = clash ? 0 : p ** new Set([...a.bad, ...bad]).size * (1 - p) ** new Set([...a.good, ...good]).size
          sum += both - chance(a) * chance(b)
        }
      }
    }
  }
  return sum
}

/** P(Bin(n, p) = k). */
function binomial(n: number, k: number, p: number): number {
  let value = 1
  for (let i = 1; i <= k; i++) value *= (n - k + i) / i
  return value * p ** k * (1 - p) ** (n - k)
}

/** P(Bin(n, p) >= k). */
const atLeast = (n: number, k: number, p: number): number =>
  Array.from({ length: n + 1 }, (_, j) => (j >= k ? binomial(n, j, p) : 0)).reduce((a, b) => a + b, 0)

/** Variance per pixel of the number of kernel pixels: two share some neighbours, and may be neighbours of each other. */
function kernelVariance(p: number): number {
  const single = p * atLeast(8, 4, p)
  const near = (down: number, right: number): string[] => NEIGHBOUR_STEPS.map(([r, c]) => String([down + r, right + c]))
  let sum = 0
  for (let down = -2; down <= 2; down++) {
    for (let right = -2; right <= 2; right++) {
      if (down === 0 && right === 0) {
        sum += single - single ** 2
        continue
      }
      const touching = Math.max(Math.abs(down), Math.abs(right)) === 1 ? 1 : 0
      const shared = near(0, 0).filter((text) => near(down, right).includes(text)).length
      let both = 0
      for (let k = 0; k <= shared; k++)
        both += binomial(shared, k, p) * atLeast(8 - touching - shared, Math.max(0, 4 - touching - k), p) ** 2
      sum += p ** 2 * both - single ** 2
    }
  }
  return sum
}

t.test('24 Mpx of independent bad pixels: singles, pairs and kernel pixels as the closed forms say', async (t) => {
  const side = 4900
  const buffer = new Uint32Array(side * side)
  // p q^8, 2 p^2 q^10, 2 p^2 q^12, p q^4, 2 p^2 q^6, and p P(Bin(8, p) >= 4) per pixel, computed elsewhere in float64.
  const perPixel: Record<number, number[]> = {
    0.01: [9.22745e-3, 1.80876e-4, 1.77277e-4, 9.60596e-3, 1.88296e-4, 6.77878e-9],
    0.05: [3.3171e-2, 2.99368e-3, 2.7018e-3, 4.07253e-2, 3.67546e-3, 1.85876e-5]
  }
  const started = process.cpuUsage()
  for (const [p, seed] of [
    [0.01, 41],
    [0.05, 42]
  ] as const) {
    const defects = randomMap(side, side, p, seed, buffer)
    const { counts, clusters } = nameDefects(defects)
    const pairs = clusters.filter(({ pixels }) => pixels === 2)
    const pixels = listBadPixels(defects)
    const bySides = connectPixels(pixels, side, false)
    const measured = measureGroups(pixels, bySides, side)
    const sizes = [0, 0, 0]
    for (const size of measured.sizes) if (size < 3) sizes[size]++
    t.strictSame(regionOfGroup(measured, 0), { row: 0, col: measured.lefts[0], rows: 1, cols: measured.rights[0] - measured.lefts[0] + 1 })
    const families: [string, number, Pattern[]][] = [
      ['singles', counts.panel.sizes.one, [isolatedGroup([[0, 0]])]],
      [
        'pairs by a side',
        pairs.filter(({ region }) => region.rows + region.cols === 3).length,
        [
          isolatedGroup([
            [0, 0],
            [0, 1]
          ]),
          isolatedGroup([
            [0, 0],
            [1, 0]
          ])
        ]
      ],
      [
        'pairs by a corner',
        pairs.filter(({ region }) => region.rows + region.cols === 4).length,
        [
          isolatedGroup([
            [0, 0],
            [1, 1]
          ]),
          isolatedGroup([
            [0, 0],
            [1, -1]
          ])
        ]
      ],
      ['singles, sides only', sizes[1], [isolatedGroup([[0, 0]], false)]],
      [
        'pairs, sides only',
        sizes[2],
        [
          isolatedGroup(
            [
              [0, 0],
              [0, 1]
            ],
            false
          ),
          isolatedGroup(
            [
              [0, 0],
              [1, 0]
            ],
            false
          )
        ]
      ]
    ]
    // The borders are 0.08 % of the panel: the expectation has their terms, the variance does not need them.
    const rows: [string, number, number, number][] = families.map(([name, count, patterns]) => [
      name,
      count,
      patterns.reduce((sum, pattern) => sum + expectedCount(pattern, side, side, p), 0),
      side * side * variancePerPixel(patterns, p)
    ])
    const edge = 4 * (side - 2) * atLeast(5, 4, p)
    rows.push([
      'kernel pixels',
      counts.panel.kernelPixelsOutsideGood,
      p * ((side - 2) ** 2 * atLeast(8, 4, p) + edge),
      side * side * kernelVariance(p)
    ])
    for (const [k, [name, count, expected, variance]] of rows.entries()) {
      const sigma = Math.sqrt(variance)
      t.ok(Math.abs(count - expected) <= 4 * sigma, `${name} at ${p}: ${count}, expected ${expected.toFixed(2)} +- ${sigma.toFixed(2)}`)
      // The terms of the borders change singles by at most 4 / 4900 (q^-3 - 1) = 1.4e-4 and pairs by a few times that; those of kernel
      // pixels, 5 neighbours instead of 8, by -1.7e-3 at most.
      t.ok(Math.abs(expected / side ** 2 / perPixel[p][k] - 1) < 2e-3, `${name}: the closed form`)
    }
  }
  const { user, system } = process.cpuUsage(started)
  t.comment(`both in ${(user + system) / 1e6} s of processor time`)
})
