import t from 'tap'
import { bytesFile } from '../../../../../lib/io/formats/bytes-file.js'
import { fitsFormat } from '../../../../../lib/io/formats/fits/fits.js'
import { buildFits, extension, primary, samples } from '../../../../fixtures/formats/fits.js'
import { foreignPixels } from '../../../../fixtures/foreign/pixels.js'
import { readAllFrames } from '../../../../fixtures/read-all-frames.js'

const foreign = (name: string) => readAllFrames([`test/fixtures/foreign/${name}`])

t.test('what astropy wrote is read exactly', async (t) => {
  const [u16] = await foreign('u16.fits')
  t.strictSame(u16.data, new Uint16Array(foreignPixels()), 'unsigned by BZERO')
  t.strictSame(u16.shape, [5, 7])
  t.match(u16.info, {
    mode: { integrationTime: 250, binning: '1x2' },
    temperature: -4.5,
    time: '2026-11-21T06:00:00',
    firstRowLowest: true
  })
  const stack = await foreign('stack.fits')
  t.strictSame(
    stack.slice(0, 3).map(({ data }) => data),
    [0, 1, 2].map((k) => new Float32Array(foreignPixels(k))),
    'an extension'
  )
  t.strictSame(stack[3].data, new Int32Array(foreignPixels()), 'and the next')
  t.strictSame((await foreign('i8.fits'))[0].data, new Int8Array(foreignPixels().map((value) => (value % 100) - 100)))
  t.strictSame((await foreign('u32.fits'))[0].data, new Uint32Array(foreignPixels()))
  await t.rejects(foreign('compressed.fits'), { code: 'ERR_FORMAT', message: /an array that is not compressed, received ZCMPTYPE RICE_1/ })
})

t.test('our own files are valid', async (t) => {
  for (const { name, bytes } of samples()) {
    t.ok(fitsFormat.matches(bytes.subarray(0, 4096), bytes.length), name)
    const reader = await fitsFormat.open(bytesFile(name, bytes), {})
    t.equal(reader.pages, name === 'stack.fits' ? 2 : 1)
    const { shape, info } = await reader.readPage(reader.pages - 1)
    t.strictSame(shape, [2, 3])
    t.equal(info?.firstRowLowest, name !== 'u16.fits')
  }
  const odd = buildFits(
    [...primary(16, 3, 2), "OBJECT  = 'it''s'", 'NAN     = nothing', 'EMPTY   =', "DATE-OBS= 'today'", 'EXPTIME = 1.5D-1'],
    new Uint8Array(12)
  )
  const reader = await fitsFormat.open(bytesFile('odd', odd.subarray(0, 2892)), {})
  const { info } = await reader.readPage(0)
  t.equal(info?.mode?.integrationTime, 150, 'exponents of Fortran')
  t.equal(info?.time, undefined)
  t.ok(reader, 'the last block need not be filled')
})

t.test('what stands beside the frames is no frame', async (t) => {
  const flat = buildFits(
    primary(16, 3, 2),
    Uint8Array.from({ length: 12 }, (_, i) => i % 2)
  )
  const pagesOf = async (...extensions: Uint8Array[]): Promise<number> =>
    (await fitsFormat.open(bytesFile('x.fits', Buffer.concat([flat, ...extensions])), {})).pages
  const named = (cards: string[]): Uint8Array => buildFits([...extension('IMAGE', -32, 3, 2), ...cards], new Uint8Array(24))
  for (const name of ['UNCERT', 'MASK', 'PSFIMAGE', 'ERR', 'DQ', 'WHT', 'VAR_POISSON', 'BPM', 'weight', 'ivar']) {
    t.equal(await pagesOf(named([`EXTNAME = '${name.padEnd(8)}'`])), 1, name)
  }
  t.equal(await pagesOf(named(["HDUCLAS2= 'ERROR   '"]), named(["HDUCLAS2= 'QUALITY '"])), 1)
  t.equal(await pagesOf(named(["EXTNAME = 'SCI     '"]), named(["EXTNAME = 'SCI     '", 'EXTVER  = 2']), named([])), 4, 'frames are')
  t.equal(await pagesOf(named(["EXTNAME = 'MASKED  '"])), 2, 'the whole name counts')
  const four = (...axes: number[]): Uint8Array => buildFits(extension('IMAGE', 8, ...axes), new Uint8Array(12))
  t.equal(await pagesOf(four(3, 2, 1, 2)), 3, 'axes of one value')
  t.equal(await pagesOf(four(3, 2, 2, 1)), 3)
  t.equal(await pagesOf(Buffer.alloc(100)), 1, 'zeros at the end')
})

const refused: [string, Uint8Array, RegExp][] = [
  ['an unknown BITPIX', buildFits(primary(12, 3, 2)), /BITPIX 8, 16, 32, -32 or -64, received 12/],
  ['no BITPIX', buildFits(['SIMPLE  = T', 'NAXIS   = 0']), /BITPIX from -64 to 64, received none/],
  ['64-bit integers', buildFits(primary(64, 3, 2), new Uint8Array(48)), /integers of 8, 16 or 32 bits, received BITPIX 64/],
  [
    'scaled values',
    buildFits([...primary(16, 3, 2), 'BSCALE  = 0.5'], new Uint8Array(12)),
    /unsigned by BZERO, received BZERO 0, BSCALE 0.5/
  ],
  ['an offset of its own', buildFits([...primary(16, 3, 2), 'BZERO   = 100'], new Uint8Array(12)), /received BZERO 100, BSCALE 1/],
  ['an axis below 0', buildFits(primary(16, -3, 2)), /NAXIS1 from 0 to 2147483648, received -3/],
  ['a missing axis', buildFits(['SIMPLE  = T', 'BITPIX  = 8', 'NAXIS   = 2', 'NAXIS1  = 3']), /NAXIS2 from 0/],
  ['more values than can be', buildFits(primary(16, 2 ** 31, 2 ** 31, 2 ** 31)), /an array that can be, received 2147483648 x/],
  ['more pixels than bytes', buildFits(primary(16, 30000, 30000)), /1800000000 bytes of pixels, received 0 up to the end/],
  ['no frame', buildFits(primary(8)), /an array of two or three axes, received none/],
  ['one axis', buildFits(primary(8, 5), new Uint8Array(5)), /an array of two or three axes/],
  ['an empty axis', buildFits(primary(8, 0, 5)), /an array of two or three axes/],
  [
    'a table only',
    Buffer.concat([buildFits(primary(8)), buildFits(extension('BINTABLE', 8, 4, 2), new Uint8Array(8))]),
    /an array of two or three/
  ],
  ['no END', Buffer.alloc(2880, 'SIMPLE  =                    T'.padEnd(80)), /a header that ends with END within 356 blocks/],
  ['other bytes', buildFits(['SIMPLE  = T\0']), /at byte 0: expected a card of text/],
  ['a short file', Buffer.from('SIMPLE  = T'), /a header that ends with END/],
  [
    'cut in the header of an extension',
    Buffer.concat([buildFits(primary(16, 3, 2), new Uint8Array(12)), buildFits(extension('IMAGE', 8, 3, 2)).subarray(0, 1000)]),
    /at byte 5760: expected a header that ends with END/
  ],
  ['four axes', buildFits(primary(16, 3, 2, 2, 2), new Uint8Array(48)), /a stack along one more, received axes 3 x 2 x 2 x 2/],
  ['only an uncertainty', buildFits([...primary(16, 3, 2), "EXTNAME = 'UNCERT  '"], new Uint8Array(12)), /an array of two or three axes/],
  ['more frames than any', buildFits(primary(8, 1, 1, 1000001), new Uint8Array(1000001)), /at most 1000000 frames, received 1000001/]
]

t.test('what cannot be read is refused by name', async (t) => {
  for (const [what, bytes, message] of refused)
    await t.rejects(fitsFormat.open(bytesFile('x.fits', bytes), {}), { code: 'ERR_FORMAT', message }, what)
  t.notOk(fitsFormat.matches(Buffer.from('SIMPLEX'), 7))
})
