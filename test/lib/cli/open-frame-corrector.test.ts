import { availableParallelism } from 'node:os'
import t from 'tap'
import { openFrameCorrector } from '../../../lib/cli/open-frame-corrector.js'
import { openKernels } from '../../../lib/kernels/simd/open-kernels.js'
import { madeCalibration } from '../../fixtures/made-calibration.js'

t.test('small frames on one thread, large ones on as many as there are cores, with one result', async (t) => {
  for (const [shape, isShared] of [
    [[10, 20], false],
    [[1000, 2000], availableParallelism() > 1]
  ] as const) {
    const count = shape[0] * shape[1]
    const calibration = madeCalibration(shape, 1, {
      offset: { data: new Float32Array(count).fill(100), shape },
      gain: { data: new Float32Array(count).fill(2), shape, reference: 1000 },
      defects: { data: new Uint32Array(count), shape }
    })
    for (const threads of [undefined, 1, 2]) {
      const corrector = openFrameCorrector(calibration, { output: 'uint16', pedestal: 7 }, threads)
      const facts = await corrector.correct({ data: new Uint16Array(count).fill(300), shape })
      // (300 - 100) * 2 + 7
      t.ok(
        corrector.out.data.every((value) => value === 407),
        `${count} pixels, threads ${threads}`
      )
      t.match(facts, { clamped: 0, saturated: 0, repaired: 0 })
      await corrector.close()
      if (threads === 1 || !openKernels()) continue
      const afterwards = corrector.correct({ data: new Uint16Array(count).fill(300), shape })
      // only a pool has threads that end
      if (threads === 2 || isShared) await t.rejects(afterwards, { code: 'ERR_OPTION', message: /correction pool/ })
      else await t.resolves(afterwards)
    }
  }
})
