import t from 'tap'
import { badPixels } from '../../../lib/maps/bad-pixels.js'
import { countDefects } from '../../../lib/maps/count-defects.js'
import { countGoodNeighbours } from '../../../lib/maps/count-good-neighbours.js'
import { DEFECT_FLAGS } from '../../../lib/maps/defect-flags.js'
import { labelClusters } from '../../../lib/maps/label-clusters.js'
import type { DefectMap } from '../../../lib/maps/maps.js'
import { markClusters } from '../../../lib/maps/mark-clusters.js'
import { markLineRuns } from '../../../lib/maps/mark-line-runs.js'
import { robustScale } from '../../../lib/maps/robust-scale.js'
import { assertClose } from '../../fixtures/assert-close.js'
import { gaussianSource } from '../../fixtures/gaussian-source.js'
import { readBadPixelXml } from '../../fixtures/read-bad-pixel-xml.js'
import { needsSharedData, sharedData } from '../../fixtures/shared-data.js'

const { dead, cluster, clusterKernel, badNeighbourhood, line } = DEFECT_FLAGS

/** A map from a drawing: `#` is dead. */
function draw(...lines: string[]): DefectMap {
  const data = Uint32Array.from(lines.join(''), (letter) => (letter === '#' ? dead : 0))
  return { data, shape: [lines.length, lines[0].length] }
}

function show(defects: DefectMap, flag: number): string[] {
  const [rows, cols] = defects.shape
  return Array.from({ length: rows }, (_, row) =>
    Array.from(defects.data.subarray(row * cols, (row + 1) * cols), (flags) => ((flags & flag) !== 0 ? '#' : '.')).join('')
  )
}

function randomMap(rows: number, cols: number, p: number, seed: number): DefectMap {
  // |z| < x has probability p; the quantile comes from sorting the deviates themselves.
  const gauss = gaussianSource(seed)
  const deviates = Float64Array.from({ length: rows * cols }, gauss)
  const limit = { 0.05: 0.0627068, 0.3: 0.3853205 }[p]!
  return { data: Uint32Array.from(deviates, (z) => (Math.abs(z) < limit ? dead : 0)), shape: [rows, cols] }
}

t.test('groups: sides and corners connect, rows do not wrap', (t) => {
  const defects = draw('#....#', '.#..#.', '......', '.#.##.', '.#.#..', '..##.#')
  const { labels, sizes, regions } = labelClusters(defects)
  t.same(sizes, [2, 2, 7, 1])
  t.same(regions[2], { row: 3, col: 1, rows: 3, cols: 4 })
  t.equal(labels[0], 1)
  t.equal(labels[5], 2)
  t.equal(labels[35], 4)
  t.equal(labelClusters(defects, { connectivity: 4 }).sizes.length, 7)
  t.same(labelClusters(draw('.#', '#.', '.#')).sizes, [3])
  t.throws(() => labelClusters({ data: new Uint32Array(5), shape: [2, 3] }), {
    code: 'ERR_SHAPE',
    message: /defect map: expected 6 values/
  })
  t.end()
})

t.test('groups: equal a flood fill on a dense random map', (t) => {
  // 30 % is near the percolation of the 8-connected lattice (40.7 %): long winding groups, many unions.
  const defects = randomMap(150, 140, 0.3, 5)
  for (const connectivity of [4, 8] as const) {
    const { labels, sizes } = labelClusters(defects, { connectivity })
    const filled = floodFill(defects, connectivity)
    assertClose(t, labels, filled, `${connectivity}-connected labels`)
    const counted = new Array<number>(sizes.length).fill(0)
    for (const label of filled) if (label > 0) counted[label - 1]++
    t.same(sizes, counted)
  }
  t.end()
})

function floodFill({ data, shape }: DefectMap, connectivity: number): Int32Array {
  const [rows, cols] = shape
  const labels = new Int32Array(data.length)
  let label = 0
  for (let start = 0; start < data.length; start++) {
    if (data[start] === 0 || labels[start] !== 0) continue
    label++
    const open = [start]
    labels[start] = label
    while (open.length > 0) {
      const at = open.pop()!
      const row = Math.floor(at / cols)
      const col = at % cols
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++) {
          if (connectivity === 4 && dx !== 0 && dy !== 0) continue
          if (row + dy < 0 || row + dy >= rows || col + dx < 0 || col + dx >= cols) continue
          const next = at + dy * cols + dx
          if (data[next] === 0 || labels[next] !== 0) continue
          labels[next] = label
          open.push(next)
        }
      }
    }
  }
  return labels
}

t.test('groups: counts of a random map meet their closed forms', (t) => {
  const p = 0.05
  const q = 1 - p
  const side = 1000
  const { sizes, regions } = labelClusters(randomMap(side, side, p, 6))
  let singles = 0
  let sides = 0
  let corners = 0
  for (let k = 0; k < sizes.length; k++) {
    const { row, col, rows, cols } = regions[k]
    if (row === 0 || col === 0 || row + rows === side || col + cols === side) continue
    if (sizes[k] === 1) singles++
    if (sizes[k] === 2 && rows + cols === 3) sides++
    if (sizes[k] === 2 && rows + cols === 4) corners++
  }
  // Places inside the border times p q^8, 2 p^2 q^10, 2 p^2 q^12; such counts spread less than Poisson ones, 4 sigma of which:
  const near = (count: number, expected: number): boolean => Math.abs(count - expected) < 4 * Math.sqrt(expected)
  t.ok(near(singles, (side - 2) ** 2 * p * q ** 8), `singles ${singles}`)
  t.ok(near(sides, 2 * (side - 2) * (side - 3) * p ** 2 * q ** 10), `pairs by a side ${sides}`)
  t.ok(near(corners, 2 * (side - 3) ** 2 * p ** 2 * q ** 12), `pairs by a corner ${corners}`)
  t.end()
})

t.test('good neighbours: nothing outside the panel is good', (t) => {
  t.same([...countGoodNeighbours(draw('...', '...', '...'))], [3, 5, 3, 5, 8, 5, 3, 5, 3])
  t.same([...countGoodNeighbours(draw('#..', '.#.', '..#'))], [2, 3, 2, 3, 6, 3, 2, 3, 2])
  t.same([...countGoodNeighbours(draw('#'))], [0])
  t.same([...countGoodNeighbours(draw('..#.'))], [1, 1, 2, 0])
  t.end()
})

t.test('clusters and their kernels', (t) => {
  const column = draw(...Array.from({ length: 20 }, () => '..#..'))
  markClusters(column)
  // Inside 6 good neighbours, at both ends 4.
  t.equal(countDefects(column).clusterKernel, 2)
  t.equal(countDefects(column).cluster, 20)
  const broad = draw(...Array.from({ length: 20 }, () => '..##..'))
  markClusters(broad)
  t.equal(countDefects(broad).clusterKernel, 40, 'two columns: 3 good neighbours everywhere')
  const corner = draw('#....', '.....', '.....', '..#..', '.....')
  markClusters(corner)
  t.same(show(corner, clusterKernel), ['#....', '.....', '.....', '.....', '.....'])
  t.equal(countDefects(corner).cluster, 0)
  t.end()
})

t.test('bad neighbourhood: a good pixel without a good neighbour, at borders too', (t) => {
  const defects = draw('.#..###.', '##..#.#.', '....###.', '..#.....', '.#.#...#', '..#...#.')
  markClusters(defects)
  t.same(
    show(defects, badNeighbourhood),
    ['#.......', '.....#..', '........', '........', '........', '........'],
    'corner and ring; not the diamond, not a corner with one good neighbour'
  )
  t.equal((defects.data[0] & cluster) !== 0, true, 'the new bad pixel belongs to the cluster')
  const alone = draw('.')
  markClusters(alone)
  t.equal(alone.data[0], 0, 'a pixel without neighbours stays good')
  t.end()
})

t.test('flags are OR-ed; informing bits do not make a pixel bad', (t) => {
  const defects: DefectMap = { data: Uint32Array.of(DEFECT_FLAGS.hot, DEFECT_FLAGS.clusterKernel, 0, DEFECT_FLAGS.noisy), shape: [1, 4] }
  t.same([...badPixels(defects)], [1, 0, 0, 1])
  markClusters(defects)
  t.equal(defects.data[0], DEFECT_FLAGS.hot | clusterKernel)
  t.equal(countDefects(defects).hot, 1)
  t.equal(countDefects(defects).clusterKernel, 3)
  t.end()
})

t.test('line runs: length, neighbours, mid-line, both directions', (t) => {
  const rows = Array.from({ length: 24 }, (_, row) => {
    const letters = new Array<string>(30).fill('.')
    if (row < 11) letters[2] = '#'
    if (row < 10) letters[5] = '#'
    if (row >= 5 && row < 20) letters[8] = '#'
    if (row < 20) letters[12] = letters[13] = '#'
    if (row === 22) letters.fill('#', 15, 26)
    return letters.join('')
  })
  const defects = draw(...rows)
  t.equal(markLineRuns(defects), 3)
  const marked = show(defects, line)
  t.equal(marked[0], '..#...........................')
  t.equal(marked[10], '..#.....#.....................')
  t.equal(marked[22], '...............###########....')
  t.equal(countDefects(defects).line, 11 + 15 + 11)
  const halves = draw(...rows)
  t.equal(markLineRuns(halves, { midline: 12 }), 2, '7 + 8 px on two halves are no line')
  const loose = draw(...rows)
  t.equal(markLineRuns(loose, { adjacent: 1, minimumLength: 10 }), 6)
  t.end()
})

t.test('real maps of a PerkinElmer panel', needsSharedData, (t) => {
  const full = readBadPixelXml(sharedData('perkinelmer-bpm', 'PerkinElmerFull_BadPixelMap_t1.bpm.xml'))
  // Counted by others from the same file: scipy.ndimage and the R package DetectorChecker.
  const { sizes } = labelClusters(full.defects)
  const perSize = [1, 2, 3].map((size) => sizes.filter((s) => s === size).length)
  t.same([full.masks.size, sizes.length, ...perSize, sizes.filter((s) => s > 3).length], [9451, 263, 212, 18, 7, 26])
  t.equal(labelClusters(full.defects, { connectivity: 4 }).sizes.length, 281)
  const good = countGoodNeighbours(full.defects)
  t.equal([...full.masks.keys()].filter((at) => good[at] === 8).length, 209)
  t.equal([...full.masks.keys()].filter((at) => good[at] < 5).length, 281)
  const cropped = readBadPixelXml(sharedData('perkinelmer-bpm', 'PerkinElmerCropped_BadPixelMap_t2.bpm.xml'))
  const neighbours = countGoodNeighbours(cropped.defects)
  // The vendor's Mask byte has one bit per good neighbour inside the panel.
  const wrong = [...cropped.masks].filter(([at, mask]) => neighbours[at] !== mask.toString(2).replaceAll('0', '').length)
  t.equal(wrong.length, 0, `good neighbours as the vendor counted them, ${cropped.masks.size} pixels`)
  markClusters(cropped.defects)
  const kernels = [...cropped.masks.keys()].filter((at) => (cropped.defects.data[at] & clusterKernel) !== 0).length
  t.equal(kernels, 23)
  t.end()
})

t.test('robust scale: what outliers cannot move', (t) => {
  const gauss = gaussianSource(7)
  const values = Float32Array.from({ length: 1_000_000 }, () => 10 * gauss())
  for (let i = 0; i < values.length; i += 1000) values[i] += 30000
  const { median, sigma, count } = robustScale(values)
  t.ok(Math.abs(sigma - 10) < 0.1, `0.1 % at +30000: sigma ${sigma}`)
  t.ok(Math.abs(median) < 0.1, `median ${median}`)
  t.equal(count, 1_000_000)
  t.same(robustScale(Float32Array.of(1, 2, 9, NaN, Infinity), Uint8Array.of(0, 0, 1, 0, 0)), {
    median: 1.5,
    sigma: 0.5 * 1.4826022185056018,
    count: 2
  })
  t.match(robustScale(new Float32Array(0)), { median: NaN, count: 0 })
  t.end()
})

t.test('robust scale: 2048 x 2048 Gaussian pixels at z(1e-6) = 4.8916', (t) => {
  const gauss = gaussianSource(8)
  const values = Float32Array.from({ length: 2048 * 2048 }, gauss)
  const { median, sigma } = robustScale(values)
  let outside = 0
  for (const value of values) if (Math.abs(value - median) > 4.8916 * sigma) outside++
  // Poisson of mean 4.19: more than 13 with probability 1e-4.
  t.ok(outside <= 13, `${outside} outside`)
  t.end()
})
