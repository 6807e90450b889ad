/**
 * Which repair of bad pixels comes nearest to the truth? Blank good pixels of real frames and of a synthetic one, in shapes
 * that real bad-pixel maps have, let each method fill them, and compare with what was there.
 *
 *   node bench/compare-repair.mjs [--trials 300] [--markdown]        (after npm run build)
 *
 * Frames and maps of public data sets are looked for in FLATPANEL_DATA (default ../shared/data); what is missing is left
 * out and named. Figures are RMS errors over the local noise: 1 would be a method that knows the noise-free truth.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { planDefects } from '../dist/lib/index.js'

const folder = process.env.FLATPANEL_DATA ?? join('..', 'shared', 'data')
const trials = Number(process.argv[process.argv.indexOf('--trials') + 1] || 300) || 300
const SIDE = 40

const methods = {
  'mean of 8, onion': onion,
  'distance-weighted 1/d²': distanceWeighted,
  'linear across': linearAcross,
  'Laplace, 4 neighbours': (view) => laplace(view, 4),
  'Laplace, 8 neighbours': (view) => laplace(view, 8),
  'plane fit, Gauss 1 px': (view) => planeFit(view, 1),
  'plane fit, Gauss 2 px': (view) => planeFit(view, 2),
  planDefects: planned
}

// ---- methods: view { side, values, bad } -> values of the bad pixels, in the order of the list `pixels` -------------

function planned({ side, values, bad, pixels }) {
  const plan = planDefects({ data: Uint32Array.from(bad, (b) => (b ? 2 : 0)), shape: [side, side] })
  const found = new Map()
  plan.targets.forEach((target, k) => {
    let sum = 0
    let weight = 0
    for (let j = plan.starts[k]; j < plan.starts[k + 1]; j++) {
      sum += plan.weights[j] * values[plan.sources[j]]
      weight += plan.weights[j]
    }
    found.set(target, sum / weight)
  })
  return pixels.map((pixel) => found.get(pixel))
}

function neighbours(side, pixel, four = false) {
  const row = Math.floor(pixel / side)
  const col = pixel % side
  const list = []
  for (let r = -1; r <= 1; r++) {
    for (let c = -1; c <= 1; c++) {
      if ((r === 0 && c === 0) || (four && r !== 0 && c !== 0)) continue
      if (row + r >= 0 && row + r < side && col + c >= 0 && col + c < side) list.push((row + r) * side + col + c)
    }
  }
  return list
}

/** From the rim inwards; each layer is the mean of good neighbours and earlier layers. */
function onion({ side, values, bad, pixels }) {
  const known = Float64Array.from(values)
  const open = Uint8Array.from(bad)
  let left = pixels
  while (left.length > 0) {
    const layer = left.filter((pixel) => neighbours(side, pixel).some((n) => !open[n]))
    const filled = layer.map((pixel) => {
      const given = neighbours(side, pixel).filter((n) => !open[n])
      return given.reduce((sum, n) => sum + known[n], 0) / given.length
    })
    layer.forEach((pixel, k) => {
      known[pixel] = filled[k]
      open[pixel] = 0
    })
    left = left.filter((pixel) => open[pixel])
  }
  return pixels.map((pixel) => known[pixel])
}

function goodWithin({ side, bad }, pixel, radius, use) {
  const row = Math.floor(pixel / side)
  const col = pixel % side
  for (let r = Math.max(0, row - radius); r <= Math.min(side - 1, row + radius); r++) {
    for (let c = Math.max(0, col - radius); c <= Math.min(side - 1, col + radius); c++) {
      if (!bad[r * side + c]) use(r * side + c, r - row, c - col)
    }
  }
}

function depthOf(view, pixel) {
  for (let radius = 1; ; radius++) {
    let found = false
    goodWithin(view, pixel, radius, () => (found = true))
    if (found) return radius
  }
}

function distanceWeighted(view) {
  return view.pixels.map((pixel) => {
    let sum = 0
    let weight = 0
    goodWithin(view, pixel, depthOf(view, pixel) + (view.pixels.length > 1 ? 1 : 0), (n, r, c) => {
      sum += view.values[n] / (r * r + c * c)
      weight += 1 / (r * r + c * c)
    })
    return sum / weight
  })
}

/** Across the narrower dimension; equal: both; one-sided: the nearest good pixel. */
function linearAcross({ side, values, bad, pixels }) {
  return pixels.map((pixel) => {
    const row = Math.floor(pixel / side)
    const col = pixel % side
    const axes = [
      [0, 1],
      [1, 0]
    ].map(([dr, dc]) => {
      const reach = [-1, 1].map((sign) => {
        for (let k = 1; ; k++) {
          const r = row + sign * k * dr
          const c = col + sign * k * dc
          if (r < 0 || c < 0 || r >= side || c >= side) return null
          if (!bad[r * side + c]) return { k, value: values[r * side + c] }
        }
      })
      const [a, b] = reach
      if (a && b) return { width: a.k + b.k, sides: 2, value: (a.value * b.k + b.value * a.k) / (a.k + b.k) }
      const one = a ?? b
      return one ? { width: 2 * one.k, sides: 1, value: one.value } : { width: Infinity, sides: 0, value: 0 }
    })
    axes.sort((p, q) => q.sides - p.sides || p.width - q.width)
    if (axes[0].sides === axes[1].sides && axes[0].width === axes[1].width) return (axes[0].value + axes[1].value) / 2
    return axes[0].value
  })
}

function laplace({ side, values, bad, pixels }, count) {
  const known = Float64Array.from(values)
  let mean = 0
  let given = 0
  for (const pixel of pixels) {
    for (const n of neighbours(side, pixel)) {
      if (bad[n]) continue
      mean += values[n]
      given++
    }
  }
  for (const pixel of pixels) known[pixel] = mean / given
  for (let sweep = 0; sweep < 300; sweep++) {
    for (const pixel of pixels) {
      const around = neighbours(side, pixel, count === 4)
      let sum = 0
      for (const n of around) sum += known[n]
      known[pixel] = sum / around.length
    }
  }
  return pixels.map((pixel) => known[pixel])
}

/** First-order normalised convolution: the plane that fits the good pixels around best, taken at the pixel. */
function planeFit(view, sigma) {
  return view.pixels.map((pixel) => {
    const m = [0, 0, 0, 0, 0, 0, 0, 0, 0]
    goodWithin(view, pixel, depthOf(view, pixel) + Math.ceil(2 * sigma), (n, r, c) => {
      const w = Math.exp(-(r * r + c * c) / (2 * sigma * sigma))
      const v = view.values[n]
      m[0] += w
      m[1] += w * r
      m[2] += w * c
      m[3] += w * r * r
      m[4] += w * r * c
      m[5] += w * c * c
      m[6] += w * v
      m[7] += w * v * r
      m[8] += w * v * c
    })
    const [s, x, y, xx, xy, yy, v, vx, vy] = m
    const det = s * (xx * yy - xy * xy) - x * (x * yy - xy * y) + y * (x * xy - xx * y)
    if (Math.abs(det) < 1e-9 * s * s * s) return v / s
    return (v * (xx * yy - xy * xy) - x * (vx * yy - xy * vy) + y * (vx * xy - xx * vy)) / det
  })
}

// ---- frames ---------------------------------------------------------------------------------------------------

function readUint16(file, offset, rows, cols) {
  const bytes = readFileSync(join(folder, file))
  return { rows, cols, data: Uint16Array.from({ length: rows * cols }, (_, i) => bytes.readUInt16LE(offset + 2 * i)) }
}

/** The pixels of an uncompressed DICOM file are its last element. */
function readDicom(file, rows, cols) {
  return readUint16(file, readFileSync(join(folder, file)).length - 2 * rows * cols, rows, cols)
}

function frames() {
  const list = [synthetic()]
  if (!existsSync(join(folder, 'walnut-dexela1512'))) {
    console.error(`real frames not found in ${folder}: only the synthetic one is used`)
    return list
  }
  const walnut = (name) => readUint16(`walnut-dexela1512/${name}.tif`, 8, 768, 972)
  const dark = walnut('di000000').data
  const flat = walnut('io000000').data
  for (const [title, name] of [
    ['CMOS flat', 'io000001'],
    ['CMOS walnut 6', 'scan_000006'],
    ['CMOS walnut 446', 'scan_000446']
  ]) {
    const raw = walnut(name)
    list.push({ ...raw, title, data: Float64Array.from(raw.data, (v, i) => ((v - dark[i]) / (flat[i] - dark[i])) * 10981) })
  }
  list.push({ ...readDicom('epid-dicom/flatsym_demo.dcm', 768, 1024), title: 'a-Si open field' })
  list.push({ ...readDicom('epid-dicom/qc3.dcm', 768, 1024), title: 'a-Si line pairs' })
  return list
}

function randomFrom(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Noise of 1 % on ramps, a sine of 12 px period, disks with edges blurred by the detector. */
function synthetic() {
  const random = randomFrom(7)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const side = 512
  const disks = Array.from({ length: 60 }, () => [random() * side, random() * side, 5 + 25 * random(), 0.6 + 0.3 * random()])
  const data = new Float64Array(side * side)
  for (let row = 0; row < side; row++) {
    for (let col = 0; col < side; col++) {
      let signal = 8000 * (1 + 0.1 * (row / side) + 0.05 * Math.sin((2 * Math.PI * col) / 12))
      for (const [r, c, radius, value] of disks) {
        const edge = 1 / (1 + Math.exp((Math.hypot(row - r, col - c) - radius) / 0.7))
        signal *= 1 - (1 - value) * edge
      }
      data[row * side + col] = signal + 80 * Math.sqrt(signal / 8000) * normal()
    }
  }
  return { title: 'synthetic', rows: side, cols: side, data }
}

// ---- shapes: lists of [row, column] in a window of SIDE x SIDE ----------------------------------------------------

const middle = SIDE / 2
const block = (rows, cols, top = middle, left = middle) =>
  Array.from({ length: rows * cols }, (_, i) => [top + Math.floor(i / cols), left + (i % cols)])

function shapes() {
  return {
    isolated: [block(1, 1)],
    'two or three': [
      block(1, 2),
      block(2, 1),
      [
        [20, 20],
        [21, 21]
      ],
      block(3, 1),
      [
        [20, 20],
        [20, 21],
        [21, 20]
      ]
    ],
    'column, 1 px': [block(SIDE, 1, 0)],
    'column segment, 15 px': [block(15, 1, 12)],
    'two columns': [block(SIDE, 2, 0)],
    'block 2x2': [block(2, 2)],
    'block 3x3': [block(3, 3)],
    'block 5x5': [block(5, 5, 17, 17)],
    'irregular (real maps)': irregular(),
    'edge, isolated': [block(1, 1, 0), block(1, 1, middle, 0)],
    'edge, 1x3 along': [block(1, 3, 0), block(3, 1, middle, SIDE - 1)],
    'edge, 2x2': [block(2, 2, 0), block(2, 2, middle, 0)],
    corner: [block(1, 1, 0, 0), block(1, 1, SIDE - 1, 0)],
    'border row': [block(1, SIDE, 0, 0)]
  }
}

/** Clusters of 4 to 30 pixels, at most 12 px wide and high, of a real panel, lines left out by that size. */
function irregular() {
  const file = join(folder, 'perkinelmer-bpm', 'PerkinElmerFull_BadPixelMap_t2.bpm.xml')
  if (!existsSync(file))
    return [
      [
        [20, 20],
        [20, 21],
        [21, 19],
        [21, 20],
        [22, 20],
        [22, 22]
      ]
    ]
  const bad = new Set()
  for (const match of readFileSync(file, 'utf8').matchAll(/X="(\d+)" Y="(\d+)"/g)) bad.add(Number(match[2]) * 2000 + Number(match[1]))
  const list = []
  for (const start of [...bad]) {
    if (!bad.delete(start)) continue
    const cluster = [start]
    for (let k = 0; k < cluster.length; k++) {
      for (const n of neighbours(2000, cluster[k])) if (bad.delete(n)) cluster.push(n)
    }
    const rows = cluster.map((pixel) => Math.floor(pixel / 2000))
    const cols = cluster.map((pixel) => pixel % 2000)
    const top = Math.min(...rows)
    const left = Math.min(...cols)
    if (cluster.length < 4 || cluster.length > 30 || Math.max(...rows) - top > 11 || Math.max(...cols) - left > 11) continue
    list.push(cluster.map((_, k) => [rows[k] - top + 14, cols[k] - left + 14]))
  }
  return list
}

// ---- the comparison -----------------------------------------------------------------------------------------------

/** Robust noise of a window: median of |[1 -2 1; -2 4 -2; 1 -2 1]| (Immerkaer 1996), whose sd is 6 sigma. */
function noiseOf(values) {
  const found = []
  for (let row = 1; row < SIDE - 1; row++) {
    for (let col = 1; col < SIDE - 1; col++) {
      const at = (r, c) => values[(row + r) * SIDE + col + c]
      const edge = at(-1, 0) + at(1, 0) + at(0, -1) + at(0, 1)
      found.push(Math.abs(at(-1, -1) + at(-1, 1) + at(1, -1) + at(1, 1) - 2 * edge + 4 * at(0, 0)))
    }
  }
  return (1.4826 * found.sort((a, b) => a - b)[found.length >> 1]) / 6
}

function compare(frame, list, random) {
  const sums = Object.fromEntries(Object.keys(methods).map((name) => [name, 0]))
  let count = 0
  for (let trial = 0; trial < trials; trial++) {
    const shape = list[trial % list.length]
    const top = 8 + Math.floor(random() * (frame.rows - SIDE - 16))
    const left = 8 + Math.floor(random() * (frame.cols - SIDE - 16))
    const values = Float64Array.from({ length: SIDE * SIDE }, (_, i) => {
      return frame.data[(top + Math.floor(i / SIDE)) * frame.cols + left + (i % SIDE)]
    })
    const noise = noiseOf(values)
    if (!(noise > 0)) continue
    const bad = new Uint8Array(SIDE * SIDE)
    const pixels = shape.map(([row, col]) => row * SIDE + col)
    for (const pixel of pixels) bad[pixel] = 1
    const blanked = values.map((value, i) => (bad[i] ? NaN : value))
    for (const [name, fill] of Object.entries(methods)) {
      const filled = fill({ side: SIDE, values: blanked, bad, pixels })
      sums[name] += pixels.reduce((sum, pixel, k) => sum + ((filled[k] - values[pixel]) / noise) ** 2, 0) / pixels.length
    }
    count++
  }
  return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, Math.sqrt(sum / count)]))
}

const names = Object.keys(methods)
const line = (cells) =>
  process.argv.includes('--markdown') ? `| ${cells.join(' | ')} |` : cells.map((c, i) => (i ? c.padStart(24) : c.padEnd(26))).join('')
const images = frames()
const everywhere = {}
for (const frame of images) {
  console.log(`\n${process.argv.includes('--markdown') ? '### ' : ''}${frame.title}\n`)
  console.log(line(['shape', ...names]))
  if (process.argv.includes('--markdown')) console.log(line(['---', ...names.map(() => '---')]))
  for (const [title, list] of Object.entries(shapes())) {
    const errors = compare(frame, list, randomFrom(11))
    const best = Math.min(...Object.values(errors))
    console.log(line([title, ...names.map((name) => `${errors[name].toFixed(3)}${errors[name] < 1.005 * best ? ' *' : '  '}`)]))
    for (const name of names) ((everywhere[title] ??= {})[name] ??= []).push(Math.log(errors[name]))
  }
}
console.log(`\n${process.argv.includes('--markdown') ? '### ' : ''}All frames (geometric mean)\n`)
console.log(line(['shape', ...names]))
if (process.argv.includes('--markdown')) console.log(line(['---', ...names.map(() => '---')]))
for (const [title, byName] of Object.entries(everywhere)) {
  const means = names.map((name) => Math.exp(byName[name].reduce((a, b) => a + b, 0) / byName[name].length))
  const best = Math.min(...means)
  console.log(line([title, ...means.map((mean) => `${mean.toFixed(3)}${mean < 1.005 * best ? ' *' : '  '}`)]))
}
