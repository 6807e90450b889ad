import { createHash } from 'node:crypto'
import t from 'tap'
import { triageStack } from '../../calibration/triage-stack.js'
import type { FrameInfo } from '../../lib/frame/frame-info.js'
import type { FrameSource } from '../../lib/frame/frame-source.js'
import type { RawFrame } from '../../lib/frame/raw-frame.js'
import { gaussianSource } from '../fixtures/gaussian-source.js'
import { makeFrames, streamOf } from '../fixtures/make-frames.js'

const shape = [48, 48] as const
const gaussian = gaussianSource(23)
/** Frames of noise 5 DN about one level per frame. */
const levels = (...means: number[]): RawFrame[] => makeFrames(means.length, shape, (_, k) => means[k] + 5 * gaussian())
const repeat = (count: number, level: number): number[] => new Array<number>(count).fill(level)
const offset = { data: new Float32Array(48 * 48).fill(300), shape }
const withInfo = (frames: RawFrame[], info: (k: number) => FrameInfo): RawFrame[] => frames.map((frame, k) => ({ ...frame, info: info(k) }))

t.test('darks with the beam on are dropped by index, figure and limit', async (t) => {
  for (const count of [2, 3, 5, 32]) {
    const at = Math.floor(count / 2)
    const frames = levels(...repeat(count, 300).map((level, k) => (k === at ? 2000 : level)))
    const { kept, frames: judged, warnings } = await triageStack(frames, { role: 'dark' })
    t.same(
      kept,
      [...repeat(count, 0).keys()].filter((k) => k !== at),
      `${count} darks`
    )
    t.match(judged[at], { verdict: 'dropped', reason: /^beam on: frame mean \d+.* DN is 1\d\d\d.* above .* limit \d+/ })
    t.match(warnings[0], new RegExp(`^darks: frame ${at} left out, beam on`))
  }
  const black = await triageStack(levels(...repeat(8, 300), 50), { role: 'dark' })
  t.match(black.frames[8].reason, /^too dark/)
  await t.rejects(triageStack(levels(...repeat(5, 9000), ...repeat(4, 300)), { role: 'dark' }), {
    code: 'ERR_STACK',
    message: /two groups, 4 of 9 frames/,
    frames: [5, 6, 7, 8]
  })
  await t.rejects(triageStack(levels(50000), { role: 'dark' }), {
    code: 'ERR_STACK',
    frames: [0],
    message: /none of 1: frame 0: beam on or saturated/
  })
})

t.test('flats with the beam off, too weak or too strong are dropped; without any signal the stack is refused', async (t) => {
  const frames = levels(8000, 300, 8100, 3000, 8050, 20000)
  const { kept, frames: judged } = await triageStack(frames, { role: 'flat', offset })
  t.same(kept, [0, 2, 4])
  t.match(
    judged.map(({ reason }) => reason),
    [null, /^beam off or weak: signal .* is 0\.\d+ %/, null, /is 3\d\.\d %/, null, /^beam too strong/]
  )
  const blind = await triageStack(frames, { role: 'flat' })
  t.same(blind.kept, [0, 2, 4], 'by the raw mean where no offset is given')
  t.equal(blind.frames[0].statistics.signal, null)
  await t.rejects(triageStack(levels(300, 300, 301), { role: 'flat', offset }), {
    code: 'ERR_STACK',
    message: /\d\d\.\d % of the pixels below: the beam was off/
  })
  // A third of the pixels below the darks: other darks, as Siril warns above 20 %.
  const wrong = { data: new Float32Array(48 * 48).map((_, i) => (i % 3 === 0 ? 9000 : 300)), shape }
  await t.rejects(triageStack(levels(8000, 8000), { role: 'flat', offset: wrong }), {
    code: 'ERR_STACK',
    message: /33\.\d % of the pixels below/
  })
  await t.rejects(triageStack(levels(8000), { role: 'flat', offset: { data: new Float32Array(4), shape: [2, 2] } }), { code: 'ERR_SHAPE' })
})

t.test('saturated flats are refused, over-responding pixels are not counted for it', async (t) => {
  const good = levels(8000, 8000)
  const bright = makeFrames(1, shape, (i) => Math.min(16383, 15000 + 700 * gaussian() + (i % 2)))
  const { kept, frames } = await triageStack([...good.slice(0, 1), ...bright, good[1]], { role: 'flat', offset, bits: 14 })
  t.same(kept, [0, 2])
  t.match(frames[1].reason, /^saturated: \d\d\.?\d* % of the pixels above 95 % of saturation \(15563\.\d DN\), limit 0\.01 %/)
  await t.rejects(triageStack(bright, { role: 'flat', offset, saturation: 16383 }), {
    code: 'ERR_STACK',
    frames: [0],
    message: /none of 1/
  })
  // 1 % of the pixels at full scale over a field at half of it, and a corner that is bright in the dark.
  const spots = makeFrames(3, shape, (i) => (i % 100 === 0 ? 16383 : 8000 + 20 * gaussian()))
  t.same((await triageStack(spots, { role: 'flat', offset, bits: 14 })).kept, [0, 1, 2])
  const dark = { data: offset.data.map((value, i) => (i < 24 ? 16000 : value)), shape }
  const corner = makeFrames(3, shape, (i) => (i < 24 ? 16383 : 13000 + 20 * gaussian()))
  t.same((await triageStack(corner, { role: 'flat', offset: dark, bits: 14 })).kept, [0, 1, 2])
})

t.test('pile-up below full scale is told when saturation was not stated', async (t) => {
  const frames = makeFrames(3, shape, () => Math.min(16383, 15000 + 800 * gaussian()))
  t.match((await triageStack(frames, { role: 'flat' })).warnings.join(), /exactly the largest value 16383 DN: it looks like saturation/)
  t.notMatch((await triageStack(levels(8000, 8000), { role: 'flat' })).warnings.join(), /saturation/)
})

t.test('duplicates are dropped, the later ones, unless they are allowed', async (t) => {
  const [a, b] = levels(300, 300)
  const { kept, frames } = await triageStack([a, b, a], { role: 'dark' })
  t.same(kept, [0, 1])
  t.match(frames[2].reason, /^duplicate: the same pixels as frame 0$/)
  // The hash as defined: type, shape and little-endian values.
  const bytes = Buffer.from(a.data.buffer)
  t.equal(frames[0].sha256, createHash('sha256').update('flatpanel.frame/1 u16 48 48\n').update(bytes).digest('hex'))
  t.same((await triageStack([a, b, a], { role: 'dark', allowDuplicates: true })).kept, [0, 1, 2])
  const named = withInfo([a, b], () => ({ name: 'd.tif', sha256: 'abc' }))
  t.match((await triageStack(named, { role: 'dark' })).frames[1].reason, /as frame 0 \(d\.tif\)/)
})

t.test('without Web Crypto frames are not checked', async (t) => {
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, 'crypto')!
  Object.defineProperty(globalThis, 'crypto', { value: undefined, configurable: true })
  t.teardown(() => Object.defineProperty(globalThis, 'crypto', descriptor))
  const [a] = levels(300)
  const { kept, frames } = await triageStack([a, a], { role: 'dark' })
  t.same([kept, frames[0].sha256], [[0, 1], null])
})

t.test('first-frame transients are dropped, ten at most', async (t) => {
  const decay = (count: number, frames: number): number[] => repeat(frames, 300).map((level, k) => (k < count ? level + 4.5 : level))
  const { kept, transients, frames } = await triageStack(levels(...decay(3, 32)), { role: 'dark' })
  t.same([transients, kept[0], kept.length], [3, 3, 29])
  t.match(frames[0].reason, /^first-frame transient: frame level 304\.\d+ DN, plateau (300|299)/)
  const long = await triageStack(levels(...decay(12, 40)), { role: 'dark' })
  t.equal(long.transients, 0)
  t.match(long.warnings.join(), /more than 10 leading frames/)
  t.equal((await triageStack(levels(...decay(2, 7)), { role: 'dark' })).transients, 0, 'too few frames to tell')
})

t.test('drift is told with its figure', async (t) => {
  const { drift, warnings } = await triageStack(levels(...repeat(20, 8000).map((level, k) => level + 10 * k)), { role: 'flat', offset })
  t.ok(Math.abs(drift! - 190) < 3, String(drift))
  t.match(warnings.join(), /flats: the level drifts by 1[89]\d\.?\d* DN \(2\.4\d %\)/)
  t.equal((await triageStack(levels(300, 300), { role: 'dark' })).drift, null)
})

t.test('frames that are mostly not finite are dropped, constant ones are told', async (t) => {
  const nan = { data: new Float32Array(48 * 48).fill(NaN), shape }
  const good = levels(300, 300).map(({ data }) => ({ data: Float32Array.from(data), shape }))
  const { kept, frames } = await triageStack([...good, nan], { role: 'dark' })
  t.same(kept, [0, 1])
  t.match(frames[2].reason, /^not finite: 100 % of the pixels, limit 50 %/)
  await t.rejects(triageStack([nan], { role: 'dark' }), { code: 'ERR_STACK', message: /not finite/ })
  t.match(
    (
      await triageStack(
        makeFrames(1, shape, () => 0),
        { role: 'dark' }
      )
    ).warnings.join(),
    /one single value \(0 DN in frame 0\)/
  )
})

t.test('mode, panel, shape, type and corrections must agree', async (t) => {
  const frames = levels(300, 300, 300)
  const modes = withInfo(frames, (k) => ({
    name: `d${k}`,
    mode: { gainRange: undefined, ...(k > 0 ? { binning: k === 2 ? '2x2' : '1x1' } : {}) }
  }))
  t.same((await triageStack(modes.slice(0, 2), { role: 'dark' })).mode, { binning: '1x1' }, 'what one frame says holds for the stack')
  await t.rejects(triageStack(modes, { role: 'dark' }), {
    code: 'ERR_MODE',
    message: 'darks, frame 2 (d2): expected binning 1x1 as frame 1 (d1), received binning 2x2'
  })
  await t.rejects(
    triageStack(
      withInfo(frames, (k) => ({ serialNumber: k === 1 ? 'B' : 'A' })),
      { role: 'dark' }
    ),
    {
      code: 'ERR_STACK',
      message: /serial number A, received serial number B in frame 1/,
      frames: [1]
    }
  )
  await t.rejects(
    triageStack(
      withInfo(frames, (k) => ({ corrections: k === 2 ? ['offset', 'gain'] : [] })),
      { role: 'dark' }
    ),
    {
      code: 'ERR_STACK',
      message: /raw frames, received frame 2 with corrections applied: offset, gain/,
      frames: [2]
    }
  )
  const done = withInfo(frames, (k) => ({ corrections: k === 2 ? ['offset', 'gain'] : [] }))
  const allowed = await triageStack(done, { role: 'dark', allowCorrected: true, allowDuplicates: true })
  t.same(allowed.kept, [0, 1, 2])
  t.match(allowed.warnings.join(), /1 of 3 frames state that they were corrected already \(offset, gain\); taken as allowed/)
  await t.rejects(triageStack([frames[0], { data: new Uint16Array(4), shape: [2, 2] }], { role: 'dark' }), {
    code: 'ERR_SHAPE',
    message: /frame 1: expected shape \[48, 48\] as the first frame of its stack, received \[2, 2\]/
  })
  await t.rejects(triageStack([frames[0], { data: new Float32Array(48 * 48), shape }], { role: 'dark' }), {
    code: 'ERR_STACK',
    message: /pixel type u16 .* received f32 in frame 1/
  })
})

t.test('what is no stack is refused in words', async (t) => {
  const triage = (source: unknown) => triageStack(source as FrameSource, { role: 'dark' })
  function* generator() {
    yield* levels(300)
  }
  await t.rejects(triage(generator()), { code: 'ERR_STACK', message: /a generator object \(spent after one pass\)/ })
  await t.rejects(triage(streamOf(levels(300))[Symbol.asyncIterator]()), { code: 'ERR_STACK', message: /generator object/ })
  await t.rejects(triage([]), { code: 'ERR_STACK', message: 'darks: expected at least one frame, received none' })
  await t.rejects(triage(levels(300)[0]), { code: 'ERR_STACK', message: /received object/ })
  await t.rejects(triage(null), { code: 'ERR_STACK', message: /received null/ })
  await t.rejects(triage([new Uint16Array(4)]), { code: 'ERR_STACK', message: /a typed array, which has no shape/ })
  await t.rejects(triage([undefined]), { code: 'ERR_STACK', message: /frame 0: expected a frame .* received undefined/ })
  await t.rejects(triage([{ data: new Uint16Array(5), shape: [2, 2] }]), { code: 'ERR_SHAPE' })
})

t.test('saturation is a level or bits, and one does not contradict the other', async (t) => {
  const frames = levels(300)
  const triage = (options: object) => triageStack(frames, { role: 'dark', ...options })
  t.match(await triage({}), { saturation: 65535, saturationStated: false })
  t.match(await triage({ bits: 14 }), { saturation: 16383, saturationStated: true })
  t.match(await triage({ bits: 14, saturation: 16000 }), { saturation: 16000, saturationStated: true })
  const float = frames.map(({ data }) => ({ data: Float32Array.from(data), shape }))
  t.match(await triageStack(float, { role: 'dark' }), { saturation: null, saturationStated: false })
  await t.rejects(triage({ bits: 14, saturation: 20000 }), { code: 'ERR_OPTION', message: /at most 16383/ })
  await t.rejects(triage({ bits: 33 }), { code: 'ERR_OPTION', message: /option "bits"/ })
  await t.rejects(triage({ saturation: -1 }), { code: 'ERR_OPTION', message: /option "saturation"/ })
})

t.test('darks in groups without a majority are refused by group and level; a minority is still left out', async (t) => {
  const one = repeat(8, 100)
  const other = repeat(8, 500)
  const mixed = one.flatMap((level, k) => [level, other[k]])
  for (const [means, groups] of [
    [[...one, ...other], ['8 at \\d+\\.?\\d* DN .frames 0, 1, 2, ...., 8 at \\d+']],
    [mixed, ['frames 0, 2, 4', 'frames 1, 3, 5']],
    [
      [100, 100, 500, 500],
      ['2 at', 'frames 2, 3']
    ],
    [
      [...one, ...repeat(4, 500), ...repeat(4, 900)],
      ['3 groups', '8 at', '4 at']
    ]
  ] as const) {
    for (const group of groups) {
      await t.rejects(triageStack(levels(...means), { role: 'dark' }), { code: 'ERR_STACK', message: new RegExp(group) })
    }
  }
  t.equal((await triageStack(levels(...one, ...repeat(7, 500)), { role: 'dark' })).kept.length, 8)
  // No groups: a drift, a settling, a jitter of the level.
  for (const means of [
    repeat(16, 0).map((_, k) => 300 + 3 * k),
    repeat(16, 0).map((_, k) => 300 + 400 * 0.7 ** k),
    repeat(16, 0).map(() => 300 + 20 * gaussian())
  ]) {
    await t.resolves(triageStack(levels(...means), { role: 'dark' }))
  }
})

t.test('a dark that was never written is left out, not the others', async (t) => {
  const [written] = levels(100)
  const { kept, frames } = await triageStack([written, { data: new Uint16Array(48 * 48), shape }], { role: 'dark' })
  t.same(kept, [0])
  t.match(frames[1].reason, /^never written: every pixel is 0 DN/)
})
