import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { isDetectorError, UnwrittenFrameError } from '../../../../../lib/errors.js'
import type { RawFrame } from '../../../../../lib/frame/raw-frame.js'
import { answerHdf5 } from '../../../../../lib/io/formats/hdf5/answer-hdf5.js'
import { hdf5Format } from '../../../../../lib/io/formats/hdf5/hdf5.js'
import { hdf5Reason } from '../../../../../lib/io/formats/hdf5/hdf5-reason.js'
import { limitMemory } from '../../../../../lib/io/formats/hdf5/limit-memory.js'
import { readNumbers } from '../../../../../lib/io/formats/hdf5/read-numbers.js'
import { readText, readTextAttribute } from '../../../../../lib/io/formats/hdf5/read-text.js'
import { openHdf5 } from '../../../../../lib/io/formats/hdf5/open-hdf5.js'
import { bytesFile } from '../../../../../lib/io/formats/bytes-file.js'
import type { FrameReader } from '../../../../../lib/io/formats/frame-format.js'
import { openFrameFile } from '../../../../../lib/io/formats/open-frame-file.js'
import { readFrames } from '../../../../../lib/io/read-frames.js'
import { saveCalibration } from '../../../../../lib/io/save-calibration.js'
import { samples } from '../../../../fixtures/formats/hdf5.js'
import { madeCalibration } from '../../../../fixtures/made-calibration.js'
import { createDraw, mutate } from '../../../../fixtures/mutate.js'
import { expectedFigures, needsSharedData, sharedData } from '../../../../fixtures/shared-data.js'
import { assertClose } from '../../../../fixtures/assert-close.js'

const folder = 'test/fixtures/hdf5'

interface Found {
  roles: FrameReader['roles']
  frames: RawFrame[]
}

/** Every frame of a file, `name::inside`. */
async function readAll(path: string, deadline?: number): Promise<Found> {
  const [name, inside] = path.split('::')
  const file = await openFrameFile(name)
  try {
    const reader = await openHdf5(file, { inside, deadline })
    const frames: RawFrame[] = []
    for (let page = 0; page < reader.pages; page++) frames.push(await reader.readPage(page))
    await reader.close!()
    return { roles: reader.roles, frames }
  } finally {
    await file.close()
  }
}

const all = (name: string): Promise<Found> => readAll(join(folder, name))

/** Frame k of the files that h5py wrote. */
const pixels = (k: number, plus = 0): number[] => Array.from({ length: 35 }, (_, i) => 1000 * k + 100 * Math.floor(i / 7) + (i % 7) + plus)

t.test('every pixel type, in both byte orders', async (t) => {
  const types = [Uint16Array, Uint32Array, Int16Array, Int32Array, Float32Array, Float64Array]
  const names = ['u2', 'u4', 'i2', 'i4', 'f4', 'f8']
  for (const [i, Type] of types.entries()) {
    for (const order of ['little', 'big']) {
      const { frames, roles } = await all(`types.h5::/${order}-${names[i]}`)
      t.equal(roles, undefined)
      t.strictSame(
        frames,
        [0, 1].map((k) => ({ data: new Type(pixels(k)), shape: [5, 7] })),
        `${order} ${names[i]}`
      )
    }
  }
  t.strictSame((await all('types.h5::u1')).frames[1].data, new Uint8Array(pixels(1).map((v) => v % 120)))
  t.strictSame((await all('types.h5::i1')).frames[1].data, new Int8Array(pixels(1).map((v) => v % 120)))
})

t.test('packed, checked and tiled; behind a user block; from gzip', async (t) => {
  for (const name of ['gzip', 'tiles', 'scaleoffset']) {
    t.strictSame(
      (await all(`filters.h5::${name}`)).frames.map(({ data }) => data),
      [0, 1, 2].map((k) => new Uint16Array(pixels(k))),
      name
    )
  }
  t.strictSame((await all('user-block.h5')).frames[2].data, new Uint16Array(pixels(2)))
  const head = readFileSync(join(folder, 'user-block.h5')).subarray(0, 4096)
  t.ok(hdf5Format.matches(head, head.length))
  t.notOk(hdf5Format.matches(head.subarray(0, 1024), 1024))
  const packed = join(t.testdir(), 'one.h5.gz')
  writeFileSync(packed, gzipSync(readFileSync(join(folder, 'one.h5'))))
  const { unpackGzip } = await import('../../../../../lib/io/formats/unpack-gzip.js')
  const file = await openFrameFile(packed)
  const reader = await hdf5Format.open(await unpackGzip(file), {})
  t.strictSame((await reader.readPage(0)).data, new Uint16Array(pixels(0)))
  await reader.close!()
  await file.close()
})

t.test('NXtomo: roles by image_key, invalid frames left out, the exposure of each', async (t) => {
  const { frames, roles } = await all('tomo.nxs')
  t.strictSame(roles, ['dark', 'flat', 'projection', 'projection', 'flat'])
  const expected = [pixels(0), pixels(1), pixels(2), pixels(0, 10000), pixels(2, 10000)].map((values) => new Uint16Array(values))
  t.strictSame(
    frames.map(({ data }) => data),
    expected
  )
  t.strictSame(
    frames.map(({ info }) => info!.mode!.integrationTime),
    [500, 250, 100, 100, 250]
  )
  const { mode, ...info } = frames[0].info!
  const known = { pixelPitch: [0.15, 0.075], bitsUsed: 14, serialNumber: 'SN 7', time: '2024-05-06T07:08:09+02:00', corrections: [] }
  t.strictSame({ ...info }, known)
  t.strictSame((await all('tomo.nxs::/entry/data')).frames.length, 5, 'a group stands for the frames in it')
  t.strictSame((await all('tomo.nxs::/entry/instrument/detector/data')).roles, roles)
})

t.test('Data Exchange, an only detector, the chain of defaults, links', async (t) => {
  const { frames, roles } = await all('exchange.h5')
  t.strictSame(roles, ['dark', 'flat', 'flat', 'projection', 'projection', 'projection'])
  const values = [pixels(0, 7), pixels(0, 9), pixels(1, 9), pixels(0), pixels(1), pixels(2)]
  t.strictSame(
    frames.map(({ data }) => data),
    values.map((v) => new Float32Array(v))
  )
  t.strictSame(frames[0].info, { mode: { integrationTime: 2000 }, pixelPitch: [0.00065, 0.00065] })
  t.strictSame((await all('exchange.h5::exchange/data_white')).roles, ['flat', 'flat'])
  const eiger = await all('eiger.nxs')
  t.strictSame(eiger.frames[2].data, new Uint32Array(pixels(2)))
  t.strictSame(
    eiger.frames[2].info,
    { mode: { integrationTime: 20 }, corrections: ['gain', 'defects', 'linearity'] },
    'no pitch without its units'
  )
  t.strictSame(
    (await all('plot.nxs')).frames.map(({ data }) => data),
    [new Uint16Array(pixels(1))]
  )
  for (const path of [
    'links.h5',
    'links.h5::soft',
    'links.h5::/group/around/group/frames',
    'outwards.h5::beside',
    'outwards.h5::absolute',
    'outwards.h5::virtual'
  ]) {
    t.strictSame(
      (await all(path)).frames.map(({ data }) => data),
      [new Uint16Array(pixels(0))],
      path
    )
  }
})

t.test('the choice is certain, or what could be meant is named so that it can be typed back', async (t) => {
  const inline = await all('cases/image-key/inline.nxs')
  t.strictSame(inline.roles, ['dark', 'dark', 'flat', 'projection'])
  const { roles, frames } = await all('cases/image-key/external.nxs')
  t.strictSame([roles, frames.map(({ data }) => data)], [inline.roles, inline.frames.map(({ data }) => data)], 'data behind a link')
  t.strictSame((await all('cases/image-key/external.nxs::/entry1/tomo_entry/instrument/detector/data')).roles, roles)
  const four = await all('cases/detector4d_and_small2d.nxs')
  t.strictSame(
    four.frames.map(({ shape }) => shape),
    [
      [4, 5],
      [4, 5]
    ]
  )
  t.strictSame(
    (await all('types.h5::four')).frames.map(({ data }) => data),
    [0, 1, 2].map((k) => new Uint16Array(pixels(k)))
  )
  for (const path of ['', '::/entry/data/data', '::/entry/instrument/pco/data']) {
    t.equal((await all(`cases/two_detectors.nxs${path}`)).frames.length, 2, `a link elsewhere that leads nowhere ${path}`)
  }
  t.strictSame((await all('cases/absolute/master.nxs')).frames[0].shape, [3, 4], 'an absolute link, the file beside it')
  const flats = await all('cases/flats.h5')
  t.strictSame(flats.roles, ['dark', 'flat', 'flat', 'flat', 'projection', 'projection', 'projection'])
  t.strictSame(
    flats.frames.slice(1, 4).map(({ data }) => data[0]),
    [2, 1002, 1],
    'every flat'
  )
  for (const name of ['types.h5', 'cases/image-key/choice.h5', 'cases/unknown-flats.h5', 'cases/line.h5']) {
    const { received } = await all(name).then(
      () => t.fail(name) as never,
      (error: { received: string }) => error
    )
    const named = received.match(/\/[^ ]+(?= \[)/g)!
    t.ok(named.length > 0)
    for (const path of named) t.ok((await all(`${name}::${path}`)).frames.length > 0, `${name}::${path}`)
  }
})

t.test('numbers that do not fill their words', async (t) => {
  const values = async (path: string) => [...(await all(path)).frames[0].data]
  t.strictSame(await values('cases/packed.h5'), [0, 1, 2, 4093, 4094, 4095])
  t.strictSame(await values('cases/numbers.h5::signed'), [-2048, -1, 0, 2047])
  t.strictSame(await values('cases/numbers.h5::large'), [0, 1, 2 ** 19, 2 ** 20 - 1])
  t.strictSame(await values('cases/numbers.h5::of a named type'), pixels(0))
})

t.test('frames that were never written are refused, zeros that were written are not', async (t) => {
  for (const file of ['cases/unwritten.h5', 'cases/unwritten-latest.h5']) {
    for (const name of ['plain', 'packed', 'deep', 'half', 'filled', 'unmapped', 'mapped']) {
      const opened = await openFrameFile(join(folder, file))
      const reader = await openHdf5(opened, { inside: name })
      t.strictSame([...(await reader.readPage(0)).data], pixels(0), `${file} ${name}`)
      await t.rejects(reader.readPage(1), { code: 'ERR_FORMAT', message: /frame 1 of .*never written/ }, `${file} ${name}`)
      t.strictSame([...(await reader.readPage(2)).data], pixels(2), `${file} ${name}`)
      await reader.close!()
      await opened.close()
    }
    await t.rejects(all(`${file}::late`), { code: 'ERR_FORMAT', message: /frames that were written at \/late/ })
    t.strictSame((await all(`${file}::zeros`)).frames.length, 3)
    t.strictSame((await all(`${file}::small`)).frames[0].data, new Uint16Array(35))
  }
})

t.test('of a scan, frames that were never written can be left out, each is said', async (t) => {
  for (const name of ['plain', 'packed', 'deep', 'half', 'filled', 'unmapped', 'mapped']) {
    const path = `${join(folder, 'cases/unwritten.h5')}::${name}`
    const said: unknown[] = []
    const frames: RawFrame[] = []
    for await (const frame of readFrames([path], { onUnwritten: (frame) => said.push(frame) })) frames.push(frame)
    t.strictSame(said, [{ file: path, page: 1 }], name)
    t.strictSame(
      frames.map(({ data, info }) => [[...data], info?.name]),
      [0, 2].map((k) => [pixels(k), `${path} page ${k + 1}`]),
      name
    )
    await t.rejects(async () => {
      for await (const frame of readFrames([path])) t.ok(frame)
    }, UnwrittenFrameError)
  }
  const alone = `${join(folder, 'cases/masks.h5')}::no chunk`
  await t.rejects(
    async () => {
      for await (const frame of readFrames([alone], { onUnwritten: () => {} })) t.fail(String(frame.info?.name))
    },
    UnwrittenFrameError,
    'a file of none is refused'
  )
})

const refused: [string, RegExp][] = [
  ['types.h5', /one dataset of frames; say which as file.h5::\/path, received \/big-f4 \[2, 5, 7\], .* and 3 more$/],
  ['types.h5::/no/such', /a dataset at \/no\/such, received \/big-f4/],
  ['types.h5::line', /a dataset \[rows, cols\] or \[frames, rows, cols\] at \/line, received shape \[7\]/],
  ['cases/five-axes.h5::entry/frames', /received shape \[2, 2, 2, 5, 7\]/],
  ['types.h5::half', /numbers of type u8, .* at \/half, received floats of 2 bytes/],
  ['types.h5::wide', /received integers of 8 bytes/],
  ['types.h5::flags', /received enumerations of 1 bytes/],
  ['types.h5::empty', /sizes of at least 1 at \/empty, received shape \[0, 5, 7\]/],
  ['types.h5::line/more', /a dataset at line\/more/],
  ['filters.h5::lzf', /filters of HDF5 itself .* at \/lzf, received lzf \(32000\)/],
  ['filters.h5::claims', /no more than 17360 bytes of file can hold, received a claim of 2000000000000 bytes/],
  ['filters.h5::bomb', /received a claim of 200000000000 bytes/],
  ['links.h5::broken', /something at broken, received a link to \/nothing, where nothing is/],
  ['links.h5::circle', /too many links/],
  ['outwards.h5::out', /links to files in its own folder, received a link to ..\/one.h5, outside of it/],
  ['cases/line.h5', /one dataset of frames; say which as file.h5::\/path, received \/entry\/energies \[1, 3\]/],
  ['cases/five-axes.h5', /say which as file.h5::\/path, received \/entry\/positions \[4, 3\]/],
  ['cases/unknown-flats.h5', /received \/exchange\/data \[3, 5, 7\], \/exchange\/data_beam \[1, 5, 7\]/],
  ['cases/numbers.h5::odd float', /floats of IEEE 754 at \/odd float, received others/],
  ['outwards.h5::missing', /received a link to none.h5, where nothing is/],
  ['outwards.h5::circle', /at most 8 links from file to file/],
  ['outwards.h5::virtual out', /received a link to ..\/one.h5, outside of it/],
  ['outwards.h5::virtual missing', /received a link to none.h5, where nothing is/],
  ['outwards.h5::virtual lzf', /at \/lzf, received lzf/],
  ['odd.h5::unknown', /3 keys 0 \(projection\), .* at \/unknown\/image_key, received 7 for frame 1/],
  ['odd.h5::short/data', /received shape \[2\]/],
  ['odd.h5::invalid', /at least one valid frame, received image_key 3 \(invalid\) for all/],
  ['odd.h5::wide', /frames of at most 1073741824 bytes at \/wide, received 40000 rows x 40000 columns x 2 bytes/],
  ['odd.h5::long', /at most 16777216 frames at \/long, received 16777217/],
  ['odd.h5::chunk', /chunks of at most 1073741824 bytes at \/chunk, received 2000000000 bytes/],
  ['odd.h5::virtual', /datasets as sources of the virtual one at \/virtual, received gone of one.h5/],
  ['odd.h5::plot', /say which as file.h5::\/path, received no dataset of numbers/],
  ['odd.h5::beams/text', /received texts of 1 bytes|received shape \[2\]/],
  ['tomo.nxs::entry/start_time', /received shape \[\]/]
]

t.test('what cannot be frames is refused by name, before a value is read', async (t) => {
  for (const [path, message] of refused) await t.rejects(all(path), { code: 'ERR_FORMAT', message }, path)
  const calibration = join(t.testdir(), 'SN1.nxs')
  await saveCalibration(calibration, madeCalibration([5, 7]))
  await t.rejects(readAll(calibration), { code: 'ERR_FORMAT', message: /frames, received a file with the schema flatpanel.calibration\/2/ })
})

t.test('a link of the file system leads out of the folder no more than one of HDF5', { skip: process.platform === 'win32' }, async (t) => {
  const inner = join(t.testdir(), 'inner')
  mkdirSync(inner)
  cpSync(join(folder, 'outwards.h5'), join(inner, 'outwards.h5'))
  cpSync(join(folder, 'one.h5'), join(inner, '..', 'one.h5'))
  symlinkSync('../one.h5', join(inner, 'one.h5'))
  const message = /received a link to one.h5, outside of it/
  await t.rejects(readAll(join(inner, 'outwards.h5::beside')), { code: 'ERR_FORMAT', message })
  await t.rejects(readAll(join(inner, 'outwards.h5::virtual')), { code: 'ERR_FORMAT', message })
  t.equal((await readAll(join(inner, 'one.h5'))).frames.length, 1, 'the file itself may be a link')
})

t.test('a file that is cut while it is read is refused, not filled up with zeros', async (t) => {
  const path = join(t.testdir(), 'cut.h5')
  cpSync(join(folder, 'types.h5'), path)
  const file = await openFrameFile(path)
  const reader = await openHdf5(file, { inside: 'little-f8' })
  truncateSync(path, 4096)
  await t.rejects(reader.readPage(0), { code: 'ERR_FORMAT', message: /something shortens the file while it is read/ })
  await reader.close!()
  await file.close()
})

t.test('a file that gives no answer in time ends the thread, and no other file suffers', async (t) => {
  const file = await openFrameFile(join(folder, 'one.h5'))
  const early = await openHdf5(file)
  const message = /an HDF5 file that can be read, received no answer of libhdf5 within 0 ms/
  await t.rejects(readAll(join(folder, 'tomo.nxs'), 0), { code: 'ERR_FORMAT', message })
  t.strictSame((await early.readPage(0)).data, new Uint16Array(pixels(0)), 'opened before, read in the next thread')
  await early.close!()
  await file.close()
})

t.test('mutated files give frames or a typed error', async (t) => {
  const draw = createDraw(6)
  const files = samples()
  const tally = { frames: 0, refused: 0, faults: [] as string[] }
  for (let round = 0; round < 420; round++) {
    const { name, bytes } = files[round % files.length]
    try {
      const reader = await openHdf5(bytesFile(join(folder, name), mutate(bytes, draw)), { deadline: 3000 })
      for (let page = 0; page < Math.min(reader.pages, 2); page++) {
        const { data, shape } = await reader.readPage(page)
        if (data.length !== shape[0] * shape[1] || data.length === 0) tally.faults.push(`${name}, round ${round}: ${data.length} pixels`)
        tally.frames++
      }
      await reader.close!()
    } catch (error) {
      if (isDetectorError(error, 'ERR_FORMAT')) tally.refused++
      else tally.faults.push(`${name}, round ${round}: ${String(error)}`)
    }
  }
  t.strictSame(tally.faults, [])
  t.ok(tally.frames > 40 && tally.refused > 40, `${tally.frames} frames, ${tally.refused} refused`)
})

t.test('the thread does not keep a process alive', async (t) => {
  const program = `
    const { openHdf5 } = await import('./lib/io/formats/hdf5/open-hdf5.ts')
    const { openFrameFile } = await import('./lib/io/formats/open-frame-file.ts')
    const file = await openFrameFile('${folder}/one.h5')
    const reader = await openHdf5(file)
    console.log((await reader.readPage(0)).data.length)
    await file.close()`
  const argv = [...process.execArgv, '--input-type=module', '-e', program]
  const { stdout, stderr, status } = spawnSync(process.execPath, argv, { encoding: 'utf8', timeout: 60_000 })
  t.equal(stdout, '35\n', stderr)
  t.equal(status, 0)
})

t.test('real frames: Data Exchange of a beamline', needsSharedData, async (t) => {
  const { frames, roles } = await readAll(sharedData('aps-tooth', 'tooth.h5'))
  const { 'aps-tooth': figures } = expectedFigures()
  const { readAllFrames } = await import('../../../../fixtures/read-all-frames.js')
  for (const [role, name, tiff] of [
    ['dark', 'data_dark', 'dark'],
    ['flat', 'data_white', 'white'],
    ['projection', 'data', 'projections']
  ]) {
    const own = frames.filter((_, page) => roles![page] === role)
    const converted = await readAllFrames([sharedData('aps-tooth', 'converted', `${tiff}.tif`)])
    t.equal(own.length, figures[name].shape[0])
    t.equal(
      own.every(({ data }, k) => Buffer.compare(Buffer.from(data.buffer), Buffer.from(converted[k].data.buffer)) === 0),
      true,
      `${tiff}, bit for bit`
    )
    const sum = own.reduce((total, { data }) => total + (data as Float32Array).reduce((a, b) => a + b, 0), 0)
    // the figures have ten digits
    assertClose(t, [sum / (own.length * own[0].data.length)], [figures[name].mean], `mean of ${name}`, { relative: 1e-9 })
  }
})

t.test('memory of WebAssembly is held below a limit', async (t) => {
  const { Memory } = (globalThis as any).WebAssembly
  const own = new Memory({ initial: 1 })
  const { allow, held } = limitMemory(new Uint8Array(own.buffer))
  t.equal(held(), 65536)
  allow(3 * 65536)
  t.equal(own.grow(2), 1)
  t.equal(held(), 3 * 65536)
  t.throws(() => own.grow(1), RangeError)
  t.equal(own.buffer.byteLength, 3 * 65536)
})

t.test('texts, numbers and reasons that are none', (t) => {
  // what libhdf5 says of a dataset, field by field: class 3 is text, 0 integers, 1 floats
  const dataset = (metadata: object, value: unknown, attrs: object = {}): any => ({
    metadata: { type: 3, size: 4, shape: [], total_size: 1, vlen: false, ...metadata },
    value,
    attrs
  })
  t.equal(readText(dataset({}, ' a ')), 'a')
  t.equal(readText(dataset({ vlen: true, size: 2 ** 20 }, ['b'])), 'b', 'a list of one')
  for (const metadata of [{ type: 0 }, { shape: null }, { total_size: 2 }, { size: 65537 }]) t.equal(readText(dataset(metadata, 'a')), null)
  for (const value of ['  ', 5, null]) t.equal(readText(dataset({}, value)), null)
  t.equal(readTextAttribute(dataset({}, '', { units: dataset({}, 'mm') }), 'units'), 'mm')
  t.equal(readTextAttribute(dataset({}, '', { units: dataset({ type: 1 }, 5) }), 'units'), null)
  t.equal(readTextAttribute(dataset({}, ''), 'units'), null)
  const number = { type: 0, size: 8 }
  t.strictSame(readNumbers(dataset(number, 7n), 1), { values: [7], units: null })
  t.strictSame(readNumbers(dataset({ ...number, total_size: 2 }, [7n, 8n]), 2)?.values, [7, 8])
  for (const wrong of [{ size: 16 }, { type: 1, size: 2 }, { type: 3 }, { shape: null }, { total_size: 0 }, { total_size: 2 }]) {
    t.equal(readNumbers(dataset({ ...number, ...wrong }, 7), 1), null)
  }
  t.equal(hdf5Reason('words'), 'words')
  t.equal(hdf5Reason(new Error('HDF5-DIAG:\n  #000: H5F.c line 10 in H5Fopen(): unable to open')), 'H5Fopen(): unable to open')
  t.end()
})

t.test('what the thread answers, in this one', async (t) => {
  const answer = await answerHdf5()
  const path = join(folder, 'one.h5')
  const source = { id: 900001, path, size: 1 }
  const { stacks } = answer({ do: 'open', source, inside: undefined })
  const changed = { ...stacks![0], shape: [1, 5, 7] }
  t.match(answer({ do: 'read', source, stack: changed, frame: 0 }).failure, { received: /another shape or type/ })
  t.equal(answer({ do: 'read', source, stack: stacks![0], frame: 0 }).data!.length, 35)
  t.notOk(answer({ do: 'close', source }).failure)
  t.match(answer({ do: 'open', source: { id: 900002, path: join(folder, 'make.py'), size: 1 }, inside: undefined }).failure, {
    received: /H5/
  })
})
