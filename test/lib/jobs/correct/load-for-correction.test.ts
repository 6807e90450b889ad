import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { saveCalibration } from '../../../../lib/io/save-calibration.js'
import { loadForCorrection } from '../../../../lib/jobs/correct/load-for-correction.js'
import { madeCalibration } from '../../../fixtures/made-calibration.js'

t.test('a large calibration is loaded by a thread: the same maps; what is wrong with it is said as ever', async (t) => {
  const shape = [40, 50] as const
  const count = shape[0] * shape[1]
  const map = (start: number) => ({ data: Float32Array.from({ length: count }, (_, i) => start + (i % 251)), shape })
  const calibration = madeCalibration(shape, 1, {
    offset: map(100),
    gain: { ...map(1), reference: 1000 },
    defects: { data: new Uint32Array(count), shape },
    offsetErrors: map(1),
    noise: map(2),
    gainErrors: map(3),
    flatSignal: map(1000),
    flatNoise: map(4)
  })
  const path = join(t.testdir(), 'large.nxs')
  await saveCalibration(path, calibration)
  const loaded = await loadForCorrection(path, 0)
  const here = await loadForCorrection(path)
  t.strictSame(loaded, here, 'as on the calling thread')
  t.ok(Buffer.from(loaded.offset.data.buffer).equals(Buffer.from(calibration.offset.data.buffer)))
  t.ok(Buffer.from(loaded.gain.data.buffer).equals(Buffer.from(calibration.gain.data.buffer)))
  t.equal(loaded.noise, null)
  t.notSame(loaded.offset.data, calibration.gain.data)
  t.strictSame(loaded.provenance.mode, calibration.provenance.mode)
  const bytes = await readFile(path)
  bytes[bytes.length >> 1] ^= 4
  await writeFile(path, bytes)
  await t.rejects(loadForCorrection(path, 0), { code: 'ERR_CHECKSUM' })
  await t.rejects(loadForCorrection(join(path, 'none'), 0), { code: 'ERR_IO' })
})
