/**
 * What the measures of one flat and one edge cost, in seconds of CPU time (compiler and garbage collector counted), beside a plain loop.
 *
 *   npm run build && node bench/quality.mjs [--side 3072] [--rounds 5] [--json]
 *
 * All rows take turns in every round. First: the first call in the process, which a command line sees. Least: of all rounds; the host's
 * other work only ever adds. The ratio is that of the least figures to the plain loop, a sum of squares over the flat.
 */
import { measureMtf, measureNps, measureStructure, measureUniformity } from '../dist/lib/quality/index.js'

const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? fallback : process.argv[at + 1]
}
const side = Number(option('side', '3072'))
const rounds = Math.max(1, Number(option('rounds', '5')))
const asJson = process.argv.includes('--json')

const random = (() => {
  let state = 1
  return () => ((state = (Math.imul(state, 1664525) + 1013904223) | 0) >>> 0) / 4294967296
})()
// Sum of four uniform numbers: sd 1, as good as normal here.
const noise = () => Math.sqrt(3) * (random() + random() + random() + random() - 2)
const draw = (length, value) => ({
  data: Float32Array.from({ length: length * length }, (_, i) => value(Math.floor(i / length), i % length)),
  shape: [length, length]
})

const flat = draw(side, (row, col) => 10000 - 2e-4 * (row - side / 2) ** 2 + 0.05 * col + 100 * noise())
const defects = { data: new Uint32Array(side * side), shape: [side, side] }
for (let k = 0; k < (side * side) / 1000; k++) defects.data[Math.floor(random() * side * side)] = 2
// 3 degrees from upright, blurred over a pixel.
const edge = draw(1024, (row, col) => 5500 + 4500 * Math.tanh(col - 512 - Math.tan(Math.PI / 60) * (row - 512)) + 20 * noise())

function sumOfSquares(data) {
  let sum = 0
  for (let i = 0; i < data.length; i++) sum += data[i] * data[i]
  return sum
}

const rows = [
  { name: 'plain loop: sum of squares', what: `${side} x ${side} float32`, run: () => sumOfSquares(flat.data) },
  { name: 'uniformity', what: `${side} x ${side} flat, 0.1 % defects: mean, sd, extremes`, run: () => measureUniformity(flat, defects) },
  { name: 'structure', what: `${side} x ${side} flat, 0.1 % defects: row and column ratios`, run: () => measureStructure(flat, defects) },
  {
    name: 'NPS',
    what: `${side} x ${side} flat, 0.1 % defects: ROIs of 256 by 128 over the whole frame, second-order surface`,
    run: () => measureNps(flat, defects)
  },
  { name: 'MTF', what: '1024 x 1024 edge at 3 degrees, whole frame', run: () => measureMtf(edge, null) }
]

function seconds(run) {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

const times = rows.map(() => [])
for (let round = 0; round < rounds; round++) for (const [at, { run }] of rows.entries()) times[at].push(seconds(run))
const least = times.map((list) => Math.min(...list))
const table = rows.map(({ name, what }, at) => {
  return { name, what, firstSeconds: times[at][0], leastSeconds: least[at], ratio: least[at] / least[0] }
})
const flatRows = table.slice(1, 4)
const total = {
  name: 'uniformity + structure + NPS',
  what: 'the three rows together',
  firstSeconds: flatRows.reduce((sum, { firstSeconds }) => sum + firstSeconds, 0),
  leastSeconds: flatRows.reduce((sum, { leastSeconds }) => sum + leastSeconds, 0),
  ratio: flatRows.reduce((sum, { ratio }) => sum + ratio, 0)
}
table.splice(4, 0, total)

if (asJson) console.log(JSON.stringify({ node: process.version, side, rounds, rows: table }, null, 2))
else {
  for (const { name, what, firstSeconds, leastSeconds, ratio } of table) {
    const figures = `${leastSeconds.toFixed(3)} s   first ${firstSeconds.toFixed(3)} s   x ${ratio.toFixed(1).padStart(5)}`
    console.log(`${name.padEnd(30)} ${figures}   ${what}`)
  }
}
