import ndarray from 'ndarray'
import t from 'tap'
import { DEFECT_FLAGS } from '../../../../lib/maps/defect-flags.js'
import { measureLag } from '../../../../lib/quality/lag/measure-lag.js'
import { assertClose } from '../../../fixtures/assert-close.js'
import { gaussianSource } from '../../../fixtures/gaussian-source.js'
import type { Shape } from '../../../../lib/frame/shape.js'

const shape: Shape = [12, 15]
const size = 180
/** Published coefficients of an a-Si panel (four exponentials), b0 = 1: Hsieh 2000 as in a reconstruction toolkit's test. */
const A = [0.7055, 0.1141, 0.0212, 0.0033]
const B = [2.911e-3, 0.4454e-3, 0.0748e-3, 0.0042e-3]

/** What a panel shows for the exposures x_0, x_1, ...: y_k = x_k + sum over n of b_n S_n,k with S_n,k = x_k + exp(-a_n) S_n,k-1. */
function respond(exposures: number[], steady: number): number[] {
  const states = A.map((a) => steady / (1 - Math.exp(-a)))
  return exposures.map((x) => {
    for (let n = 0; n < 4; n++) states[n] = x + Math.exp(-A[n]) * states[n]
    return x + states.reduce((sum, state, n) => sum + B[n] * state, 0)
  })
}
const offset = { data: Float32Array.from({ length: size }, (_, i) => 900 + 7 * (i % 31)), shape }
/** Pixels of different response, so that map and mean are told apart. */
const response = (i: number): number => 1 + 0.1 * ((i % 3) - 1)
const frameOf = (y: number) => ({ data: Float32Array.from(offset.data, (dark, i) => dark + y * response(i)), shape })

t.test('the falling edge of a linear panel after a long exposure: its closed form', async (t) => {
  const steady = respond([30000, 30000, 30000], 30000)
  const decay = respond([30000, ...Array(600).fill(0)], 30000).slice(1)
  const lag = await measureLag(steady.map(frameOf), decay.map(frameOf), offset, null, { frameTimeMs: 100 })
  // DC gain 1.014722581; lag(k) = sum b exp(-a k) / (1 - exp(-a)) / G, printed to seven digits. float32 frames: 4e-3 of 30 000 DN.
  const closed = (k: number): number => A.reduce((sum, a, n) => sum + (B[n] * Math.exp(-a * k)) / (1 - Math.exp(-a)), 0) / 1.014722581
  const lags = lag.curve.map((point) => point.lagPercent! / 100)
  assertClose(t, lags.slice(0, 5), [0.0111234, 0.0092387, 0.0081149, 0.0073844, 0.0068638], 'frames 1 to 5', { absolute: 1e-7 })
  assertClose(t, [lags[9], lags[49], lags[99]], [0.0053638, 0.0022963, 0.0013251], 'frames 10, 50, 100', { absolute: 1e-7 })
  assertClose(
    t,
    lags,
    lags.map((_, at) => closed(at + 1)),
    'every frame',
    { absolute: 2e-7 }
  )
  t.equal(lag.firstFrameLagPercent, lag.globalLag1FramePercent)
  t.equal(lag.secondFrameLagPercent, lag.curve[1].lagPercent)
  t.equal(lag.globalLag1SecondPercent, lag.curve[9].lagPercent)
  t.equal(lag.globalLag60SecondsPercent, lag.curve[599].lagPercent)
  assertClose(t, [lag.exposedDn!], [30000 * 1.014722581], 'level', { relative: 1e-6 })
  t.strictSame([lag.exposedFrames, lag.decayFrames, lag.usedPixels, lag.curve[14].timeMs], [3, 600, size, 1500])
  t.strictSame(lag.unknown, { pixelsOverLimit: 'the preset states no limits' })
  // Every pixel lags alike, whatever its response.
  assertClose(t, lag.lagMapPercent!.data, Array(size).fill(1.11234), 'map', { absolute: 1e-4 })
  t.equal(lag.persistentPixels, 0)
  // 1 s between frames 3 and 4 of 300 ms: a third of the way.
  const slow = await measureLag(steady.map(frameOf), decay.slice(0, 9).map(frameOf), offset, null, { frameTimeMs: 300 })
  assertClose(t, [slow.globalLag1SecondPercent!], [(200 * lags[2] + 100 * lags[3]) / 3], 'interpolated', { relative: 1e-12 })
  t.equal(slow.unknown.globalLag60SecondsPercent, 'the decay frames end at 2700 ms')
  const exact = await measureLag(steady.map(frameOf), decay.slice(0, 15).map(frameOf), offset, null, { frameTimeMs: 1000 / 15 })
  t.equal(exact.globalLag1SecondPercent, exact.curve[14].lagPercent, 'the last frame, though 15 x 66.67 is not 1000')
})

t.test('a pulse of one frame, from a generator that reuses its buffer, and from ndarrays', async (t) => {
  const [pulse, ...decay] = respond([30000, 0, 0, 0, 0, 0], 0)
  const data = new Float32Array(size)
  async function* stream() {
    for (const y of decay) {
      data.set(frameOf(y).data)
      yield { data, shape }
    }
    data.fill(-1)
  }
  const lag = await measureLag([ndarray(frameOf(pulse).data, [12, 15])], stream(), offset, null)
  const published = [0.00190587, 0.00113648, 0.00073874, 0.00052641, 0.00040729]
  // float32 at 1000 DN: 6e-5 DN of 30 000; printed to eight digits.
  assertClose(
    t,
    lag.curve.map((point) => point.lagPercent! / 100),
    published,
    'frames 1 to 5',
    { absolute: 1.2e-8 }
  )
  t.match(lag.unknown, { exposedUncertaintyDn: /one exposed frame/, globalLag1SecondPercent: 'the frame time is unknown' })
  t.equal(lag.curve[0].timeMs, null)
})

t.test('pixels that persist, and pixels beyond the limits of a vendor', async (t) => {
  const normal = gaussianSource(7)
  const area: Shape = [64, 64]
  const dark = { data: Float32Array.from({ length: 4096 }, () => 1000), shape: area }
  // Residual of the surroundings 600 and 400 DN (2 and 1.3 % of 30 000), noise 5 DN.
  const planted: Record<number, [number, number]> = {
    [10 * 64 + 10]: [1300, 400], // 2.17 x: persists
    [10 * 64 + 30]: [1100, 400], // 1.83 x
    [30 * 64 + 10]: [250, 400], // 0.42 x: persists
    [30 * 64 + 30]: [3200, 1100], // over 8 % and 10 %
    [30 * 64 + 50]: [2700, 1100], // over 8 % only
    [50 * 64 + 10]: [2000, 1400], // 6.7 %, then 4.7 %: over 4 %
    [50 * 64 + 30]: [2000, 1600], // 5.3 %: over 5 % too
    [50 * 64 + 50]: [20000, 20000] // known as bad
  }
  const draw = (value: (i: number) => number) => ({
    data: Uint16Array.from({ length: 4096 }, (_, i) => Math.round(value(i) + 5 * normal())),
    shape: area
  })
  const exposed = [draw(() => 31000), draw(() => 31000)]
  const decay = [0, 1].map((at) => draw((i) => 1000 + (planted[i]?.[at] ?? [600, 400][at])))
  const defects = { data: new Uint32Array(4096), shape: area }
  defects.data[50 * 64 + 50] = DEFECT_FLAGS.noisy
  const noisy = { noiseDn: 5 }
  const standard = await measureLag(exposed, decay, dark, defects, noisy)
  t.strictSame([standard.persistentPixels, standard.untestedPixels, standard.limits, standard.defectivePixels], [6, 0, null, 1])
  t.equal(standard.lagMapPercent!.data[50 * 64 + 50], 0, 'a bad pixel has no lag')
  assertClose(t, [standard.lagMapPercent!.data[30 * 64 + 30]], [(100 * 3200) / 30000], 'map', { absolute: 0.1 })
  t.equal((await measureLag(exposed, decay, dark, defects, { ...noisy, preset: 'xrd1621' })).pixelsOverLimit, 4)
  const csi = await measureLag(exposed, decay, dark, defects, { ...noisy, preset: 'xrd1621-csi', frameTimeMs: 2000 })
  t.strictSame([csi.pixelsOverLimit, csi.warnings], [2, []])
  t.equal(csi.unknown.globalLag1SecondPercent, 'the first frame ends at 2000 ms')
  t.match((await measureLag(exposed, decay, dark, defects, { preset: 'xrd1621', frameTimeMs: 100 })).warnings, [
    /^frames of 100 ms; the limits hold for irradiated at about 30 000 DN, frames of 2 s$/
  ])
  // Residual 12 DN with noise of 5: no ratio can be judged.
  const faint = await measureLag(exposed, [draw(() => 1012), draw(() => 1012)], dark, defects)
  t.strictSame([faint.persistentPixels, faint.untestedPixels], [0, 4095])
  // Noise from the pair: 4095 differences, se 1.8 %; rounding adds 1/12.
  assertClose(t, [faint.noiseDn!], [Math.sqrt(25 + 1 / 12)], 'noise of a pixel', { absolute: 0.4 })
  // Surroundings of 40 DN: by chance, 80 or 20 DN are 8 and 4 sigma away; 4 sigma are not enough.
  const dim = await measureLag(exposed, [draw((i) => 1040 + (i === 700 ? 90 : 0))], dark, defects, noisy)
  t.strictSame([dim.persistentPixels, dim.untestedPixels], [1, 0])
  t.equal(dim.unknown.secondFrameLagPercent, 'there is one decay frame')
  t.equal(
    (await measureLag(exposed, [draw(() => 1040)], dark, null, { preset: 'xrd1621' })).unknown.pixelsOverLimit,
    'there is no second decay frame'
  )
})

t.test('the uncertainty covers pixel noise, flickering frames and an unsteady exposure', async (t) => {
  const normal = gaussianSource(13)
  const small: Shape = [8, 8]
  const dark = { data: new Float32Array(64), shape: small }
  const draw = (level: number, flicker: number) => {
    const common = flicker * normal()
    return { data: Float32Array.from({ length: 64 }, () => level + common + 4 * normal()), shape: small }
  }
  const trials = 80
  for (const [flicker, beam] of [
    [0, 0],
    [3, 0],
    [0, 200]
  ]) {
    let squares = 0
    for (let trial = 0; trial < trials; trial++) {
      const exposed = Array.from({ length: 10 }, () => draw(1000, beam))
      const decay = Array.from({ length: 40 }, (_, k) => draw(200 / (k + 1), flicker))
      const { curve } = await measureLag(exposed, decay, dark, null)
      squares += ((curve[0].lagPercent! - 20) / curve[0].uncertaintyPercent!) ** 2
    }
    // Mean square of z: 1 with se sqrt(2 / 80) = 16 %; spread of the estimated sds adds up to 30 % (ten exposed frames: t of 9 degrees,
    // whose variance is 9 / 7), and the larger of two noises less a few. Four se.
    t.ok(squares / trials > 0.4 && squares / trials < 2.1, `flicker ${flicker}, beam ${beam}: mean square z ${squares / trials}`)
  }
})

t.test('without signal, pixels, frames or sense: null with a reason, or refused', async (t) => {
  const bright = [frameOf(1000)]
  const inverted = await measureLag([frameOf(-5)], bright, offset, null)
  t.match(inverted, {
    firstFrameLagPercent: null,
    lagMapPercent: null,
    persistentPixels: null,
    unknown: {
      firstFrameLagPercent: 'the exposed level is not above the offset',
      persistentPixels: /not above/,
      lagMapPercent: /not above/
    }
  })
  t.ok(inverted.exposedDn! < 0)
  const nothing = { data: new Float32Array(size).fill(NaN), shape }
  t.match(await measureLag([nothing], bright, offset, null), {
    exposedDn: null,
    curve: [{ lagPercent: null }],
    unknown: { exposedDn: /no pixel is good/ }
  })
  const gap = await measureLag(bright, [nothing, ...bright], offset, null, { frameTimeMs: 1000, preset: 'xrd1621' })
  t.match(gap, {
    firstFrameLagPercent: null,
    noiseDn: null,
    persistentPixels: null,
    unknown: {
      globalLag1FramePercent: 'the frame has no good pixel',
      globalLag1SecondPercent: 'the frame has no good pixel',
      noiseDn: 'no good pixel',
      persistentPixels: 'no good pixel'
    }
  })
  t.equal(gap.curve[1].lagPercent, 100)
  const one = frameOf(1000)
  one.data[3] = NaN
  t.equal((await measureLag([one, ...bright], [one], offset, null)).lagMapPercent!.data[3], 0)
  await t.rejects(measureLag([], bright, offset, null), {
    code: 'ERR_STACK',
    message: /^exposed frames: expected at least one frame, received none/
  })
  await t.rejects(measureLag(bright, [], offset, null), { code: 'ERR_STACK', message: /^decay frames: expected at least one frame/ })
  for (const source of [null, 7, new Uint16Array(4)]) {
    await t.rejects(measureLag(source as any, bright, offset, null), {
      code: 'ERR_STACK',
      message: /^exposed frames: expected an array or another source of frames/
    })
  }
  await t.rejects(measureLag(bright, [{ data: new Uint16Array(4), shape: [2, 2] }], offset, null), {
    code: 'ERR_SHAPE',
    message: /^decay frames, frame 0/
  })
  await t.rejects(measureLag(bright, bright, offset, null, { preset: 'toString' as any }), {
    code: 'ERR_OPTION',
    message: 'option "preset": expected e2597, xrd1621, xrd1621-csi, received toString'
  })
  await t.rejects(measureLag(bright, bright, offset, null, { frameTimeMs: 0 }), { code: 'ERR_OPTION', message: /^option "frameTimeMs"/ })
})
