/**
 * Recall and false positives of every preset of the defect rules on simulated panels with known truth, as a table.
 *
 *   npm run build && node bench/defect-recall.mjs [--seeds 20] [--first 1] [--size 1024] [--frames 32]
 *                                                 [--presets general,...] [--layout] [--json]
 *   node bench/defect-recall.mjs --merge part1.json part2.json ...     (parts of one run, made with --first, --seeds and --json)
 *
 * Each panel has defects of every class, with strengths graded around the limits; darks, three levels of flats (40, 60 and 20 % of
 * full scale, the last two of a quarter as many frames) and two frames of a decay. A planted pixel is judged when it deviates by at
 * least twice the limit that the rule had in that run, and unstable ones when they switch at least three times; it is found
 * when it comes out bad, whatever its flag. A line counts by its pixels. False positives are pixels without a planted defect.
 * With --layout the rules are told where read-out chips and halves meet.
 */
import { readFileSync } from 'node:fs'
import { buildDefectMap } from '../build/calibration/index.js'
import { judgeStack } from '../build/calibration/stacks/judge-stack.js'
import { openStack } from '../build/calibration/stacks/open-stack.js'
import { summarizeStack } from '../build/calibration/stacks/summarize-stack.js'
import { takeDecay } from '../build/calibration/stacks/take-decay.js'
import { createVirtualDetector } from '../build/lib/simulation/index.js'

const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? fallback : process.argv[at + 1]
}
const seeds = Number(option('seeds', '20'))
const first = Number(option('first', '1'))
const side = Number(option('size', '1024'))
const frames = Number(option('frames', '32'))
const presets = option('presets', 'general,e2597,xrd1621,statistical').split(',')
const readout = process.argv.includes('--layout') ? { chipColumns: 128, midline: true } : {}
const asJson = process.argv.includes('--json')
const BAD = 0xffff
const LEVELS = [0.4, 0.6, 0.2]

/** Single pixels of one 128 x 128 tile of the panel, one per place of a grid: class and strength (switches for unstable ones). */
const SINGLES = [
  ['dead'],
  ['stuck', 0.4],
  ['stuck', 0],
  ['hot', 0.015],
  ['hot', 0.03],
  ['hot', 0.2],
  ['overResponding', 1.12],
  ['overResponding', 1.7],
  ['overResponding', 2.1],
  ['underResponding', 0.88],
  ['underResponding', 0.15],
  ['underResponding', 0.7],
  ['noisy', 3.8],
  ['noisy', 6],
  ['noisy', 14],
  ['noisy', 25],
  ['noisyExposed', 4],
  ['noisyExposed', 14],
  ['unstable', 12, 3],
  ['unstable', 17, 3],
  ['unstable', 24, 5],
  ['unstable', 40, 12],
  ['levelDependent', 0.025],
  ['levelDependent', -0.05],
  ['nonLinear', 0.08],
  ['nonLinear', -0.2],
  ['lagging', 5],
  ['lagging', 12]
]
const TILE = 128
const STEP = 20

/** Defects on a jittered grid, each at least 8 pixels from the next, lines between the tiles. */
function plan(seed) {
  let state = seed * 2654435761
  const below = (n) => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 8) % n
  const defects = []
  for (let top = 0; top < side; top += TILE) {
    for (let left = 0; left < side; left += TILE) {
      SINGLES.forEach(([name, strength, switches], k) => {
        // More of those that saturate at the highest level, and triage would refuse its frames.
        if (strength === 2.1 && ((top + left) / TILE) % 2 === 1) return
        const row = top + 6 + STEP * Math.floor(k / 6) + below(12)
        const col = left + 6 + STEP * (k % 6) + below(12)
        defects.push({ class: name, row, col, ...(strength !== undefined && { strength }), ...(switches && { switches }) })
      })
      const size = 2 + below(3)
      defects.push({ class: 'cluster', row: top + 112, col: left + 20 * below(5) + 6, rows: size, cols: size })
    }
  }
  const between = (k) => TILE * (1 + k) - 2
  const half = side / 2
  defects.push(
    { class: 'line', row: 0, rows: side, col: between(0) },
    { class: 'line', row: half, rows: half, col: between(1) },
    { class: 'weakLine', row: 0, rows: half, col: between(2), strength: 0.9 },
    { class: 'weakLine', row: 0, rows: side, col: between(4), strength: 0.95 },
    { class: 'weakLine', row: half, rows: half, col: between(5), strength: 0.96 }
  )
  return defects.filter(({ col, rows = 1, row }) => col < side && row + rows <= side)
}

async function takeStack(source, role, level, offset) {
  const subject = role === 'dark' ? 'darks' : `flats of level ${level}`
  const stack = await openStack(source, { role, subject, bits: 14, memory: 2 ** 31, ...(offset && { offset }) })
  return summarizeStack(stack, judgeStack(stack, {}), { level, ...(offset && { offset: offset.data }) })
}

/** Twice the limit of a class, in the unit of the planted deviation; Infinity: the rules do not look for it. */
function limitsOf(result, detector) {
  const limit = (name, of = 'threshold') => {
    const rule = result.rules.find((record) => record.name === name)
    return rule === undefined || rule.threshold === null ? Infinity : (rule[of] ?? rule.threshold)
  }
  const least = (...values) => Math.min(...values)
  const outlier = limit('response (outliers)')
  const under = limit('underResponding')
  const always = () => 0
  return {
    dead: always,
    stuck: always,
    cluster: always,
    line: always,
    hot: () => 2 * limit('hot'),
    overResponding: () => 2 * least(limit('overResponding') - 1, outlier),
    underResponding: () => 2 * least(under === Infinity ? Infinity : 1 - under, outlier),
    noisy: () => 2 * limit('noisy (darks)'),
    // The planted ratio is that of the quantum noise: what it makes of the whole noise is compared.
    noisyExposed: () => 2 * limit('noisy (flats 1)'),
    unstable: () => 2 * least(limit('unstable (darks)'), limit('unstable, switching (darks)')),
    // The change is that from 50 to 75 %; from 40 to 60 % it is four fifths of it.
    levelDependent: () => 2 * 1.25 * limit('nonUniform (flats 2)', 'smallestVisible'),
    // y = x (1 - s x) at x = 0.2, 0.4, 0.6, weights 1 / x: the fit is 1 - 0.467 s, the largest relative deviation 0.267 s.
    nonLinear: () => (2 * limit('nonLinear (fit)', 'smallestVisible')) / 0.267,
    lagging: () => lagLimit(result.rules, detector),
    weakLine: () => 2 * limit('line (signal)', 'smallestVisible')
  }
}

function lagLimit(rules, detector) {
  const lag = detector.truth.lagOf(0)
  const [whole, part] = ['lagging (first frame)', 'lagging (first frame, part)'].map((name) => rules.find((rule) => rule.name === name))
  if (part) return (2 * part.threshold) / lag
  if (whole.unit === 'x 9 x 9 median') return 2 * whole.threshold
  // Sd of the lag of a good pixel in the first frame: electronic and quantum noise (0.25 DN per quantum).
  const signal = lag * LEVELS[0] * detector.saturation
  return 1 + (2 * whole.threshold * Math.sqrt(16 + 0.25 * signal)) / signal
}

function deviationOf(defect, detector, noise, quantum) {
  if (defect.class !== 'noisyExposed') return defect.deviation
  const pixel = defect.pixels[0]
  return Math.sqrt((defect.deviation ** 2 * (noise[pixel] ** 2 - quantum[pixel] ** 2) + quantum[pixel] ** 2) / noise[pixel] ** 2)
}

const totals = Object.fromEntries(presets.map((name) => [name, { false: [], classes: {}, missed: [], rules: {}, falseRules: {} }]))
const parts = process.argv.includes('--merge') ? process.argv.slice(process.argv.indexOf('--merge') + 1) : null
if (parts) parts.forEach(merge)
else await measure()
report()

function merge(file) {
  const part = JSON.parse(readFileSync(file, 'utf8')).totals
  for (const name of presets) {
    const [total, more] = [totals[name], part[name]]
    total.false.push(...more.false)
    total.missed.push(...more.missed)
    for (const [key, tally] of Object.entries(more.classes)) {
      const sum = (total.classes[key] ??= { judged: 0, found: 0 })
      sum.judged += tally.judged
      sum.found += tally.found
    }
    for (const [key, count] of Object.entries(more.falseRules)) total.falseRules[key] = (total.falseRules[key] ?? 0) + count
    total.rules = more.rules
  }
}

async function measure() {
  for (let seed = first; seed < first + seeds; seed++) {
    const detector = createVirtualDetector({ rows: side, cols: side, seed, bits: 14, defects: plan(seed) })
    const darks = await takeStack([...detector.darks(frames)], 'dark', 0)
    const offset = { data: darks.location, shape: darks.shape }
    const flats = []
    for (const [l, level] of LEVELS.entries()) {
      flats.push(await takeStack([...detector.flats(l === 0 ? frames : frames / 4, { level })], 'flat', l + 1, offset))
    }
    const { decay } = await takeDecay(detector.decay(2), offset, flats[0].location, {})
    const truth = detector.truth.defects.data
    const noise = detector.truth.flatNoise(LEVELS[0])
    for (const name of presets) {
      const total = totals[name]
      const started = process.cpuUsage().user
      const result = buildDefectMap({ darks, flats, decay }, { preset: name, saturation: detector.saturation, readout })
      const seconds = (process.cpuUsage().user - started) / 1e6
      const found = result.defects.data
      const limits = limitsOf(result, detector)
      for (const defect of detector.truth.planted) {
        const limit = limits[defect.class]()
        if (!(deviationOf(defect, detector, noise, detector.truth.noise) >= limit)) continue
        const tally = (total.classes[defect.class] ??= { judged: 0, found: 0 })
        for (const pixel of defect.pixels) {
          tally.judged++
          if ((found[pixel] & BAD) !== 0) tally.found++
          else total.missed.push(`seed ${seed}: ${defect.description}`)
        }
      }
      let count = 0
      for (let i = 0; i < truth.length; i++) {
        if (truth[i] !== 0 || (found[i] & BAD) === 0) continue
        count++
        total.falseRules[found[i] & BAD] = (total.falseRules[found[i] & BAD] ?? 0) + 1
      }
      total.false.push(count)
      for (const { name: rule, threshold, smallestVisible } of result.rules) total.rules[rule] = [threshold, smallestVisible]
      process.stderr.write(`seed ${seed}, ${name}: ${count} false, ${seconds.toFixed(1)} s\n`)
    }
  }
}

function report() {
  if (asJson) {
    process.stdout.write(`${JSON.stringify({ seeds, side, frames, totals }, null, 2)}\n`)
    return
  }
  const classes = [...new Set(presets.flatMap((name) => Object.keys(totals[name].classes)))]
  const row = (cells) => process.stdout.write(`| ${cells.join(' | ')} |\n`)
  row(['class', ...presets])
  row(['---', ...presets.map(() => '---:')])
  for (const name of classes) {
    row([
      name,
      ...presets.map((preset) => {
        const tally = totals[preset].classes[name]
        return tally === undefined ? 'not looked for' : `${((100 * tally.found) / tally.judged).toFixed(2)} % of ${tally.judged}`
      })
    ])
  }
  const sum = (values) => values.reduce((all, value) => all + value, 0)
  row([`false pixels, ${totals[presets[0]].false.length} panels`, ...presets.map((preset) => String(sum(totals[preset].false)))])
  row(['most in one panel', ...presets.map((preset) => String(Math.max(...totals[preset].false)))])
  for (const preset of presets) {
    const { missed, falseRules, rules } = totals[preset]
    process.stderr.write(`${preset}: ${JSON.stringify({ missed: missed.slice(0, 12), falseRules, rules })}\n`)
  }
}
