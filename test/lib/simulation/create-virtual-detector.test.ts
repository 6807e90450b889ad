import t from 'tap'
import { createVirtualDetector } from '../../../lib/simulation/index.js'
import { assertClose } from '../../fixtures/assert-close.js'
import type { VirtualDetectorOptions, VirtualFrame } from '../../../lib/simulation/index.js'

/** Standard errors allowed; seeds are fixed, so a pass stays a pass. */
const Z = 5

/** An even panel: no pattern, no defects, constant beam. */
const EVEN: VirtualDetectorOptions = Object.freeze({
  ...{ defects: 'none', dsnu: 0, columnOffset: 0, chipOffset: 0, prnu: 0, chipGain: 0, shading: 0, heel: 0, beamSpread: 0 },
  columnNoiseSpread: 0
} as const)

/** Mean and variance (ddof 1) over the frames, pixel by pixel. */
function momentsOf(frames: Iterable<VirtualFrame>): { mean: Float64Array; variance: Float64Array; count: number } {
  let [mean, squares] = [new Float64Array(0), new Float64Array(0)]
  let count = 0
  for (const { data } of frames) {
    if (count === 0) [mean, squares] = [new Float64Array(data.length), new Float64Array(data.length)]
    count++
    for (let i = 0; i < data.length; i++) {
      const delta = data[i] - mean[i]
      mean[i] += delta / count
      squares[i] += delta * (data[i] - mean[i])
    }
  }
  return { mean, variance: squares.map((sum) => sum / (count - 1)), count }
}

function average(values: ArrayLike<number>, take: (i: number) => boolean = () => true): number {
  let [sum, count] = [0, 0]
  for (let i = 0; i < values.length; i++) {
    if (!take(i)) continue
    sum += values[i]
    count++
  }
  return sum / count
}

function sdOf(values: ArrayLike<number>): number {
  const mean = average(values)
  return Math.sqrt((average(Array.from(values, (value) => (value - mean) ** 2)) * values.length) / (values.length - 1))
}

t.test('defaults and what a frame carries', async (t) => {
  const detector = createVirtualDetector()
  t.strictSame(detector.shape, [256, 256])
  t.equal(detector.saturation, 16383)
  t.equal(detector.serialNumber, 'SIM-1')
  const frames = [...detector.darks(2)]
  t.equal(frames.length, 2)
  t.ok(frames[1].data instanceof Uint16Array)
  t.strictSame(frames[1].shape, [256, 256])
  t.strictSame(frames[1].info, { name: 'dark 1', serialNumber: 'SIM-1' })
  t.equal([...detector.flats(1)][0].info?.name, 'flat 0')
  t.equal(detector.expose(1, { index: 4 }).info?.name, 'exposure 4')
  t.strictSame([...detector.darks(0)], [])
  t.equal(createVirtualDetector({ rows: 4, cols: 5, bits: 16 }).saturation, 65535)
  t.equal(createVirtualDetector({ rows: 4, cols: 5, serialNumber: 'X' }).serialNumber, 'X')
  t.ok(detector.truth.planted.length > 40, 'the standard defects are planted')
})

t.test('the same frame has the same bits, whenever it is asked for', async (t) => {
  const options = { rows: 70, cols: 90, seed: 42 }
  const detector = createVirtualDetector(options)
  const other = createVirtualDetector(options)
  const bits = (frames: Iterable<VirtualFrame>): string[] => Array.from(frames, (frame) => frame.data.join())
  const flats = detector.flats(4)
  const first = bits(flats)
  t.strictSame(bits(flats), first, 'again from the same source')
  t.strictSame(bits(detector.flats(3)), first.slice(0, 3), 'from a shorter stack')
  t.equal(other.expose(0.3, { index: 2 }).data.join(), detector.expose(0.3, { index: 2 }).data.join(), 'exposures')
  t.strictSame(bits(other.flats(4)), first, 'from another detector of the same seed, after other frames')
  t.strictSame(bits(detector.darks(2)), bits(other.darks(2)))
  // Two iterators in step do not disturb each other.
  const [a, b] = [flats[Symbol.iterator](), detector.darks(4)[Symbol.iterator]()]
  const mixed = [0, 1, 2].map(() => (b.next(), (a.next().value as VirtualFrame).data.join()))
  t.strictSame(mixed, first.slice(0, 3), 'interleaved')

  const all = [first, bits(detector.flats(4, { session: 1 })), bits(detector.flats(4, { level: 0.25 })), bits(detector.darks(4))]
  all.push(bits(detector.darks(4, { session: 1 })), bits(createVirtualDetector({ ...options, seed: 43 }).flats(4)))
  t.equal(new Set(all.flat()).size, 24, 'every other seed, kind, session, level and index gives other bits')
  const maps = createVirtualDetector({ ...options, seed: 43 }).truth
  t.not(maps.offset.join(), detector.truth.offset.join(), 'another seed is another panel')
  t.not(maps.defects.data.join(), detector.truth.defects.data.join(), 'with other defects')
})

t.test('two frames of one stack, and two levels, are independent', async (t) => {
  const detector = createVirtualDetector({ ...EVEN, rows: 200, cols: 200 })
  const [a, b, c] = [...detector.flats(2), ...detector.flats(1, { level: 0.25 })].map(({ data }) => {
    const mean = average(data)
    return Float64Array.from(data, (value) => value - mean)
  })
  const correlation = (x: Float64Array, y: Float64Array) => average(x.map((value, i) => value * y[i])) / sdOf(x) / sdOf(y)
  // The correlation of n independent pairs has sd 1/sqrt(n) = 0.005.
  for (const r of [
    correlation(a, b),
    correlation(a, c),
    correlation(
      a,
      a.map((_, i) => a[(i + 1) % a.length])
    )
  ]) {
    t.ok(Math.abs(r) < Z * 0.005, `correlation ${r}`)
  }
})

t.test('darks: mean level, variance noise^2 + 1/12', async (t) => {
  for (const electronicNoise of [1.5, 6]) {
    const detector = createVirtualDetector({ ...EVEN, rows: 64, cols: 64, offsetLevel: 300.3, electronicNoise })
    const { mean, variance, count } = momentsOf(detector.darks(200))
    const pixels = mean.length
    const expected = electronicNoise ** 2 + 1 / 12
    // Mean of n samples: sd sigma/sqrt(n); mean of variances: sigma^2 sqrt(2/(n - pixels)).
    t.ok(Math.abs(average(mean) - 300.3) < Z * Math.sqrt(expected / pixels / count), `mean ${average(mean)}`)
    t.ok(Math.abs(average(variance) / expected - 1) < Z * Math.sqrt(2 / pixels / (count - 1)), `variance ${average(variance)}`)
    assertClose(t, detector.truth.noise, new Float32Array(pixels).fill(Math.sqrt(expected)), 'truth.noise', { relative: 1e-6 })
  }
})

t.test('each pixel of the darks has its own true mean and sd', async (t) => {
  const detector = createVirtualDetector({ rows: 64, cols: 96, chip: 24, defects: 'none', electronicNoise: 3 })
  const { mean, variance, count } = momentsOf(detector.darks(400))
  const { offset, noise } = detector.truth
  // Standardised deviations have mean square 1; over n pixels its sd is sqrt(2/n).
  const pixels = mean.length
  const square = average(mean.map((value, i) => ((value - offset[i]) / noise[i]) ** 2 * count))
  t.ok(Math.abs(square - 1) < Z * Math.sqrt(2 / pixels), `means: ${square}`)
  const ratio = average(variance.map((value, i) => value / noise[i] ** 2))
  t.ok(Math.abs(ratio - 1) < Z * Math.sqrt(2 / pixels / count), `variances: ${ratio}`)
  // The columns differ by 5 % in noise: per-column variance ratios that ignored it would spread by 10 %.
  const columns = Array.from({ length: 96 }, (_, col) => average(variance, (i) => i % 96 === col && i < 32 * 96) / noise[col] ** 2)
  // 32 x 399 samples per column: relative sd sqrt(2/12768) = 1.25 %.
  t.ok(sdOf(columns) < 0.0125 * (1 + Z / Math.sqrt(2 * 95)), `spread of the columns ${sdOf(columns)}`)
  const spread = sdOf(noise.subarray(0, 96)) / average(noise.subarray(0, 96))
  t.ok(Math.abs(spread - 0.05) < (Z * 0.05) / Math.sqrt(2 * 96), `column noise spread ${spread}`)
})

t.test('offset and response have the asked-for patterns', async (t) => {
  const only = (options: VirtualDetectorOptions) => createVirtualDetector({ ...EVEN, rows: 400, cols: 400, chip: 50, ...options }).truth
  const n = 160000
  const near = (value: number, expected: number, samples: number, what: string) =>
    t.ok(Math.abs(value / expected - 1) < Z / Math.sqrt(2 * samples), `${what}: ${value}, expected ${expected}`)
  near(sdOf(only({ dsnu: 5 }).offset), 5, n, 'dsnu')
  near(sdOf(only({ prnu: 0.02 }).response), 0.02, n, 'prnu')
  const columns = only({ columnOffset: 3 }).offset
  near(sdOf([...columns.subarray(0, 400), ...columns.subarray(399 * 400)]), 3, 800, 'column amplifiers')
  t.not(columns[0], columns[399 * 400], 'each half has its own amplifiers')
  t.equal(columns[0], columns[199 * 400], 'the same above the midline')
  t.not(columns[199 * 400], columns[200 * 400], 'the midline lies between rows 199 and 200')
  const whole = only({ columnOffset: 3, midline: false }).offset
  t.equal(whole[7], whole[399 * 400 + 7], 'no midline: one amplifier per column')

  for (const [name, map] of [
    ['offset', only({ chipOffset: 8 }).offset],
    ['response', only({ chipGain: 0.01 }).response]
  ] as const) {
    const steps = Array.from({ length: 399 }, (_, col) => (map[col + 1] === map[col] ? -1 : col + 1)).filter((col) => col >= 0)
    t.strictSame(steps, [50, 100, 150, 200, 250, 300, 350], `${name} steps at the chips`)
    t.not(map[0], map[399 * 400], `${name}: each half has its own chips`)
  }
  const narrow = createVirtualDetector({ ...EVEN, rows: 2, cols: 50, chip: 20, chipOffset: 8 }).truth.offset
  t.ok(narrow[39] !== narrow[40] && narrow[40] === narrow[49], 'the last chip may be narrower')

  const { response } = createVirtualDetector({ ...EVEN, rows: 101, cols: 101, shading: 0.1, heel: 0.06 }).truth
  const centre = response[50 * 101 + 50]
  // By definition: corners 1 - shading, times 1 +- heel/2 at the first and last row.
  const received = [response[0] / centre, response[101 * 101 - 1] / centre, response[50 * 101] / centre]
  assertClose(t, received, [0.9 * 1.03, 0.9 * 0.97, 0.95], 'shading and heel', { relative: 1e-6 })
  t.ok(Math.abs(average(response) - 1) < 1e-6, 'mean response 1')
  const point = createVirtualDetector({ rows: 1, cols: 1, defects: 'none' }).truth.response
  t.equal(point[0], 1, 'a panel of one pixel')
})

t.test('flats: mean signal, photon transfer slope = system gain, intercept = dark variance', async (t) => {
  for (const [systemGain, bits] of [
    [0.25, 14],
    [2, 14],
    [40, 16]
  ] as const) {
    const detector = createVirtualDetector({ ...EVEN, rows: 100, cols: 100, systemGain, bits })
    const levels = [0.05, 0.3, 0.8]
    const dark = momentsOf(detector.darks(20))
    const points = levels.map((level) => {
      const { mean, variance, count } = momentsOf(detector.flats(20, { level }))
      const signal = average(mean) - average(dark.mean)
      const expected = level * detector.saturation
      const sd = Math.sqrt(systemGain * expected + 16)
      t.ok(Math.abs(signal - expected) < (Z * Math.hypot(sd, 4)) / Math.sqrt(1e4 * count), `${level}: mean ${signal}, expected ${expected}`)
      return { signal, variance: average(variance) }
    })
    // A mean variance of 1e4 pixels x 19 degrees has relative sd sqrt(2/190000) = 0.324 % (Poisson kurtosis adds 1/(38 quanta)).
    const [low, , high] = points
    const slope = (high.variance - low.variance) / (high.signal - low.signal)
    const error = (Math.hypot(high.variance, low.variance) * 0.00324 * 1.05) / (high.signal - low.signal)
    t.ok(Math.abs(slope - systemGain) < Z * error, `slope ${slope}, system gain ${systemGain}`)
    const darkVariance = average(dark.variance)
    const predicted = darkVariance + systemGain * points[1].signal
    const ratio = points[1].variance / predicted
    t.ok(Math.abs(ratio - 1) < Z * 0.00324 * 1.05, `variance at 30 %: ${ratio} of ${predicted}`)
  }
})

t.test('truth predicts mean and sd of the flats of a real-looking panel, pixel by pixel', async (t) => {
  const detector = createVirtualDetector({ rows: 128, cols: 128, beamSpread: 0, chip: 32, seed: 5 })
  const { truth } = detector
  const good = (i: number) => truth.defects.data[i] === 0
  for (const level of [0.1, 0.5]) {
    const { mean, variance, count } = momentsOf(detector.flats(60, { level }))
    const [signal, noise] = [truth.flatSignal(level), truth.flatNoise(level)]
    const pixels = truth.defects.data.filter((flags) => flags === 0).length
    t.ok(Math.abs(average(signal, good) / (level * detector.saturation) - 1) < 1e-6, 'mean over the good pixels is the level')
    const square = average(
      mean.map((value, i) => ((value - signal[i] - truth.offset[i]) / noise[i]) ** 2 * count),
      good
    )
    t.ok(Math.abs(square - 1) < Z * Math.sqrt(2 / pixels), `means: ${square}`)
    const ratio = average(
      variance.map((value, i) => value / noise[i] ** 2),
      good
    )
    t.ok(Math.abs(ratio - 1) < Z * Math.sqrt(2 / pixels / (count - 1)), `variances: ${ratio}`)
  }
})

t.test('the beam output varies from frame to frame by one factor', async (t) => {
  const detector = createVirtualDetector({ ...EVEN, rows: 40, cols: 40, beamSpread: 0.02, seed: 9 })
  const means = Array.from(detector.flats(400), (frame) => (average(frame.data) - 300) / (0.5 * detector.saturation))
  // Pixel noise adds sd 45.4 DN / 40 / 8191 = 0.014 % of the mean: nothing beside 2 %. Sd of 400 samples: 3.5 %.
  t.ok(Math.abs(sdOf(means) / 0.02 - 1) < Z / Math.sqrt(800), `spread ${sdOf(means)}`)
  t.ok(Math.abs(average(means) - 1) < (Z * 0.02) / 20, `mean ${average(means)}`)
  assertClose(t, means, detector.truth.beamFactors(400), 'the factors that truth tells', { absolute: Z * 1.4e-4 })
  t.not(detector.truth.beamFactors(1, { session: 1 })[0], detector.truth.beamFactors(1)[0])
  const constant = createVirtualDetector({ ...EVEN, rows: 4, cols: 4 })
  t.strictSame(constant.truth.beamFactors(3), [1, 1, 1])
})

t.test('frames are clamped at 0 and at full scale', async (t) => {
  const range = (data: Uint16Array) => [Math.min(...data), Math.max(...data)]
  for (const bits of [10, 14, 16]) {
    const detector = createVirtualDetector({ ...EVEN, rows: 32, cols: 32, bits })
    t.strictSame(range([...detector.flats(1, { level: 2 })][0].data), [2 ** bits - 1, 2 ** bits - 1], `${bits} bits`)
  }
  const low = createVirtualDetector({ ...EVEN, rows: 64, cols: 64, offsetLevel: 0, electronicNoise: 10 })
  const { data } = [...low.darks(1)][0]
  t.equal(Math.min(...data), 0)
  // Half of a normal law around 0 rounds to 0: P(x < 1/2) = 0.5199; 4096 pixels give sd 0.0078.
  t.ok(Math.abs(data.filter((value) => value === 0).length / 4096 - 0.5199) < Z * 0.0078)
  const half = createVirtualDetector({ ...EVEN, rows: 64, cols: 64, offsetLevel: 0 })
  t.equal(range([...half.flats(1, { level: 1 })][0].data)[1], 16383, 'the level may reach full scale')
})

t.test('drift and first-frame transient shift the dark level of a stack', async (t) => {
  const detector = createVirtualDetector({ ...EVEN, rows: 100, cols: 100, offsetDrift: 2, firstFrameTransient: 64 })
  const levels = Array.from(detector.darks(4), (frame) => average(frame.data))
  // Mean of 1e4 pixels with sd 4: 0.04.
  assertClose(t, levels, [300 + 64, 300 + 2 + 16, 300 + 4 + 4, 300 + 6 + 1], 'darks', { absolute: Z * 0.04 })
  const flats = Array.from(detector.flats(2, { level: 0 }), (frame) => average(frame.data))
  assertClose(t, flats, [364, 318], 'flats with the beam off', { absolute: Z * 0.04 })
})

t.test('an exposure carries the object', async (t) => {
  const detector = createVirtualDetector({ ...EVEN, rows: 100, cols: 100 })
  const object = Float64Array.from({ length: 10000 }, (_, i) => (i % 100 < 50 ? 0.2 : 1))
  const { data } = detector.expose(object, { level: 0.6 })
  const open = 0.6 * detector.saturation
  // 5000 pixels of sd sqrt(0.25 * 9830 + 16) = 49.7 DN at most: 0.7 DN.
  t.ok(Math.abs(average(data, (i) => i % 100 < 50) - 300 - 0.2 * open) < Z * 0.7)
  t.ok(Math.abs(average(data, (i) => i % 100 >= 50) - 300 - open) < Z * 0.7)
  t.not(detector.expose(object, { index: 1 }).data.join(), detector.expose(object).data.join())
  t.ok(Math.abs(average(detector.expose(0.5).data) - 300 - 0.25 * detector.saturation) < Z * 0.5, 'one number for all pixels')
  t.ok(Math.abs(average(detector.expose(new Array(10000).fill(0)).data) - 300) < Z * 0.04, 'nothing passes')
})

t.test('whatever is out of range is refused by name', async (t) => {
  const refused: [string, VirtualDetectorOptions, RegExp][] = [
    ['rows', { rows: 0 }, /option "rows": expected an integer from 1 to 65536, received 0/],
    ['cols', { cols: 2.5 }, /option "cols": expected an integer .* received 2.5/],
    ['pixels', { rows: 65536, cols: 65536 }, /option "rows" x "cols": expected at most 268435456 pixels, received 4294967296/],
    ['seed', { seed: -1 }, /option "seed"/],
    ['bits', { bits: 17 }, /option "bits": expected an integer from 8 to 16, received 17/],
    ['systemGain', { systemGain: NaN }, /option "systemGain": expected a number from 0.0001 to 10000, received NaN/],
    ['electronicNoise', { electronicNoise: -1 }, /option "electronicNoise"/],
    ['offsetLevel', { offsetLevel: 1024, bits: 10 }, /"offsetLevel": expected at most the full scale 1023 of 10 bits, received 1024/],
    ['dsnu', { dsnu: Infinity }, /option "dsnu": .* received Infinity/],
    ['columnOffset', { columnOffset: -1 }, /option "columnOffset"/],
    ['chipOffset', { chipOffset: -1 }, /option "chipOffset"/],
    ['prnu', { prnu: 0.5 }, /option "prnu"/],
    ['chipGain', { chipGain: -0.1 }, /option "chipGain"/],
    ['chip', { chip: 0 }, /option "chip"/],
    ['midline', { midline: 1 as unknown as boolean }, /option "midline": expected true or false, received number/],
    ['shading', { shading: 1 }, /option "shading"/],
    ['heel', { heel: -1 }, /option "heel"/],
    ['columnNoiseSpread', { columnNoiseSpread: 1 }, /option "columnNoiseSpread"/],
    ['beamSpread', { beamSpread: '1' as unknown as number }, /option "beamSpread": .* received string/],
    ['offsetDrift', { offsetDrift: NaN }, /option "offsetDrift"/],
    ['firstFrameTransient', { firstFrameTransient: NaN }, /option "firstFrameTransient"/],
    ['defects', { defects: 'some' as 'none' }, /option "defects": expected 'none', 'standard' or a list of defects, received 'some'/],
    ['defects object', { defects: {} as 'none' }, /option "defects": .* received object/],
    ['serialNumber', { serialNumber: 7 as unknown as string }, /option "serialNumber": expected a string, received number/]
  ]
  for (const [name, options, message] of refused) t.throws(() => createVirtualDetector(options), { code: 'ERR_OPTION', message }, name)

  const detector = createVirtualDetector({ rows: 3, cols: 4, defects: 'none' })
  const calls: [() => unknown, RegExp][] = [
    [() => detector.darks(-1), /number of frames/],
    [() => detector.darks(1.5), /number of frames: expected an integer .* received 1.5/],
    [() => detector.darks(1, { session: -1 }), /option "session"/],
    [() => detector.flats(1, { level: NaN }), /option "level": expected a number from 0 to 10, received NaN/],
    [() => detector.flats(1, { level: 11 }), /option "level"/],
    [() => detector.expose(1, { index: 0.5 }), /option "index"/],
    [() => detector.expose(-1), /signal: expected a number from 0 to 1000000, received -1/],
    [() => detector.expose([1, 2]), /signal: expected a number, or 12 numbers, received 2 numbers/],
    [() => detector.expose(null as unknown as number), /signal: .* received undefined numbers/],
    [() => detector.expose([0, 0, 0, NaN, 0, 0, 0, 0, 0, 0, 0, 0]), /signal at pixel 3: .* received NaN/],
    [() => detector.truth.flatSignal(-1), /level/],
    [() => detector.truth.flatNoise(NaN), /level/],
    [() => detector.truth.beamFactors(-1), /number of frames/]
  ]
  for (const [call, message] of calls) t.throws(call, { code: 'ERR_OPTION', message })
})

t.test('the reachable limits work', async (t) => {
  for (const options of [
    { rows: 1, cols: 1 },
    { rows: 1, cols: 300 },
    { rows: 300, cols: 1 },
    { rows: 3, cols: 3, chip: 65536 },
    { rows: 20, cols: 20, electronicNoise: 0, dsnu: 0 },
    { rows: 20, cols: 20, shading: -0.9, heel: 0.9, seed: Number.MAX_SAFE_INTEGER, bits: 8, offsetLevel: 10 }
  ]) {
    const detector = createVirtualDetector(options)
    const [dark, flat] = [...detector.darks(1), ...detector.flats(1, { session: Number.MAX_SAFE_INTEGER })]
    t.equal(dark.data.length + flat.data.length, 2 * options.rows * options.cols)
    t.ok(detector.truth.response.every(Number.isFinite))
    // The standard plan leaves out what finds no place, and never leaves the panel.
    t.ok(detector.truth.planted.every((defect) => defect.pixels.every((pixel) => pixel >= 0 && pixel < options.rows * options.cols)))
  }
})
