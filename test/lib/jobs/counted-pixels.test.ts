import { join } from 'node:path'
import t from 'tap'
import { writeTiff } from '../../../lib/io/formats/tiff/write-tiff.js'
import { saveCalibration } from '../../../lib/io/save-calibration.js'
import { measureScan, verifyScan } from '../../../lib/jobs/index.js'
import { uniformityCommand } from '../../../lib/cli/commands/measure/uniformity.js'
import { BAD_PIXEL_BITS } from '../../../lib/maps/defect-flags.js'
import { madeCalibration } from '../../fixtures/made-calibration.js'

t.test('a flat in which 20 good pixels are not finite gives the same used pixels to every job', async (t) => {
  const folder = t.testdir()
  const shape = [125, 125] as const
  const count = shape[0] * shape[1]
  const bad = new Set(Array.from({ length: 30 }, (_, k) => 17 + 500 * k))
  const calibration = madeCalibration(shape, 1, {
    offset: { data: new Float32Array(count).fill(100), shape },
    gain: { data: new Float32Array(count).fill(1), shape, reference: 1000 },
    defects: { data: Uint32Array.from({ length: count }, (_, i) => (bad.has(i) ? 2 : 0)), shape }
  })
  t.equal([...calibration.defects.data].filter((flags) => (flags & BAD_PIXEL_BITS) !== 0).length, 30)
  const file = join(folder, 'SN1.nxs')
  await saveCalibration(file, calibration)
  const flat = Float32Array.from({ length: count }, (_, i) => 1100 + (i % 7))
  // 20 good pixels, and 5 of the bad ones, which count for nobody anyway
  const broken = [...Array.from({ length: 20 }, (_, k) => 101 + 700 * k), 17, 517, 1017, 1517, 2017]
  for (const [k, pixel] of broken.entries()) flat[pixel] = [NaN, Infinity, -Infinity][k % 3]
  await writeTiff(join(folder, 'flat.tif'), [{ data: flat, shape }])
  const flats = [join(folder, 'flat.tif')]

  const expected = count - 30 - 20
  const { figures } = (await verifyScan({ calibration: file, flats })).flats[0]
  t.equal(figures.find(({ name }) => name === 'usedPixels')?.value, expected, 'verify')
  const { document } = await measureScan(uniformityCommand, { calibration: file, frames: flats, settings: { tile: 1, border: 0 } })
  const [{ uniformity, shading, artefacts }] = document.frames as { uniformity: any; shading: any; artefacts: any }[]
  t.equal(uniformity.usedPixels, expected, 'measure uniformity')
  t.equal(uniformity.nonFinitePixels, 20)
  t.equal(shading.usedPixels, expected)
  t.equal(artefacts.usedPixels, expected)
  t.ok(document.warnings.includes('20 good pixels are not finite and were left out'))
})
