import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { FrameInfo } from '../../../lib/frame/frame-info.js'
import type { PixelData } from '../../../lib/frame/pixel-data.js'
import { openHdf5 } from '../../../lib/io/formats/hdf5/open-hdf5.js'
import { openFrameFile } from '../../../lib/io/formats/open-frame-file.js'
import { writeHdf5 } from '../../../lib/io/write-hdf5.js'
import { needsPython, runPython } from '../../fixtures/python.js'

const folder = t.testdir()
const shape = [2, 3] as const
const frame = (first: number, info?: FrameInfo) => ({ data: Uint16Array.from({ length: 6 }, (_, i) => first + i), shape, info })

const readAll = async (path: string) => {
  const file = await openFrameFile(path)
  const reader = await openHdf5(file)
  const frames = []
  for (let page = 0; page < reader.pages; page++) frames.push(await reader.readPage(page))
  await reader.close!()
  await file.close()
  return { frames, roles: reader.roles }
}

t.test('what is written is read back, with what is known of it', async (t) => {
  const path = join(folder, 'known.h5')
  const info = {
    serialNumber: 'SN 7',
    pixelPitch: [0.15, 0.139],
    bitsUsed: 14,
    corrections: ['offset', 'gain'],
    time: '2024-05-06T07:08:09Z'
  } as const
  const given = [
    frame(0, { ...info, mode: { integrationTime: 100 }, role: 'dark' }),
    frame(10, { ...info, mode: { integrationTime: 250.5 }, role: 'flat' }),
    frame(65530, { ...info, mode: { integrationTime: 100 }, role: 'projection' })
  ]
  await writeHdf5(path, given, { provenance: { from: 'a test' } })
  const { frames, roles } = await readAll(path)
  t.strictSame(roles, ['dark', 'flat', 'projection'])
  for (const [k, { data, info }] of frames.entries()) {
    t.strictSame(data, given[k].data)
    const { role, ...known } = given[k].info!
    t.ok(role)
    t.match(info, known)
  }
})

t.test('what not all frames say is not said of the stack, except what was done to one of them', async (t) => {
  const path = join(folder, 'some.h5')
  await writeHdf5(path, [frame(0, { serialNumber: 'a', role: 'dark', corrections: ['lag'] }), frame(1, { serialNumber: 'b' })])
  const { frames, roles } = await readAll(path)
  t.equal(roles, undefined)
  t.strictSame(
    frames.map(({ info }) => ({ ...info })),
    [{ corrections: ['lag'] }, { corrections: ['lag'] }]
  )
  await writeHdf5(path, [frame(0, { corrections: ['lag'] })], { overwrite: true, info: { corrections: [], serialNumber: 'c' } })
  t.strictSame({ ...(await readAll(path)).frames[0].info }, { serialNumber: 'c', corrections: [] }, 'the caller knows better')
})

t.test('h5py reads it, every pixel type', needsPython('h5py'), async (t) => {
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
  for (const [name, data] of types)
    await writeHdf5(
      join(folder, `${name}.h5`),
      [
        { data, shape: [1, 2] },
        { data, shape: [1, 2] }
      ],
      { provenance: { name } }
    )
  const code = `
import h5py, json, sys
def look(name):
    file = h5py.File(sys.argv[1] + '/' + name + '.h5', 'r')
    frames = file[file.attrs['default']][file['entry'].attrs['default']]
    frames = frames[frames.attrs['signal']]
    note = file['entry/process/provenance/data'][()].decode()
    return [name, frames.dtype.name, list(frames.shape), list(frames.chunks), frames[1].tobytes().hex(), note, file['entry/instrument/detector'].attrs['NX_class']]
print(json.dumps([look(name) for name in ${JSON.stringify(types.map(([name]) => name))}]))`
  const expected = types.map(([name, data]) => [
    name,
    name,
    [2, 1, 2],
    [1, 1, 2],
    Buffer.from(data.buffer).toString('hex'),
    JSON.stringify({ name }),
    'NXdetector'
  ])
  t.strictSame(runPython(code, folder), expected)
})

t.test('what cannot be written leaves what was there', async (t) => {
  const own = t.testdir()
  const path = join(own, 'a.h5')
  await t.rejects(writeHdf5(path, []), { code: 'ERR_STACK', message: /at least one frame to write, received none/ })
  const second = (data: PixelData, other: readonly [number, number] = shape) => writeHdf5(path, [frame(0), { data, shape: other }])
  await t.rejects(second(new Float32Array(6)), {
    code: 'ERR_STACK',
    message: /frame 1: expected pixels of type u16 as in the first, received f32/
  })
  await t.rejects(second(new Uint16Array(6), [3, 2]), { code: 'ERR_SHAPE' })
  await t.rejects(writeHdf5(path, [frame(0)], { provenance: { big: 1n } }), {
    code: 'ERR_OPTION',
    message: /option "provenance": expected plain data/
  })
  t.strictSame(readdirSync(own), [], 'nothing is left')
  writeFileSync(path, 'mine')
  await t.rejects(writeHdf5(path, [frame(0)]), { code: 'ERR_EXISTS' })
  await t.rejects(writeHdf5(join(own, 'none', 'a.h5'), [frame(0)]), { code: 'ERR_IO' })
  t.notOk(existsSync(join(own, 'none')))
})
