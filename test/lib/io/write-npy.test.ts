import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { PixelData } from '../../../lib/frame/pixel-data.js'
import { writeNpy, writeRaw } from '../../../lib/io/index.js'
import { needsPython, runPython } from '../../fixtures/python.js'
import { readAllFrames } from '../../fixtures/read-all-frames.js'

const folder = t.testdir()
const shape = [2, 3] as const
const frame = (...values: number[]) => ({ data: Uint16Array.from(values), shape })
const two = [frame(1, 2, 3, 4, 5, 65535), frame(7, 8, 9, 10, 11, 12)]

t.test('the bytes of an array file', async (t) => {
  const path = join(folder, 'two.npy')
  await writeNpy(path, two)
  const bytes = readFileSync(path)
  t.equal(bytes.length, 128 + 24)
  t.equal(bytes.toString('latin1', 0, 10), '\x93NUMPY\x01\x00\x76\x00', '118 bytes of header behind the first ten')
  t.match(bytes.toString('latin1', 10, 128), /^\{'descr': '<u2', 'fortran_order': False, 'shape': \(2, 2, 3\), \} *\n$/)
  t.strictSame([...bytes.subarray(128, 140)], [1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 255, 255])
  t.strictSame(
    (await readAllFrames([path])).map(({ data }) => data),
    two.map(({ data }) => data)
  )
})

t.test('numpy reads arrays and raw files, every pixel type', needsPython('numpy'), async (t) => {
  const types: [string, PixelData][] = [
    ['uint8', Uint8Array.of(0, 255)],
    ['int8', Int8Array.of(-128, 127)],
    ['uint16', Uint16Array.of(0, 65535)],
    ['int16', Int16Array.of(-5, 5)],
    ['uint32', Uint32Array.of(0, 2 ** 32 - 1)],
    ['int32', Int32Array.of(-1, 1)],
    ['float32', Float32Array.of(0.5, -0)],
    ['float64', Float64Array.of(1e300, NaN)]
  ]
  for (const [name, data] of types) await writeNpy(join(folder, `${name}.npy`), [{ data, shape: [1, 2] }])
  for (const [name, data] of types) await writeRaw(join(folder, `${name}.raw`), [{ data, shape: [1, 2] }])
  const code = `
import json, numpy, sys
arrays = [(name, numpy.load(sys.argv[1] + '/' + name + '.npy')) for name in ${JSON.stringify(types.map(([name]) => name))}]
same = [array.tobytes() == numpy.fromfile(sys.argv[1] + '/' + name + '.raw', array.dtype).tobytes() for name, array in arrays]
print(json.dumps([[name, array.dtype.name, list(array.shape), array.tobytes().hex(), raw] for (name, array), raw in zip(arrays, same)]))`
  t.strictSame(
    runPython(code, folder),
    types.map(([name, data]) => [name, name, [1, 2], Buffer.from(data.buffer).toString('hex'), true])
  )
})

t.test('raw files and their layout', async (t) => {
  const path = join(folder, 'two.raw')
  const { frames, ...layout } = await writeRaw(path, two)
  t.strictSame({ frames, ...layout }, { rows: 2, cols: 3, type: 'u16', byteOrder: 'little', headerBytes: 0, frames: 2 })
  t.equal(readFileSync(path).length, 24)
  t.strictSame(
    (await readAllFrames([path], { raw: layout })).map(({ data }) => data),
    two.map(({ data }) => data)
  )
})

t.test('what cannot be written leaves everything as it was', async (t) => {
  const writers: ((...given: Parameters<typeof writeNpy>) => Promise<unknown>)[] = [writeNpy, writeRaw]
  for (const write of writers) {
    const path = join(folder, 'kept')
    writeFileSync(path, 'old')
    await t.rejects(async () => void (await write(path, two)), { code: 'ERR_EXISTS' })
    await t.rejects(async () => void (await write(path, [], { overwrite: true })), {
      code: 'ERR_STACK',
      message: /at least one frame to write, received none/
    })
    const other = { data: new Uint16Array(6), shape: [3, 2] as const }
    await t.rejects(async () => void (await write(path, [two[0], other], { overwrite: true })), {
      code: 'ERR_SHAPE',
      message: /kept frame 2: expected shape \[2, 3\].*received \[3, 2\]/
    })
    const floats = { data: new Float32Array(6), shape }
    await t.rejects(async () => void (await write(path, [two[0], floats], { overwrite: true })), {
      code: 'ERR_STACK',
      message: /kept frame 2: expected pixels of type u16/
    })
    await t.rejects(async () => void (await write(path, [{ data: new Uint16Array(5), shape }], { overwrite: true })), { code: 'ERR_SHAPE' })
    t.equal(readFileSync(path, 'utf8'), 'old')
    await write(path, two, { overwrite: true })
    t.not(readFileSync(path, 'latin1'), 'old')
    await t.rejects(async () => void (await write(join(folder, 'nowhere', 'a.npy'), two)), { code: 'ERR_IO' })
    t.notOk(existsSync(join(folder, 'nowhere')))
  }
})
