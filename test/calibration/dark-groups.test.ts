import t from 'tap'
import { triageStack } from '../../calibration/index.js'
import { gaussianSource } from '../fixtures/gaussian-source.js'

const SHAPE = [24, 24] as const
const NOISE = 4

/** Darks of given levels; the noise of their pixels is 4 DN. */
function darksAt(levels: readonly number[], gauss: () => number) {
  return levels.map((level) => ({
    shape: SHAPE,
    data: Uint16Array.from({ length: SHAPE[0] * SHAPE[1] }, () => Math.max(0, Math.round(level + NOISE * gauss())))
  }))
}

// Levels that chance has put close together in pairs: among 10 000 stacks of 4 darks about 100 are like this.
t.test('few darks whose levels jitter are no groups', async (t) => {
  const gauss = gaussianSource(5)
  for (const levels of [
    [290, 290.2, 310, 310.3],
    [300, 330, 300.1, 330.4],
    [320, 320.1, 320.3, 300, 299],
    [300, 300.4, 321, 321.2, 340, 340.1]
  ]) {
    await t.resolves(triageStack(darksAt(levels, gauss), { role: 'dark', bits: 16 }), levels.join(', '))
  }
})

t.test('two modes are groups, few or many', async (t) => {
  const gauss = gaussianSource(6)
  for (const [each, gap] of [
    [2, 400],
    [3, 400],
    [8, 400],
    [8, 60]
  ]) {
    const levels = Array.from({ length: 2 * each }, (_, k) => 100 + (k % 2) * gap + 0.1 * gauss())
    await t.rejects(triageStack(darksAt(levels, gauss), { role: 'dark', bits: 16 }), { code: 'ERR_STACK', received: /groups/ })
  }
})
