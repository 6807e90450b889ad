import t from 'tap'
import fc from 'fast-check'
import { orderStatistics } from '../../../lib/kernels/order-statistics.js'

t.test('gives what sorting gives, whatever the values', async () => {
  fc.assert(
    fc.property(fc.float32Array({ noNaN: true, minLength: 1, maxLength: 300 }), fc.array(fc.nat(), { maxLength: 5 }), (values, seeds) => {
      const ranks = seeds.map((seed) => seed % values.length)
      const sorted = [...values].sort((a, b) => a - b)
      const before = [...values]
      const found = orderStatistics(values, values.length, ranks)
      return found.every((value, k) => value === sorted[ranks[k]]) && before.every((value, i) => Object.is(value, values[i]))
    })
  )
})

t.test('values behind the count are not looked at', async (t) => {
  t.strictSame(orderStatistics(Float32Array.of(3, 1, 2, -9, NaN), 3, [0, 1, 2]), [1, 2, 3])
})

t.test('both zeros, both infinities, subnormal numbers', async (t) => {
  const values = Float32Array.of(Infinity, 0, -0, 1e-45, -1e-45, -Infinity)
  const tiny = Math.fround(1e-45)
  t.strictSame(orderStatistics(values, 6, [0, 1, 2, 3, 4, 5]), [-Infinity, -tiny, 0, 0, tiny, Infinity])
})

t.test('a million values of one bin, and one value alone', async (t) => {
  const close = Float32Array.from({ length: 1_000_003 }, (_, i) => 1 + ((i * 7919) % 1_000_003) * 2 ** -23)
  t.strictSame(orderStatistics(close, close.length, [0, 500_001, 1_000_002]), [1, 1 + 500_001 * 2 ** -23, 1 + 1_000_002 * 2 ** -23])
  t.strictSame(orderStatistics(Float32Array.of(7, 7, 7), 3, [1]), [7])
})
