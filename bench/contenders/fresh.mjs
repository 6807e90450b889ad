/**
 * What a fresh process costs; prints one line `{ wall, cpu }` in ns. Arguments: what, side.
 * `empty`: until this file runs; `import`: until the package is there; `first-frame`: the first call of `correct` alone.
 */
const [what, side] = process.argv.slice(2)

function sinceStart() {
  const { user, system } = process.cpuUsage()
  return { wall: performance.now() * 1e6, cpu: (user + system) * 1000 }
}

async function firstFrame(side, ownBuffers) {
  const { ours } = await import('../ours.mjs')
  const { createCalibration, createRandom, fillRaw } = await import('../panel.mjs')
  const { createCorrector } = await ours('lib/index.js')
  const corrector = createCorrector(createCalibration(side))
  const own = ownBuffers && corrector.allocRaw !== undefined
  const raw = fillRaw(own ? corrector.allocRaw() : new Uint16Array(side * side), createRandom(2))
  const out = (own ? corrector.allocOutput() : new Float32Array(side * side)).fill(1)
  const before = process.cpuUsage()
  const start = process.hrtime.bigint()
  corrector.correct(raw, { out })
  const wall = Number(process.hrtime.bigint() - start)
  const { user, system } = process.cpuUsage(before)
  return { wall, cpu: (user + system) * 1000 }
}

if (what === 'import') {
  const { ours } = await import('../ours.mjs')
  await ours('lib/index.js')
}
if (what === 'empty') await import('../ours.mjs')
console.log(JSON.stringify(what.startsWith('first-frame') ? await firstFrame(Number(side), what === 'first-frame') : sinceStart()))
