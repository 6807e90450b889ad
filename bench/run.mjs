/**
 * What a frame, a map and a start cost, beside everything that a user would take instead; as ratios within one run.
 *
 *   npm run build && npm run bench -- [--group correct,threads,maps,median,calibrate,start,allocation] [--size 1024,3072]
 *     [--rounds 7] [--frames 32] [--threads 2] [--json] [--quiet]
 *
 * Without --size each group takes its own sizes. README.md beside this file says what is compared, and how.
 */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { compete } from './compete.mjs'
import { describeCompiler, describePython } from './contenders.mjs'
import { formatLegend, formatRows } from './format-rows.mjs'
import { allocation } from './groups/allocation.mjs'
import { calibrate } from './groups/calibrate.mjs'
import { correct } from './groups/correct.mjs'
import { maps } from './groups/maps.mjs'
import { median } from './groups/median.mjs'
import { start } from './groups/start.mjs'
import { threads } from './groups/threads.mjs'

const groups = { correct, threads, maps, median, calibrate, start, allocation }

const { values } = parseArgs({
  options: {
    group: { type: 'string', default: Object.keys(groups).join(',') },
    size: { type: 'string' },
    rounds: { type: 'string', default: '7' },
    frames: { type: 'string' },
    threads: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
    quiet: { type: 'boolean', default: false }
  }
})

function wholeNumbers(name, text) {
  const numbers = text.split(',').map(Number)
  if (numbers.some((value) => !Number.isInteger(value) || value < 1)) fail(`--${name}: whole numbers above 0 expected, "${text}" received`)
  return numbers
}

function fail(message) {
  console.error(message)
  process.exit(1)
}

const chosen = values.group.split(',')
for (const name of chosen) if (!(name in groups)) fail(`--group: some of ${Object.keys(groups).join(', ')} expected, "${name}" received`)
const sizes = values.size === undefined ? null : wholeNumbers('size', values.size)
const [rounds] = wholeNumbers('rounds', values.rounds)
const [threadCount] = wholeNumbers('threads', values.threads)
const frameCount = values.frames === undefined ? null : wholeNumbers('frames', values.frames)[0]

const onTerminal = process.stderr.isTTY && !values.quiet
const say = (text) => onTerminal && process.stderr.write(`\r\x1b[K${text}`)

const machine = {
  node: process.version,
  processor: `${cpus().length} x ${cpus()[0].model}`,
  compiler: describeCompiler(),
  python: describePython(),
  rounds,
  started: new Date().toISOString()
}
const all = []
const failed = []
if (!values.json)
  console.log(
    Object.entries(machine)
      .map(([name, value]) => `${name}: ${value}`)
      .join('\n')
  )
for (const name of chosen) {
  const group = groups[name]
  for (const side of sizes ?? group.sizes) {
    try {
      const contests = await group.contests(side, frameCount ?? group.frames, { threads: threadCount })
      for (const contest of contests) {
        const rows = await compete({ ...contest, group: name }, rounds, say)
        say('')
        all.push(...rows)
        if (!values.json) console.log(`\n${formatRows(contest.title, rows)}`)
      }
    } catch (error) {
      // A command that fails here leaves the other groups their turn.
      failed.push(name)
      console.error(`${name}, ${side}: ${error.stderr || error.message}`)
    } finally {
      await group.end?.()
    }
  }
}

const judged = all.filter(({ met }) => met !== null)
const summary = {
  failed,
  bars: judged.length,
  met: judged.filter(({ met }) => met).length,
  missing: all.filter(({ missing }) => missing !== null).length
}
if (values.json) console.log(JSON.stringify({ schema: 'flatpanel.bench/1', machine, summary, rows: all }, null, 2))
else {
  console.log(`\nwho does what, and who allocates:\n${formatLegend(all)}`)
  console.log(`\n${summary.met} of ${summary.bars} bars met; ${summary.missing} rows without figures`)
}
if (failed.length > 0) process.exitCode = 1
