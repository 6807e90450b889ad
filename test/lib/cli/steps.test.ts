import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { writeTiff } from '../../../lib/io/formats/tiff/write-tiff.js'
import { loadCalibration } from '../../../lib/io/load-calibration.js'
import { readFrames } from '../../../lib/io/read-frames.js'
import { saveCalibration } from '../../../lib/io/save-calibration.js'
import { createVirtualDetector } from '../../../lib/simulation/create-virtual-detector.js'
import { madeCalibration } from '../../fixtures/made-calibration.js'
import { runCommand } from '../../fixtures/run-command.js'
import { writeStack } from '../../fixtures/write-stacks.js'

const shape = [64, 96] as const
const count = shape[0] * shape[1]
const map = (value: number) => ({ data: new Float32Array(count).fill(value), shape })

async function valuesOf(path: string): Promise<ArrayLike<number>> {
  for await (const { data } of readFrames([path])) return data
  throw new Error(`no frame in ${path}`)
}

t.test('correct --beam-region brings every frame to the reference of the calibration', async (t) => {
  const folder = t.testdir({ raw: {} })
  const at = (name: string): string => join(folder, name)
  const calibration = madeCalibration(shape, 1, {
    offset: map(100),
    gain: { ...map(1), reference: 1000 },
    defects: { data: new Uint32Array(count), shape }
  })
  await saveCalibration(at('S.nxs'), { ...calibration, serialNumber: null })
  // air of 1000, 800 and 1250 DN: factors 1, 1.25 and 0.8; an object of half the signal in columns 64 to 95
  const levels = [1000, 800, 1250]
  for (const [k, level] of levels.entries()) {
    const data = Uint16Array.from({ length: count }, (_, i) => 100 + (i % 96 < 64 ? level : level / 2))
    await writeTiff(at(`raw/${k}.tif`), [{ data, shape }])
  }
  const correct = (raw: string, out: string, ...more: string[]) =>
    runCommand(['correct', at(raw), '--calibration', at('S.nxs'), '--out', at(out), '--json', ...more])

  for (const [k, level] of levels.entries()) {
    // one at a time: beams that differ by more than 5 % from those before are refused, as the last part shows
    const { code, stdout, stderr } = await correct(`raw/${k}.tif`, `out${k}`, '--beam-region', '0:32,0:64', '--beam-region', '32:64,0:32')
    t.equal(code, 0, stderr)
    const values = await valuesOf(at(`out${k}/${k}.tif`))
    t.ok(
      Math.abs(values[0] - 1000) < 1e-3 && Math.abs(values[95] - 500) < 1e-3,
      `air of ${level} DN: ${values[0]}, behind the object ${values[95]}`
    )
    const [least, most] = JSON.parse(stdout).files[0].beamFactors
    t.ok(Math.abs(least - 1000 / level) < 1e-6 && least === most, `factor ${least}`)
  }

  t.test('both forms of a region, and regions that cannot be', async (t) => {
    t.equal((await correct('raw/1.tif', 'sides', '--beam-region', '0,0,32,64')).code, 0, 'first row, first column, rows, columns')
    t.same(await valuesOf(at('sides/1.tif')), await valuesOf(at('out1/1.tif')))
    t.equal((await correct('raw/1.tif', 'none', '--beam-region', '0:32,0:97')).code, 3, 'outside the panel')
    t.equal((await correct('raw/1.tif', 'none', '--beam-region', '32:0,0:64')).code, 2)
    t.equal((await correct('raw/1.tif', 'none', '--beam-on-object', 'previous')).code, 2, 'without a region')
  })

  t.test('something in the region: refused with exit 3, or the factor of the frame before', async (t) => {
    const over = ['--beam-region', '0:64,0:96']
    const refused = await correct('raw/0.tif', 'object', ...over)
    t.equal(refused.code, 3)
    t.match(JSON.parse(refused.stdout).error, { code: 'ERR_MODE' })
    t.equal((await correct('raw/0.tif', 'object', ...over, '--beam-on-object', 'previous')).code, 3, 'there is no frame before')
    const previous = await correct('raw', 'previous', '--beam-region', '0:64,0:64', '--beam-on-object', 'previous')
    t.equal(previous.code, 0, previous.stderr)
    // 800 DN after 1000 DN is a change of 25 %: the factor of the first frame, 1, is used
    t.ok(Math.abs((await valuesOf(at('previous/1.tif')))[0] - 800) < 1e-3)
  })
})

t.test('calibrate --reference-columns: the level of each row is in the file, and correct takes it off', async (t) => {
  const folder = t.testdir()
  const at = (name: string): string => join(folder, name)
  const panel = createVirtualDetector({ rows: 128, cols: 160, seed: 5, bits: 14, defects: 'none', rowNoise: 20, shielded: [[0, 32]] })
  await writeStack(at('darks'), 'd', panel.darks(12))
  await writeStack(at('flats'), 'f', panel.flats(12, { level: 0.4, session: 1 }))
  await writeStack(at('more'), 'd', panel.darks(1))
  const calibrate = (out: string, ...more: string[]) =>
    runCommand(['calibrate', '--dark', at('darks'), '--flat', at('flats'), '--out', at(out), '--bits', '14', '--json', ...more])
  const made = await calibrate('S.nxs', '--reference-columns', '0:32')
  t.equal(made.code, 0, made.stderr)
  t.match((await loadCalibration(at('S.nxs'))).corrections?.rowReference, { columns: [[0, 32]] })
  t.equal((await calibrate('X.nxs', '--reference-columns', '32:0')).code, 2)
  t.equal((await calibrate('X.nxs', '--reference-columns', '0:161')).code, 2, 'outside the panel')

  t.equal((await runCommand(['correct', at('more'), '--calibration', at('S.nxs'), '--out', at('out')])).code, 0)
  const values = await valuesOf(at('out/d-1.tif'))
  const means = Array.from({ length: 128 }, (_, row) => {
    let sum = 0
    for (let col = 32; col < 160; col++) sum += values[row * 160 + col]
    return sum / 128
  })
  const sd = Math.sqrt(means.reduce((sum, mean) => sum + mean * mean, 0) / means.length)
  // rows of 20 DN; what is left is the noise of 24 of 32 reference pixels, of the offset map and of the row itself: about 2 DN
  t.ok(sd < 4, `rows differ by ${sd.toFixed(2)} DN, of 20`)

  t.test('inspect --header says so at once, and that the maps were not verified', async (t) => {
    const { code, stdout } = await runCommand(['inspect', at('S.nxs'), '--header', '--json'])
    t.equal(code, 0)
    t.match(JSON.parse(stdout).header, { requiredSteps: ['row-reference'], shape: [128, 160], mapsVerified: false })
    const bytes = await readFile(at('S.nxs'))
    bytes[bytes.length >> 1] ^= 1
    await writeFile(at('flipped.nxs'), bytes)
    t.equal((await runCommand(['inspect', at('flipped.nxs'), '--header'])).code, 0, 'a map that changed is not seen')
    t.equal((await runCommand(['inspect', at('flipped.nxs')])).code, 3, 'here it is')
    bytes[bytes.length - 200] ^= 1
    await writeFile(at('flipped.nxs'), bytes)
    t.equal((await runCommand(['inspect', at('flipped.nxs'), '--header'])).code, 3, 'a header that changed is seen')
  })
})

t.test('calibrate --field: flats of which a part is not irradiated are refused, or that part is flagged', async (t) => {
  const folder = t.testdir({ flats: {} })
  const at = (name: string): string => join(folder, name)
  const panel = createVirtualDetector({ rows: 128, cols: 160, seed: 6, bits: 14, defects: 'none' })
  await writeStack(at('darks'), 'd', panel.darks(10))
  let index = 0
  for await (const { data, shape } of panel.flats(10, { level: 0.4, session: 1 })) {
    // behind the blade in columns 120 to 159 only 8 % of scatter arrives
    const shaded = Uint16Array.from(data, (value, i) => (i % 160 < 120 ? value : 300 + 0.08 * (value - 300)))
    await writeTiff(at(`flats/${index++}.tif`), [{ data: shaded, shape }])
  }
  const calibrate = (...more: string[]) =>
    runCommand(['calibrate', '--dark', at('darks'), '--flat', at('flats'), '--out', at('S.nxs'), '--bits', '14', '--json', ...more])
  const refused = await calibrate()
  t.equal(refused.code, 3)
  t.match(JSON.parse(refused.stdout).error, { code: 'ERR_STACK', message: /of-view/ })
  t.equal((await calibrate('--field', 'whole')).code, 3, 'the default')
  const taken = await calibrate('--field', 'of-view')
  t.equal(taken.code, 0, taken.stderr)
  const flagged = JSON.parse(taken.stdout).summary.defects.classes.unexposed
  // 40 of 160 columns, whose edge may be found a pixel off
  t.ok(Math.abs(flagged - 40 * 128) <= 128, `${flagged} pixels of ${40 * 128}`)
})
