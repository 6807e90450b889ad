import { availableParallelism } from 'node:os'
import t from 'tap'
import { openScanCorrector } from '../../../../lib/jobs/correct/open-scan-corrector.js'
import type { RawFrame } from '../../../../lib/frame/raw-frame.js'
import { madeCalibration } from '../../../fixtures/made-calibration.js'

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
      const corrector = openScanCorrector(calibration, { output: 'uint16', pedestal: 7 }, threads)
      t.equal(corrector.isShared, threads === 2 || (threads === undefined && isShared), `${count} pixels, threads ${threads}`)
      async function* raw(): AsyncGenerator<RawFrame> {
        for (const value of [300, 200]) yield { data: new Uint16Array(count).fill(value), shape }
      }
      // files side by side: each keeps its own order
      const both = [corrector.correct(raw()), corrector.correct(raw())].map(async (frames) => {
        const seen: number[] = []
        for await (const { data, facts } of frames) {
          t.ok(data.every((value) => value === data[0]))
          t.match(facts, { clamped: 0, saturated: 0, repaired: 0 })
          seen.push(data[0])
        }
        return seen
      })
      // (300 - 100) * 2 + 7, (200 - 100) * 2 + 7
      t.strictSame(await Promise.all(both), [
        [407, 207],
        [407, 207]
      ])
      await corrector.close()
    }
  }
})
