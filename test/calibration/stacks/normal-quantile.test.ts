import t from 'tap'
import { normalQuantile } from '../../../calibration/stacks/normal-quantile.js'
import { assertClose } from '../../fixtures/assert-close.js'

t.test('quantiles of the normal distribution from tables', async (t) => {
  // The tables have six digits.
  assertClose(t, [0.5, 0.75, 0.975, 0.999999, 0.025].map(normalQuantile), [0, 0.67449, 1.95996, 4.75342, -1.95996], 'z', { absolute: 6e-6 })
})
