/**
 * What finding the defects of a panel costs once its stacks are combined: CPU time per rule and peak memory.
 *
 *   npm run build && node bench/classify.mjs [--side 3072] [--frames 32] [--levels 1] [--rounds 3] [--dist <build>] [--json]
 *
 * The summaries are drawn, not combined from frames: shading, chips of 256 columns, pixel gains, photon noise, 0.3 % of
 * defects in singles, clusters and lines. CPU time is the best of the rounds. The parts come from one more round under the sampling
 * profiler, as shares of that time. The machine is stated by a fixed loop: compare ratios to it, not seconds, between runs. The
 * hash tells whether two builds (`--dist`) find the same, flag by flag and figure by figure.
 */
import { createHash } from 'node:crypto'
import { Session } from 'node:inspector/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? fallback : process.argv[at + 1]
}
const side = Number(option('side', '3072'))
const frames = Number(option('frames', '32'))
const levels = Number(option('levels', '1'))
const rounds = Math.max(1, Number(option('rounds', '3')))
const asJson = process.argv.includes('--json')
const dist = pathToFileURL(`${resolve(option('dist', new URL('../dist', import.meta.url).pathname))}/`)
const { buildDefectMap } = await import(new URL('calibration/index.js', dist).href)

const SATURATION = 16000
const count = side * side

const random = (() => {
  let state = 1
  return () => ((state = (Math.imul(state, 1664525) + 1013904223) | 0) >>> 0) / 4294967296
})()

function gauss() {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

const KINDS = ['dead', 'hot', 'over', 'under', 'noisy', 'unstable', 'nonUniform']

/** 0: good; k: defect KINDS[k - 1]. Singles, clusters of 3 x 3, and four lines of one kind each. */
function drawKinds() {
  const kinds = new Uint8Array(count)
  for (let k = 0; k < count * 0.0015; k++) kinds[Math.floor(random() * count)] = 1 + Math.floor(random() * KINDS.length)
  for (let k = 0; k < (count * 0.0015) / 9; k++) {
    const at = Math.floor(random() * (side - 3)) * side + Math.floor(random() * (side - 3))
    const kind = 1 + Math.floor(random() * KINDS.length)
    for (let row = 0; row < 3; row++) kinds.fill(kind, at + row * side, at + row * side + 3)
  }
  kinds.fill(3, (side >> 2) * side, (side >> 2) * side + side)
  kinds.fill(2, (side - 7) * side, (side - 7) * side + (side >> 1))
  for (let row = 0; row < side; row++) kinds[row * side + (side >> 1)] = 1
  for (let row = side >> 1; row < side; row++) kinds[row * side + 99] = 4
  return kinds
}

function emptySummary(role, level) {
  const map = () => new Float32Array(count)
  return {
    role,
    shape: [side, side],
    frames,
    location: map(),
    locationErrors: map(),
    sd: map(),
    clippedSd: map(),
    maxStep: map(),
    evenHalf: map(),
    oddHalf: map(),
    constant: new Uint8Array(count),
    saturated: new Uint16Array(count),
    frameFactors: new Array(frames).fill(1),
    smallestRejectable: 4,
    record: { role, level, frames: [], kept: frames, combine: 'mean', passes: 1 }
  }
}

/** Figures of one pixel as `frames` Gaussian values of that mean and sd give them (sd after Wilson and Hilferty). */
function draw(summary, i, mean, sigma, kind) {
  const degrees = frames - 1
  const cube = 1 - 2 / (9 * degrees) + gauss() * Math.sqrt(2 / (9 * degrees))
  const sd = sigma * Math.sqrt(Math.max(0, cube) ** 3) * (KINDS[kind - 1] === 'noisy' ? 4 : 1)
  const half = sigma * Math.sqrt(2 / frames)
  summary.evenHalf[i] = mean + half * gauss()
  summary.oddHalf[i] = (mean + half * gauss()) * (KINDS[kind - 1] === 'nonUniform' ? 1.1 : 1)
  summary.location[i] = (summary.evenHalf[i] + summary.oddHalf[i]) / 2
  summary.sd[i] = sd
  summary.clippedSd[i] = sd
  summary.locationErrors[i] = sd / Math.sqrt(frames)
  summary.maxStep[i] = Math.SQRT2 * sigma * (2.8 + 0.3 * Math.abs(gauss())) * (KINDS[kind - 1] === 'unstable' ? 5 : 1)
}

function drawInput() {
  const kinds = drawKinds()
  const darks = emptySummary('dark', 0)
  const flats = Array.from({ length: levels }, (_, l) => emptySummary('flat', l + 1))
  for (let row = 0, i = 0; row < side; row++) {
    for (let col = 0; col < side; col++, i++) {
      const kind = kinds[i]
      const across = (col - side / 2) / side
      const along = (row - side / 2) / side
      const offset = 1000 + 15 * ((col >> 8) & 3) + 40 * along + 12 * gauss() + (KINDS[kind - 1] === 'hot' ? 3000 : 0)
      draw(darks, i, offset, 3, kind)
      const responses = { dead: 0.01, over: 1.6, under: 0.4 }
      const gain = (1 - 0.5 * (across * across + along * along)) * (1 + 0.02 * gauss()) * (responses[KINDS[kind - 1]] ?? 1)
      flats.forEach((flat, l) => {
        const signal = (8000 * gain * (levels - l)) / levels
        draw(flat, i, signal, Math.sqrt(9 + 0.3 * signal), kind)
      })
    }
  }
  return { darks, flats }
}

function cpuSeconds(run) {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

/** A loop that is the same on every machine and in every version. */
function fixedLoop() {
  const values = new Float32Array(1 << 16)
  let state = 1
  for (let round = 0; round < 1500; round++) {
    for (let i = 0; i < values.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0
      values[i] += state >>> 8
    }
  }
  return values[0]
}

/** Share of the samples under each function that `buildDefectMap` calls, and of each function itself. */
async function profileOf(run) {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: 1000 })
  await session.post('Profiler.start')
  run()
  const { profile } = await session.post('Profiler.stop')
  session.disconnect()
  const nodes = new Map(profile.nodes.map((node) => [node.id, { ...node, own: 0 }]))
  for (const id of profile.samples) nodes.get(id).own++
  const parts = new Map()
  const functions = new Map()
  const add = (table, name, samples) => table.set(name, (table.get(name) ?? 0) + samples)
  const visit = (id, part) => {
    const { callFrame, children = [], own } = nodes.get(id)
    const name = callFrame.functionName || '(anonymous)'
    if (part !== null) {
      add(parts, part, own)
      add(functions, `${name} (${callFrame.url.split('/').pop() || 'node'})`, own)
    }
    for (const child of children) {
      const childName = nodes.get(child).callFrame.functionName
      visit(child, name === 'buildDefectMap' ? childName : part)
    }
  }
  visit(profile.nodes[0].id, null)
  const total = [...parts.values()].reduce((sum, value) => sum + value, 0)
  const shares = (table) => [...table].map(([name, samples]) => ({ name, share: samples / total })).sort((a, b) => b.share - a.share)
  return { parts: shares(parts), functions: shares(functions) }
}

const input = drawInput()
const summaryBytes = process.memoryUsage().rss
let result = null
const run = () => {
  result = null
  result = buildDefectMap(input, { saturation: SATURATION })
}
const times = []
const loops = []
let peakBytes = 0
for (let round = 0; round < rounds; round++) {
  loops.push(cpuSeconds(fixedLoop))
  times.push(cpuSeconds(run))
  // The first call alone says what one classification needs.
  if (round === 0) peakBytes = process.resourceUsage().maxRSS * 1024
}
const cpu = Math.min(...times)
const loop = Math.min(...loops)
const { parts, functions } = await profileOf(run)
const hash = createHash('sha256')
hash.update(new Uint8Array(result.defects.data.buffer))
hash.update(JSON.stringify([result.rules, result.warnings, result.counts]))
const perPixel = (share) => (share * cpu * 1e9) / count
const report = {
  node: process.version,
  side,
  frames,
  levels,
  rounds,
  cpuSeconds: cpu,
  nanosecondsPerPixel: perPixel(1),
  fixedLoopSeconds: loop,
  ratioToFixedLoop: cpu / loop,
  summaryMegabytes: summaryBytes / 1e6,
  peakMegabytes: peakBytes / 1e6,
  parts: parts.map(({ name, share }) => ({ name, milliseconds: share * cpu * 1e3, nanosecondsPerPixel: perPixel(share) })),
  functions: functions.slice(0, 16).map(({ name, share }) => ({ name, nanosecondsPerPixel: perPixel(share) })),
  counts: result.counts,
  sha256: hash.digest('hex')
}
if (asJson) console.log(JSON.stringify(report, null, 2))
else {
  const line = (name, nanoseconds) => console.log(`  ${name.padEnd(50)} ${nanoseconds.toFixed(1).padStart(8)} ns/px`)
  console.log(
    `defects of ${side} x ${side}, ${frames} darks, ${levels} x ${frames} flats: ${cpu.toFixed(2)} s CPU (best of ${rounds}), ${(cpu / loop).toFixed(1)} x the fixed loop`
  )
  console.log(`memory ${(summaryBytes / 1e6).toFixed(0)} MB with the combined stacks, ${(peakBytes / 1e6).toFixed(0)} MB at the peak`)
  for (const part of report.parts) line(part.name, part.nanosecondsPerPixel)
  console.log('functions by themselves')
  for (const part of report.functions) line(part.name, part.nanosecondsPerPixel)
  console.log(`result ${report.sha256}`)
}
