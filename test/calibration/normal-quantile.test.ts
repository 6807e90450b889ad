import t from 'tap'
import { normalQuantile } from '../../calibration/normal-quantile.js'
import { assertClose } from '../fixtures/assert-close.js'

t.test('quantiles of the normal distribution from tables', async (t) => {
  // Error of the rational approximation: below 4.5e-4.
  assertClose(t, [0.5, 0.75, 0.975, 0.999999, 0.025].map(normalQuantile), [0, 0.67449, 1.95996, 4.75342, -1.95996], 'z', { absolute: 4.6e-4 })
})
