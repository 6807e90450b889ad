import fc from 'fast-check'
import t from 'tap'
import { tailsOfGood } from '../../../../lib/kernels/median/tails-of-good.js'
import { gaussianSource } from '../../../fixtures/gaussian-source.js'

/** By sorting. */
function tailsBySorting(values: Float32Array, excluded: Uint8Array, tail: number): [number, number] {
  const sorted = [...values].filter((value, i) => excluded[i] === 0 && Number.isFinite(value)).sort((a, b) => a - b)
  return [sorted[tail] + 0, sorted[sorted.length - 1 - tail] + 0]
}

t.test('gives what sorting gives, whatever the values', async () => {
  const value = fc.oneof(fc.float(), fc.constantFrom(NaN, Infinity, -Infinity, 0, -0, 5))
  fc.assert(
    fc.property(fc.array(fc.tuple(value, fc.constantFrom(0, 0, 1)), { minLength: 1, maxLength: 200 }), fc.nat(), (pixels, seed) => {
      const values = Float32Array.from(pixels, ([v]) => v)
      const excluded = Uint8Array.from(pixels, ([, e]) => e)
      const count = pixels.filter(([v, e]) => e === 0 && Number.isFinite(Math.fround(v))).length
      if (count === 0) return true
      const tail = seed % count
      const [low, high] = tailsOfGood(values, excluded, count, tail)
      const [least, most] = tailsBySorting(values, excluded, tail)
      return low === least && high === most
    })
  )
})

t.test('a map of many pixels, and one whose sample misleads', async (t) => {
  const gaussian = gaussianSource(3)
  const values = Float32Array.from({ length: 100_003 }, () => gaussian())
  const excluded = Uint8Array.from(values, (value) => Number(value > 3))
  const count = excluded.filter((value) => value === 0).length
  t.strictSame(tailsOfGood(values, excluded, count, 100), tailsBySorting(values, excluded, 100))
  // Every thirteenth value, which the sample takes, is far out; the others are not.
  const misleading = Float32Array.from({ length: 100_003 }, (_, i) => (i % 13 === 0 ? (i % 2 === 0 ? -1e9 : 1e9) - i : i))
  const none = new Uint8Array(100_003)
  t.strictSame(tailsOfGood(misleading, none, 100_003, 9_000), tailsBySorting(misleading, none, 9_000))
})
