/**
 * What frames leave behind, in a process of its own with --expose-gc and a young generation so large that nothing is collected meanwhile.
 * Arguments: `heap` (bytes allocated per frame), `growth` (bytes of resident memory over 100 000 frames) or `sites` (who allocates, for
 * people), case, side.
 */
import { Session } from 'node:inspector/promises'
import { createCalibration, createRandom, fillRaw } from '../panel.mjs'
import { ours } from '../ours.mjs'

const { createCorrector } = await ours('lib/index.js')
const [what, name, side] = process.argv.slice(2)

function createFrameLoop(side) {
  const uint16 = name.startsWith('uint16')
  const corrector = createCorrector(createCalibration(side, 0.01), { output: uint16 ? 'uint16' : 'float32' })
  const foreign = name.endsWith('foreign')
  if (!foreign && corrector.allocRaw === undefined) return null
  const count = side * side
  const raw = fillRaw(foreign ? new Uint16Array(count) : corrector.allocRaw(), createRandom(2))
  const options = { out: foreign ? new (uint16 ? Uint16Array : Float32Array)(count) : corrector.allocOutput() }
  let saturated = 0
  return (frames) => {
    for (let k = 0; k < frames; k++) {
      corrector.correct(raw, options)
      // as a user would: the facts are read
      saturated += corrector.last.saturated
    }
    return saturated
  }
}

function bytesInUse() {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/**
 * Bytes per frame, what the measurement itself allocates taken off; the median of several, since the compiler allocates too. Collected
 * once and long before: a collection that is forced makes the engine drop compiled code, and code that is not compiled allocates.
 */
function heapPerFrame(run) {
  const frames = 1000
  run(5000)
  globalThis.gc()
  run(15_000)
  const figures = []
  for (let k = 0; k < 7; k++) {
    const first = bytesInUse()
    run(0)
    const second = bytesInUse()
    run(frames)
    const third = bytesInUse()
    figures.push((third - second - (second - first)) / frames)
  }
  return figures.sort((a, b) => a - b)[3]
}

function growth(run) {
  run(20_000)
  globalThis.gc()
  const before = process.memoryUsage.rss()
  run(100_000)
  globalThis.gc()
  return process.memoryUsage.rss() - before
}

/** Bytes per frame of each place that allocates, the largest first. */
async function sites(run) {
  const frames = 1000
  run(8000)
  const session = new Session()
  session.connect()
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: 256,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true
  })
  run(frames)
  const { profile } = await session.post('HeapProfiler.stopSampling')
  const found = new Map()
  const walk = ({ callFrame: { functionName, url, lineNumber }, selfSize, children }) => {
    const place = `${functionName} ${url.split('/').slice(-2).join('/')}:${lineNumber + 1}`
    if (url.startsWith('file:') && selfSize > 0) found.set(place, (found.get(place) ?? 0) + selfSize / frames)
    children.forEach(walk)
  }
  walk(profile.head)
  return [...found].sort((a, b) => b[1] - a[1]).map(([place, bytes]) => `${bytes.toFixed(1).padStart(8)} B/frame  ${place}`)
}

const run = createFrameLoop(Number(side))
if (run === null) console.log(JSON.stringify({ missing: 'this build gives no buffers' }))
else if (what === 'sites') console.log((await sites(run)).join('\n'))
else {
  const figure = what === 'heap' ? heapPerFrame(run) : growth(run)
  console.log(JSON.stringify({ wall: figure, cpu: figure }))
}
