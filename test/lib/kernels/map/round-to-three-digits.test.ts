import t from 'tap'
import { threeDigits } from '../../../fixtures/three-digits.js'
import { roundToThreeDigits } from '../../../../lib/kernels/map/round-to-three-digits.js'

t.test('as the definition has it, for every exponent and both signs', async (t) => {
  const values: number[] = [0, -0, 1, 1.00048828125, 1.00146484375, 2047.5, 2048.5, 5e-39, 1e-45]
  let state = 1
  const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32
  for (let exponent = -140; exponent < 127; exponent++) {
    for (let turn = 0; turn < 40; turn++) values.push(Math.fround((random() + 1) * 2 ** exponent * (turn % 2 === 0 ? 1 : -1)))
  }
  const data = Float32Array.from(values)
  const expected = Float32Array.from(data, threeDigits)
  roundToThreeDigits(data)
  t.equal(
    data.findIndex((value, i) => !Object.is(value, expected[i])),
    -1
  )
  t.notOk(
    data.some((value, i) => Math.abs(value - values[i]) > Math.abs(values[i]) / 2048 + 2 ** -137),
    'three digits'
  )
})

t.test('what is not finite, and what would not be, stays', async (t) => {
  const data = Float32Array.of(Infinity, -Infinity, NaN, 3.4028234663852886e38, -3.4028234663852886e38)
  const before = data.slice()
  roundToThreeDigits(data)
  t.strictSame(data, before)
})
