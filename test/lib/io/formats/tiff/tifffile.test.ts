import { createHash } from 'node:crypto'
import { join } from 'node:path'
import t from 'tap'
import { writeTiff } from '../../../../../lib/io/formats/tiff/write-tiff.js'
import { readFrames } from '../../../../../lib/io/read-frames.js'
import { needsPython, runPython } from '../../../../fixtures/python.js'

const needsTifffile = needsPython('numpy', 'tifffile')

const sha256 = (data: ArrayBufferView): string =>
  createHash('sha256').update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)).digest('hex')

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
  for (const [index, options] of cases.entries()) await writeTiff(paths[index], [{ data: u16, shape }, { data: f32, shape }], options)
  const pages = [['uint16', [...shape], sha256(u16)], ['float32', [...shape], sha256(f32)]]
  t.strictSame(
    runPython(program, ...paths),
    cases.map((options) => ({ big: 'bigTiff' in options, pages }))
  )
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
    for await (const { data, shape } of readFrames([join(folder, name)])) received.push(shape[0] === 45 && shape[1] === 61 ? sha256(data) : `shape ${shape}`)
    if (received.join() !== hashes.join()) wrong.push(name)
  }
  t.strictSame(wrong, [])
})
