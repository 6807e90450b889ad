import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

/** The examples import the package by its own name, which leads to the build. */
const built = existsSync('dist/lib/index.js') ? {} : { skip: 'no build in dist/: npm run build' }

function run(name: string, ...words: string[]): { code: number | null; output: string; error: string } {
  const { NODE_OPTIONS: _, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, [join('examples', name), ...words], {
    encoding: 'utf8',
    env,
    timeout: 100_000
  })
  return { code: status, output: stdout, error: stderr }
}

t.test('every example is run here', async (t) => {
  t.strictSame(readdirSync('examples').sort(), ['acquisition-loop.mjs', 'qa-check.mjs', 'service-recalibration.mjs'])
})

t.test('acquisition: every frame comes to the reference, the calibration is swapped between two frames', built, async (t) => {
  const { code, output, error } = run('acquisition-loop.mjs')
  t.equal(code, 0, error)
  const reference = Number(/reference ([\d.]+) DN/.exec(output)?.[1])
  // Half of 14 bits: the flats that the simulator was asked for, within a few times its 0.5 % beam spread.
  t.ok(Math.abs(reference / 8191.5 - 1) < 0.02, `reference ${reference}`)
  const frames = [
    ...output.matchAll(
      /frame (\d+): generation (\d+), mean ([\d.]+) DN, sd [\d.]+ DN, rows [\d.]+, columns [\d.]+, 0 saturated, 0 not finite/g
    )
  ]
  t.strictSame(
    frames.map(([, index]) => Number(index)),
    Array.from({ length: 12 }, (_, i) => i)
  )
  const generations = frames.map(([, , generation]) => Number(generation))
  t.strictSame(new Set(generations.slice(0, 6)).size, 1, 'one generation before the swap')
  t.strictSame(new Set(generations.slice(6)).size, 1, 'one generation after it')
  t.equal(generations[6], generations[5] + 1)
  t.strictSame(
    [...output.matchAll(/frame (\d+): .* rows (\S+), .*; LOOK: row or column noise/g)].map(([, index]) => index),
    ['9'],
    'the frame with a disturbed row'
  )
  t.strictSame(
    frames.filter(([, , , mean]) => !(Math.abs(Number(mean) / reference - 1) < 0.03)),
    [],
    'corrected flats are at the reference'
  )
})

t.test('service: the pixel that died in between is the one that is reported', built, async (t) => {
  const { code, output, error } = run('service-recalibration.mjs')
  t.equal(code, 0, error)
  // A pixel that died deviates by 100 %; on 128 x 160 px, 1 / sqrt(20480) = 0.7 % pattern, above 0.3 of the noise of a frame (0.56 %).
  t.match(output, /the calibration is stale: true\n {2}gainPatternToTemporalRatio 1\.\d+, limit 0\.3\n {2}deviates: \[100, 120\]\n/)
  // The sd of 20 480 pixels is known to 1 / sqrt(40960) = 0.5 %, the noise of 12 flats to as little: 5 % is far beyond both.
  t.ok(Math.abs(Number(/over its prediction: ([\d.]+)/.exec(output)?.[1]) - 1) < 0.05)
  t.match(output, /kept the old calibration: true/)
  t.match(output, /bad pixels: 1 new, 0 healed, 1 as before/)
  t.strictSame(
    [...output.matchAll(/new defect at (.*)/g)].map(([, place]) => place),
    ['[100, 120]']
  )
  // The panel did not drift: what is left is the noise of two offset maps, far below one DN in the median.
  t.ok(Math.abs(Number(/offset drift (-?[\d.]+) DN/.exec(output)?.[1])) < 0.5)
})

t.test('quality assurance: the exit code follows the limits', built, async (t) => {
  const met = run('qa-check.mjs')
  t.equal(met.code, 0, met.error)
  t.match(met.output, /\npass: temporalNoiseRatio overall .*\nlimits met\nchart of noiseRatio over 22 days: no alarm\n/)
  const folder = t.testdir()
  const impossible = join(folder, 'limits.json')
  writeFileSync(impossible, JSON.stringify({ schema: 'flatpanel.limits/1', limits: { noiseRatio: { max: 0.5 } } }))
  const missed = run('qa-check.mjs', impossible)
  t.equal(missed.code, 4, missed.error)
  t.match(missed.output, /fail: noiseRatio overall/)
  const unknown = join(folder, 'unknown.json')
  writeFileSync(unknown, JSON.stringify({ schema: 'flatpanel.limits/1', limits: { beauty: { min: 1 } } }))
  const refused = run('qa-check.mjs', unknown)
  t.equal(refused.code, 1)
  t.match(refused.error, /beauty/)
})
