import t from 'tap'
import { divide } from '../../../../lib/kernels/map/divide.js'
import { createFiveScratch, mediansOfFive } from '../../../../lib/kernels/median/medians-of-five.js'
import { nextAbove } from '../../../../lib/kernels/map/next-above.js'
import { nextNonZero } from '../../../../lib/kernels/map/next-non-zero.js'
import { nextOutside } from '../../../../lib/kernels/map/next-outside.js'
import { gaussianSource } from '../../../fixtures/gaussian-source.js'

t.test('medians of five: equal sorting, for every sign and size', (t) => {
  const gauss = gaussianSource(5)
  for (const length of [1, 4, 5, 6, 400]) {
    const values = Float32Array.from(
      { length },
      () => [gauss(), 10 ** (9 * gauss()), 0, -0, Infinity, -Infinity, NaN][Math.floor(Math.min(6, Math.abs(3 * gauss())))]
    )
    const out = new Float32Array(length).fill(7)
    mediansOfFive(values, out, createFiveScratch(length))
    const expected = Array.from({ length: Math.max(0, length - 4) }, (_, i) => {
      const five = [...values.subarray(i, i + 5)]
      return five.some(Number.isNaN) ? NaN : Float32Array.from(five).sort()[2]
    })
    t.strictSame(
      [...out.subarray(0, expected.length)].findIndex((value, i) => !Object.is(value, expected[i])),
      -1,
      `${length} values`
    )
  }
  t.end()
})

t.test('what comes next: the places that one test after the other finds', (t) => {
  const gauss = gaussianSource(6)
  for (const length of [0, 1, 3, 8, 9, 500]) {
    const values = Float32Array.from({ length }, (_, i) => (i % 37 === 5 ? NaN : gauss()))
    const limits = Float32Array.from({ length }, () => Math.abs(gauss()))
    const counts = Uint16Array.from({ length }, () => Math.max(0, Math.round(gauss()) - 1))
    const all = (next: (from: number) => number): number[] => {
      const places: number[] = []
      for (let i = next(0); i < length; i = next(i + 1)) places.push(i)
      return places
    }
    const where = (test: (i: number) => boolean): number[] => [...values.keys()].filter(test)
    t.same(
      all((from) => nextAbove(values, limits, 1.5, from)),
      where((i) => values[i] > 1.5 * limits[i])
    )
    t.same(
      all((from) => nextOutside(values, -1.5, 1.2, from)),
      where((i) => !(values[i] >= -1.5 && values[i] <= 1.2))
    )
    t.same(
      all((from) => nextNonZero(counts, from)),
      where((i) => counts[i] !== 0)
    )
    t.equal(nextNonZero(new Uint8Array(20), 3, 17), 17)
    const ratios = new Float32Array(length).fill(7)
    divide(values, limits, ratios, 1, length)
    t.same(
      ratios,
      Float32Array.from(values, (value, i) => (i === 0 ? 7 : value / limits[i]))
    )
  }
  t.end()
})
