import { createHash } from 'node:crypto'
import { join } from 'node:path'
import t from 'tap'
import type { PixelData } from '../../../../../lib/frame/pixel-data.js'
import { writeTiff } from '../../../../../lib/io/formats/tiff/write-tiff.js'
import { readFrames } from '../../../../../lib/io/read-frames.js'
import { foreignPixels } from '../../../../fixtures/foreign/pixels.js'
import { needsPython, runPython } from '../../../../fixtures/python.js'
import { readAllFrames } from '../../../../fixtures/read-all-frames.js'

/** Of the frame k, what the files in test/fixtures/foreign hold (see make.py there). */
const wide = (Type: new (values: number[]) => PixelData) => (k: number) => ({ data: new Type(foreignPixels(k, 37, 53)), shape: [37, 53] })
const small = (Type: new (values: number[]) => PixelData) => (k: number) => ({ data: new Type(foreignPixels(k, 11, 13)), shape: [11, 13] })

const foreign: [string, number, (k: number) => { data: PixelData; shape: number[] }][] = [
  ['gdal-strips.tif', 1, wide(Uint16Array)],
  ['gdal-pages.tif', 3, wide(Int32Array)],
  ['gdal-big-tiles.tif', 1, wide(Uint16Array)],
  ['gdal-motorola.tif', 1, wide(Int16Array)],
  ['gdal-float.tif', 1, wide(Float32Array)],
  ['gdal-double.tif', 1, wide(Float64Array)],
  ['gdal-u16.png', 1, wide(Uint16Array)],
  ['tifffile-imagej.tif', 3, small(Uint16Array)],
  ['tifffile-shaped.tif', 3, small(Float32Array)],
  ['tifffile-truncated.tif', 3, small(Uint16Array)],
  ['tifffile-big.tif', 3, wide(Uint16Array)],
  ['tifffile-white.tif', 1, small(Uint8Array)],
  ['tifffile-ome.ome.tif', 3, small(Uint16Array)],
  ['pillow-lzw.tif', 1, wide(Uint16Array)],
  ['pillow-float.tif', 2, wide(Float32Array)],
  ['pillow-int.tif', 1, wide(Int32Array)]
]

t.test('what GDAL, tifffile and Pillow wrote is read exactly', async (t) => {
  for (const [name, pages, expected] of foreign) {
    const frames = await readAllFrames([join('test/fixtures/foreign', name)])
    t.equal(frames.length, pages, name)
    t.strictSame(
      frames.map(({ data, shape }) => ({ data, shape })),
      Array.from({ length: pages }, (_, k) => expected(k)),
      name
    )
    t.equal(frames[0].info?.minIsWhite ?? false, name === 'tifffile-white.tif')
  }
  await t.rejects(readAllFrames(['test/fixtures/foreign/gdal-zstd.tif']), { code: 'ERR_FORMAT', message: /ZSTD/ })
  await t.rejects(readAllFrames(['test/fixtures/foreign/tifffile-planes.tif']), {
    code: 'ERR_FORMAT',
    message: /1 sample per pixel, received 3 samples per pixel \(RGB\)/
  })
})

const needsTifffile = needsPython('numpy', 'tifffile')

const sha256 = (data: ArrayBufferView): string =>
  createHash('sha256')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex')

t.test('tifffile reads bit for bit what we write', needsTifffile, async (t) => {
  const folder = t.testdir()
  const shape = [67, 131] as const
  const u16 = Uint16Array.from({ length: 67 * 131 }, (_, i) => (i * 7919) & 65535)
  const f32 = Float32Array.from(u16, (value, i) => [value / 7, -value, NaN, Infinity, -0, 1e-42][i % 6])
  const program = `
import sys, json, hashlib, tifffile
out = []
for name in sys.argv[1:]:
    with tifffile.TiffFile(name) as f:
        out.append({'big': f.is_bigtiff, 'pages': [[str(p.dtype), list(p.shape), hashlib.sha256(p.asarray().tobytes()).hexdigest()] for p in f.pages]})
print(json.dumps(out))`
  const cases = [{}, { compression: 'deflate' }, { bigTiff: true }, { bigTiff: true, compression: 'deflate' }] as const
  const paths = cases.map((_, index) => join(folder, `${index}.tif`))
  for (const [index, options] of cases.entries())
    await writeTiff(
      paths[index],
      [
        { data: u16, shape },
        { data: f32, shape }
      ],
      options
    )
  const pages = [
    ['uint16', [...shape], sha256(u16)],
    ['float32', [...shape], sha256(f32)]
  ]
  t.strictSame(
    runPython(program, ...paths),
    cases.map((options) => ({ big: 'bigTiff' in options, pages }))
  )
})

t.test('GDAL reads bit for bit what we write', needsPython('osgeo.gdal'), async (t) => {
  const path = join(t.testdir(), 'a.tif')
  const values = [0, 1, 127, 65535, 256, 4096]
  const types = [Uint16Array, Float32Array]
  for (const bigTiff of [false, true]) {
    for (const compression of ['none', 'deflate'] as const) {
      const frames = types.map((Type) => ({ data: Type.from(values), shape: [2, 3] as const }))
      await writeTiff(path, frames, { bigTiff, compression, overwrite: true })
      const program = `
import sys, json
from osgeo import gdal
pages = [gdal.Open(f'GTIFF_DIR:{k + 1}:{sys.argv[1]}') for k in range(${types.length})]
bands = [page.GetRasterBand(1) for page in pages]
print(json.dumps([[band.XSize, band.YSize, gdal.GetDataTypeName(band.DataType), band.ReadRaster().hex()] for band in bands]))`
      const names = ['UInt16', 'Float32']
      const hex = (data: PixelData): string => Buffer.from(data.buffer).toString('hex')
      t.strictSame(
        runPython(program, path),
        frames.map(({ data }, k) => [3, 2, names[k], hex(data)]),
        `${bigTiff} ${compression}`
      )
    }
  }
})

t.test('we read bit for bit what tifffile writes', needsTifffile, async (t) => {
  const folder = t.testdir()
  const program = `
import sys, json, hashlib, os, numpy as np, tifffile
folder = sys.argv[1]
out = {}
values = np.random.default_rng(7).integers(0, 2**32, (3, 45, 61), dtype=np.uint32)
for kind in ('u1', 'u2', 'u4', 'i1', 'i2', 'i4', 'f4', 'f8'):
    data = values.astype('f8').astype(kind) / (7 if kind[0] == 'f' else 1) if kind[0] == 'f' else values.astype(kind)
    data = data.astype(kind)
    for order in '<>':
        for big in (False, True):
            for extra, options in (('plain', {}), ('rows', {'rowsperstrip': 7}), ('tile', {'tile': (16, 32)}), ('zlib', {'compression': 'zlib'})):
                name = f'{kind}{"II" if order == "<" else "MM"}{int(big)}{extra}.tif'
                try:
                    tifffile.imwrite(os.path.join(folder, name), data, byteorder=order, bigtiff=big, photometric='minisblack', metadata=None, **options)
                except Exception as error:
                    if extra != 'zlib': raise
                    continue
                out[name] = [hashlib.sha256(page.tobytes()).hexdigest() for page in data]
print(json.dumps(out))`
  const expected: Record<string, string[]> = runPython(program, folder)
  t.ok(Object.keys(expected).length >= 96, `${Object.keys(expected).length} files`)
  const wrong: string[] = []
  for (const [name, hashes] of Object.entries(expected)) {
    const received: string[] = []
    for await (const { data, shape } of readFrames([join(folder, name)]))
      received.push(shape[0] === 45 && shape[1] === 61 ? sha256(data) : `shape ${shape}`)
    if (received.join() !== hashes.join()) wrong.push(name)
  }
  t.strictSame(wrong, [])
})
