import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { countFrames, readFrames } from '../../../../../lib/io/index.js'
import { bytesFile } from '../../../../../lib/io/formats/bytes-file.js'
import { npyFormat } from '../../../../../lib/io/formats/npy/npy.js'
import { npzFormat } from '../../../../../lib/io/formats/npy/npz.js'
import type { RawFrame } from '../../../../../lib/frame/raw-frame.js'
import { buildNpy, buildZip, samples } from '../../../../fixtures/formats/npy.js'

const fixtures = 'test/fixtures/npy'

const all = async (path: string): Promise<RawFrame[]> => {
  const frames: RawFrame[] = []
  for await (const frame of readFrames([path])) frames.push(frame)
  return frames
}

/** Pixel [k, row, col] of the files that numpy wrote (see make.py beside them). */
const pixels = (k: number, plus = 0): number[] => Array.from({ length: 35 }, (_, i) => 1000 * k + 100 * Math.floor(i / 7) + (i % 7) + plus)

t.test('what numpy wrote is read exactly', async (t) => {
  const cases: [string, new (values: number[]) => RawFrame['data'], number, number][] = [
    ['u16.npy', Uint16Array, 1, 0],
    ['u16-big.npy', Uint16Array, 1, 0],
    ['f32-fortran.npy', Float32Array, 1, 0],
    ['i32-stack.npy', Int32Array, 3, 0],
    ['f64-stack-big.npy', Float64Array, 3, 0],
    ['stored.npz', Uint16Array, 3, 0],
    ['deflated.npz', Float32Array, 3, 0],
    ['two.npz::darks', Uint16Array, 3, 0],
    ['two.npz::flats.npy', Uint16Array, 3, 1]
  ]
  for (const [name, Kind, count, plus] of cases) {
    const frames = await all(join(fixtures, name))
    t.equal(frames.length, count, name)
    t.equal(await countFrames([join(fixtures, name)]), count)
    for (const [k, { data, shape }] of frames.entries()) {
      t.strictSame(shape, [5, 7])
      t.strictSame(data, new Kind(pixels(k, plus)), `${name}, frame ${k}`)
    }
  }
})

t.test('an array is taken by name where there are several', async (t) => {
  await t.rejects(all(join(fixtures, 'two.npz')), {
    code: 'ERR_FORMAT',
    message: /one array of frames; say which as file.npz::name, received arrays darks, flats/
  })
  await t.rejects(all(join(fixtures, 'two.npz::gain')), {
    code: 'ERR_FORMAT',
    message: /one array named gain, received arrays darks, flats/
  })
  await t.rejects(all(join(fixtures, 'deflated.npz::angles')), {
    code: 'ERR_FORMAT',
    message: /shape \(rows, cols\) or \(frames, rows, cols\), received shape \(3\)/
  })
  const folder = t.testdir({})
  const odd = join(folder, 'a::b.npy')
  writeFileSync(odd, buildNpy())
  t.equal((await all(odd)).length, 1, 'a name that exists is a name')
})

t.test('our own files are valid', async (t) => {
  for (const { name, bytes } of samples()) {
    const format = name.endsWith('.npz') ? npzFormat : npyFormat
    t.ok(format.matches(bytes, bytes.length), name)
    const reader = await format.open(bytesFile(name, bytes), {})
    const { data } = await reader.readPage(reader.pages - 1)
    t.equal(data.length, 6)
    if (reader.pages === 2)
      t.strictSame(
        [...data],
        [12, 14, 16, 18, 20, 22].map((low) => low + 256 * (low + 1)),
        'bytes 12 to 23, little-endian'
      )
  }
  const text = "{'descr': '<u2', 'fortran_order': False, 'shape': (1L, 6L), }"
  t.strictSame((await (await npyFormat.open(bytesFile('old', buildNpy({ text })), {})).readPage(0)).shape, [1, 6], 'as Python 2 wrote it')
  const long = "{'descr': '<u2', 'fortran_order': False, 'shape': (1, 6), }" + ' '.repeat(6000)
  t.equal((await npyFormat.open(bytesFile('long', buildNpy({ text: long })), {})).pages, 1, 'a header of more than 4096 bytes')
})

t.test('the array of frames is taken where it is certain, else named so that it can be typed back', async (t) => {
  const [frame, line] = [buildNpy(), buildNpy({ shape: '(1, 6)' })]
  const list = buildNpy({ shape: '(6,)' })
  const four = buildNpy({ shape: '(1, 2, 3, 4)', values: new Uint8Array(48) })
  const named = (...arrays: Uint8Array[]): Uint8Array => buildZip(arrays.map((bytes, i) => ({ name: `${'abc'[i]}.npy`, bytes })))
  const pages = async (bytes: Uint8Array, inside?: string) => (await npzFormat.open(bytesFile('x.npz', bytes), { inside })).pages
  t.equal(await pages(named(list, frame)), 1, 'a list of angles is no frame')
  t.equal(await pages(named(line)), 1, 'the only array')
  for (const [bytes, arrays] of [
    [named(line, list), /received arrays a$/],
    [named(frame, four), /received arrays a$/],
    [named(frame, line, frame), /received arrays a, b, c$/]
  ] as const) {
    await t.rejects(pages(bytes), { code: 'ERR_FORMAT', message: /one array of frames; say which as file.npz::name/ })
    await t.rejects(pages(bytes), { message: arrays })
    t.equal(await pages(bytes, 'a'), 1, 'named, it is read')
  }
  const many = buildNpy({ shape: '(1000001, 1, 1)', descr: '|u1', values: new Uint8Array(1000001) })
  await t.rejects(npyFormat.open(bytesFile('x.npy', many), {}), { code: 'ERR_FORMAT', message: /at most 1000000 frames, received 1000001/ })
})

const refusedNpy: [string, Uint8Array, RegExp][] = [
  ['a type that is no pixel', buildNpy({ descr: '<c8' }), /at byte 6: expected numbers of type u8, .*, received dtype <c8/],
  ['complex numbers', buildNpy({ descr: '<c8' }), /received dtype <c8/],
  ['truth values', buildNpy({ descr: '|b1', values: new Uint8Array(6) }), /received dtype \|b1/],
  ['native order', buildNpy({ descr: '=u2' }), /received dtype =u2/],
  ['order unknown', buildNpy({ descr: '|u2' }), /received dtype \|u2/],
  ['one number', buildNpy({ shape: '()', values: new Uint8Array(2) }), /received shape \(\)/],
  ['four dimensions', buildNpy({ shape: '(1, 1, 2, 3)' }), /received shape \(1, 1, 2, 3\)/],
  ['no rows', buildNpy({ shape: '(0, 3)', values: new Uint8Array(0) }), /sizes of at least 1, received shape \(0, 3\)/],
  ['more rows than can be', buildNpy({ shape: '(99999999999999999999, 3)' }), /sizes of at least 1/],
  ['a short file', buildNpy({ values: new Uint8Array(11) }), /a file of 140 bytes \(1 x 2 x 3 x 2 behind the header\), received 139 bytes/],
  ['something behind it', buildNpy({ values: new Uint8Array(13) }), /received 141 bytes/],
  ['no dictionary', buildNpy({ text: 'frames' }), /a dictionary of 'descr', 'fortran_order' and 'shape', received frames/],
  ['a key is missing', buildNpy({ text: "{'descr': '<u2', 'shape': (2, 3)}" }), /received descr, shape/],
  ['none of the keys', buildNpy({ text: '{}' }), /received none of them/],
  ['a version to come', buildNpy({ version: 4 }), /NPY version 1, 2 or 3, received version 4/],
  [
    'a header of 4 GB',
    Buffer.from('\x93NUMPY\x02\x00\xff\xff\xff\xff', 'latin1'),
    /a header of at most 65536 bytes, received 4294967295 bytes/
  ],
  ['cut in the header', buildNpy().subarray(0, 60), /a header of 118 bytes, received a file that ends after 60 bytes/],
  ['cut before the header', buildNpy().subarray(0, 9), /NPY version 1, 2 or 3, received 9 bytes/]
]

t.test('arrays that are no frames, and damaged files, are refused by name', async (t) => {
  for (const [what, bytes, message] of refusedNpy) {
    await t.rejects(npyFormat.open(bytesFile('x.npy', bytes), {}), { code: 'ERR_FORMAT', message, file: 'x.npy' }, what)
  }
})

const whole = buildNpy()
const member = { name: 'a.npy', bytes: whole }
const zip = buildZip([member])
const changed = (at: number, value: number, from = zip): Uint8Array =>
  Uint8Array.from(from, (byte, i) => (i === at || i - from.length === at ? value : byte))
const directoryAt = zip.length - 22 - 46 - 5

const refusedNpz: [string, Uint8Array, RegExp][] = [
  ['no array', buildZip([{ name: 'a.txt', bytes: whole }]), /one array of frames.*, received no array/],
  ['nothing in it', buildZip([]), /received no array/],
  ['encrypted', buildZip([{ ...member, flags: 1 }]), /a.npy: an array that is not encrypted/],
  ['another method', buildZip([{ ...member, method: 12 }]), /a.npy: a stored or deflated array, received ZIP method 12/],
  ['a wrong checksum', buildZip([{ ...member, crc: 1 }]), /a.npy: the bytes of its checksum, received other bytes/],
  [
    'stored with another size',
    buildZip([{ ...member, size: 1 }]),
    /a.npy: a size that its packed bytes can have, received 1 bytes from 140/
  ],
  [
    'a bomb',
    buildZip([{ ...member, method: 8, size: 2 ** 31 }]),
    /a.npy: a size that its packed bytes can have, received 2147483648 bytes/
  ],
  ['larger than it says', buildZip([{ ...member, method: 8, size: 100 }]), /a.npy: deflate data, received/],
  ['smaller than it says', buildZip([{ ...member, method: 8, size: 1000 }]), /a.npy: 1000 bytes, received 140/],
  ['no deflate data', changed(40, 0xff, buildZip([{ ...member, method: 8 }])), /a.npy: (deflate data|the bytes of its checksum)/],
  ['outside the file', buildZip([{ ...member, position: 1000 }]), /"a.npy" inside the file, received 140 bytes from byte 1000 of/],
  ['no local header', buildZip([{ ...member, position: 3 }]), /at byte 3: expected the local header of a.npy/],
  ['a local name beyond the file', changed(27, 0xff), /a.npy: 140 bytes from byte 65315/],
  ['a comment behind', Buffer.concat([zip, Buffer.alloc(3)]), /the end of a ZIP directory/],
  ['not a ZIP file', zip.subarray(0, 10), /a ZIP file, received 10 bytes/],
  ['a directory outside', changed(-4, 0x7f), /a directory of at most 1048576 bytes inside the file/],
  ['no directory', changed(directoryAt, 0), /a member of the ZIP directory/],
  ['a name longer than the directory', changed(directoryAt + 29, 0x10), /a whole member of the ZIP directory/],
  [
    'members that share their bytes',
    buildZip([
      { name: 'a.npy', bytes: whole },
      { name: 'b.npy', bytes: whole, position: 0 }
    ]),
    /at byte 0: expected "b.npy" behind the member before it, received one inside of it/
  ],
  ['another count', buildZip([member], { count: 2 }), /2 members in the ZIP directory, received 1/],
  ['no ZIP64 end', changed(-22 - 76, 0, buildZip([member], { wide: true })), /the ZIP64 end of the directory/],
  ['no room for a ZIP64 end', changed(11, 0xff, changed(10, 0xff, buildZip([]))), /the ZIP64 end of the directory/]
]

t.test('damaged ZIP files are refused by name', async (t) => {
  for (const [what, bytes, message] of refusedNpz) {
    await t.rejects(npzFormat.open(bytesFile('x.npz', bytes), {}), { code: 'ERR_FORMAT', message }, what)
  }
  t.notOk(npzFormat.matches(Buffer.from('PK\x01\x02', 'latin1'), 4))
  t.ok(npzFormat.matches(buildZip([]), 22), 'an empty one')
})
