/**
 * What a frame and a map cost, in ns of CPU time per pixel, beside a plain loop and, where python3 has it, numpy.
 *
 *   npm run build && npm run bench -- [--sizes 1024,3072] [--rounds 7] [--frames 16] [--no-maps] [--json]
 *
 * All contenders take turns in every round; a figure of a round is the best of its repetitions, the table shows the median
 * over the rounds, and a ratio is the median of the ratios within the rounds. Compare ratios, not ns of two runs.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import ndarray from 'ndarray'
import ops from 'ndarray-ops'
import { buildOffsetMap } from '../dist/calibration/index.js'
import { createCorrector, planDefects } from '../dist/lib/index.js'

const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? fallback : process.argv[at + 1]
}
const sizes = option('sizes', '1024,3072').split(',').map(Number)
const rounds = Math.max(1, Number(option('rounds', '7')))
const frames = Number(option('frames', '16'))
const withMaps = !process.argv.includes('--no-maps')
const asJson = process.argv.includes('--json')

const random = (() => {
  let state = 1
  return () => ((state = (Math.imul(state, 1664525) + 1013904223) | 0) >>> 0) / 4294967296
})()

function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
}

/** CPU seconds of this process per repetition. */
async function timed(run, repetitions) {
  const times = []
  for (let k = 0; k < repetitions; k++) {
    const before = process.cpuUsage()
    await run(k)
    const { user, system } = process.cpuUsage(before)
    times.push((user + system) / 1e6)
  }
  return times
}

async function timedSync(run, repetitions) {
  const times = []
  for (let k = 0; k < repetitions; k++) {
    const before = process.cpuUsage()
    run(k)
    const { user, system } = process.cpuUsage(before)
    times.push((user + system) / 1e6)
  }
  return times
}

// ---- numpy, as a child that waits for lines -----------------------------------------------------------------------

function startPython() {
  const environment = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' }
  const child = spawn('python3', [fileURLToPath(new URL('peers.py', import.meta.url))], { env: environment, stdio: ['pipe', 'pipe', 'ignore'] })
  const waiting = []
  let ended = false
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()(JSON.parse(line)))
  const end = () => {
    ended = true
    for (const resolve of waiting.splice(0)) resolve(null)
  }
  child.on('error', end)
  child.on('exit', end)
  child.stdin.on('error', end)
  return {
    ask: (name, side, repetitions) =>
      new Promise((resolve) => {
        if (ended) return resolve(null)
        waiting.push(resolve)
        child.stdin.write(`${name} ${side} ${frames} ${repetitions}\n`)
      }),
    end: () => child.stdin.end()
  }
}

// ---- frames ---------------------------------------------------------------------------------------------------

function plainLoop(raw, offset, gain, out) {
  for (let i = 0; i < raw.length; i++) out[i] = (raw[i] - offset[i]) * gain[i]
}

function twoPasses(raw, offset, gain, out) {
  ops.sub(out, raw, offset)
  ops.muleq(out, gain)
}

function calibrationOf(side, badFraction) {
  const shape = [side, side]
  const count = side * side
  const defects = new Uint32Array(count)
  for (let k = 0; k < Math.round(count * badFraction); k++) defects[Math.floor(random() * count)] = 2
  return {
    shape,
    offset: { data: Float32Array.from({ length: count }, () => 900 + 200 * random()), shape },
    gain: { data: Float32Array.from({ length: count }, () => 0.8 + 0.4 * random()), shape, reference: 10000 },
    defects: { data: defects, shape },
    saturation: 65000,
    serialNumber: null,
    provenance: { mode: {} }
  }
}

function frameContenders(side, python) {
  const count = side * side
  const raws = [0, 1, 2, 3].map(() => Uint16Array.from({ length: count }, () => 1000 + 60000 * random()))
  const outs = { float32: [0, 1].map(() => new Float32Array(count)), uint16: [0, 1].map(() => new Uint16Array(count)) }
  const good = calibrationOf(side, 0)
  const view = (data) => ndarray(data, [side, side])
  const views = { raws: raws.map(view), outs: outs.float32.map(view), offset: view(good.offset.data), gain: view(good.gain.data) }
  const list = [
    {
      name: 'plain loop (float64 steps, nothing counted)',
      time: (n) => timedSync((k) => plainLoop(raws[k & 3], good.offset.data, good.gain.data, outs.float32[k & 1]), n)
    },
    {
      name: 'ndarray-ops sub, muleq (two passes)',
      time: (n) => timedSync((k) => twoPasses(views.raws[k & 3], views.offset, views.gain, views.outs[k & 1]), n)
    }
  ]
  for (const output of ['float32', 'uint16']) {
    for (const [label, fraction] of [['no', 0], ['0.1 %', 0.001], ['1 %', 0.01]]) {
      const corrector = createCorrector(fraction === 0 ? good : calibrationOf(side, fraction), { output })
      const run = (k) => corrector.correct(raws[k & 3], { out: outs[output][k & 1] })
      list.push({ name: `corrector to ${output}, ${label} bad pixels`, time: (n) => timedSync(run, n) })
    }
  }
  const peers = { naive: 'numpy (raw - offset) * gain', out: 'numpy with out=', out16: 'numpy to uint16 (rint, clip, out=)' }
  for (const [peer, name] of Object.entries(peers)) list.push({ name, time: (n) => python.ask(peer, side, n) })
  return list
}

let made = 0

function mapContenders(side, python) {
  const count = side * side
  const stack = Array.from({ length: frames }, () => {
    const data = new Uint16Array(count)
    // Sum of four uniform numbers: sd 40, as good as normal here.
    for (let i = 0; i < count; i++) data[i] = 3000 + 69.3 * (random() + random() + random() + random() - 2)
    // Frames from files bring their hash along.
    return { data, shape: [side, side], info: { sha256: (++made).toString(16).padStart(64, '0') } }
  })
  const ours = (combine) => (n) => timed(() => buildOffsetMap(stack, { combine, memory: 2 ** 32 }), n)
  return [
    { name: 'numpy mean + var', time: (n) => python.ask('meanvar', side, n) },
    { name: 'offset and noise map, mean (triage included)', time: ours('mean') },
    { name: 'offset and noise map, median (triage included)', time: ours('median') },
    { name: 'offset and noise map, sigma-clipped (default)', time: ours(undefined) },
    { name: 'numpy median', time: (n) => python.ask('median', side, n) }
  ]
}

/** Contenders in turn, round after round. */
async function compete(title, side, contenders, pixels, repetitions, warmUp) {
  for (const { time } of contenders) await time(warmUp)
  const figures = contenders.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (const [k, { time }] of contenders.entries()) {
      const times = await time(repetitions)
      if (times) figures[k].push((Math.min(...times) * 1e9) / pixels)
    }
  }
  const reference = figures.findIndex((list) => list.length > 0)
  const rows = contenders.map(({ name }, k) => ({
    name,
    nanoseconds: figures[k].length ? median(figures[k]) : null,
    ratio: figures[k].length ? median(figures[k].map((value, round) => value / figures[reference][round])) : null
  }))
  return { title, side, rows }
}

function print({ title, rows }) {
  console.log(`\n${title}`)
  for (const { name, nanoseconds, ratio } of rows) {
    const figure = nanoseconds === null ? 'not available' : `${nanoseconds.toFixed(2).padStart(8)} ns/px   x ${ratio.toFixed(2)}`
    console.log(`  ${name.padEnd(50)} ${figure}`)
  }
}

const python = startPython()
const tables = []
const add = (table) => {
  tables.push(table)
  if (!asJson) print(table)
}
for (const side of sizes) {
  const title = `one frame, ${side} x ${side}`
  add(await compete(title, side, frameContenders(side, python), side * side, side > 2000 ? 4 : 9, side > 2000 ? 8 : 30))
}
if (withMaps) {
  const side = Math.min(...sizes)
  const title = `maps of ${frames} frames, ${side} x ${side}, per pixel and frame`
  add(await compete(title, side, mapContenders(side, python), side * side * frames, 1, 1))
}
const side = Math.max(...sizes)
const { defects } = calibrationOf(side, 0.01)
const start = performance.now()
const plan = planDefects(defects)
const planning = { side, badPixels: plan.counts.bad, milliseconds: performance.now() - start }
python.end()
if (asJson) console.log(JSON.stringify({ node: process.version, rounds, frames, tables, planning }, null, 2))
else console.log(`\nplan of ${planning.badPixels} bad pixels, ${side} x ${side}: ${planning.milliseconds.toFixed(0)} ms`)
