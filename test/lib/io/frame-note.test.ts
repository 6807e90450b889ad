import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { FrameInfo } from '../../../lib/frame/frame-info.js'
import { formatFrameNote } from '../../../lib/io/format-frame-note.js'
import { writeTiff } from '../../../lib/io/formats/tiff/write-tiff.js'
import { parseFrameNote } from '../../../lib/io/parse-frame-note.js'
import { writeNpy } from '../../../lib/io/write-npy.js'
import { writeRaw } from '../../../lib/io/write-raw.js'
import { readAllFrames } from '../../fixtures/read-all-frames.js'

const frame = { data: Uint16Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] as const }
const info: FrameInfo = {
  serialNumber: 'SN-\u00fc7',
  kilovolts: 70,
  milliamps: 1.5,
  filter: '21 mm Al',
  temperature: 31.25,
  bitsUsed: 14,
  framesAveraged: 4,
  mode: { binning: '1x1', gainRange: 'high', integrationTime: 133.25, frameRate: 7.5, readoutRegion: '0,0,2,3' },
  pixelPitch: [0.148, 0.15],
  time: '2026-11-30T08:00:00Z',
  rescale: { slope: 2, intercept: -3 },
  corrections: ['offset', 'gain', 'defects']
}

/** The word of the directory at byte 8 of the header and behind, as TIFF 6.0 section 2 lays it out: tag to [type, count, value]. */
function directory(bytes: Buffer): Map<number, number[]> {
  const at = bytes.readUInt32LE(4)
  const fields = Array.from({ length: bytes.readUInt16LE(at) }, (_, k) => at + 2 + 12 * k)
  return new Map(
    fields.map((field) => [
      bytes.readUInt16LE(field),
      [2, 4, 8].map((step, i) => (i === 0 ? bytes.readUInt16LE(field + step) : bytes.readUInt32LE(field + step)))
    ])
  )
}

t.test('what a note says is read back, in TIFF page by page and beside NPY and raw files', async (t) => {
  const folder = t.testdir()
  const at = (name: string): string => join(folder, name)
  const pages = [info, { ...info, time: '2026-11-30T08:00:09Z' }].map((said) => ({ ...frame, description: formatFrameNote(said) }))
  await writeTiff(at('noted.tif'), pages)
  const read = await readAllFrames([at('noted.tif')])
  for (const [page, { info: found }] of read.entries()) {
    const { name: _, sha256: __, ...stated } = found!
    t.strictSame(stated, { ...info, time: page === 0 ? info.time : '2026-11-30T08:00:09Z', minIsWhite: false })
  }
  await writeNpy(at('a.npy'), [frame])
  await writeRaw(at('a.raw'), [frame])
  for (const name of ['a.npy', 'a.raw']) await writeFile(at(`${name}.json`), `${formatFrameNote(info)}\n`)
  for (const [name, options] of [
    ['a.npy', {}],
    ['a.raw', { raw: { rows: 2, cols: 3, type: 'u16' as const } }]
  ] as const) {
    t.match((await readAllFrames([at(name)], options))[0].info, info, name)
  }
})

t.test('a file of 0.1.0 is known as corrected; what only names the program is not', async (t) => {
  const folder = t.testdir()
  const correctionsOf = async (description: string): Promise<unknown> => {
    await writeTiff(join(folder, 'x.tif'), [frame], { description, overwrite: true })
    return (await readAllFrames([join(folder, 'x.tif')]))[0].info?.corrections
  }
  const old = { program: 'flatpanel 0.1.0', calibration: 'SN1.nxs', output: 'uint16', pedestal: 100, input: 'r-1.tif' }
  t.strictSame(await correctionsOf(JSON.stringify(old)), ['offset', 'gain', 'defects'])
  t.strictSame(await correctionsOf(JSON.stringify({ program: 'flatpanel 0.1.0', frame: { kilovolts: 70 } })), undefined)
  t.strictSame(await correctionsOf(JSON.stringify({ ...old, program: 'other 1.0' })), undefined)
  t.strictSame(await correctionsOf('ImageJ=1.53\nunit=mm\n'), undefined)
  t.strictSame(await correctionsOf(`{"program": "flatpanel`), undefined)
})

t.test('fields that are not as they are written count as not stated', async (t) => {
  const wrong = {
    pixelPitch: [0, 1],
    time: 'yesterday',
    kilovolts: '70',
    serialNumber: 'x'.repeat(300),
    mode: [],
    rescale: { slope: 2 },
    __proto__: { filter: 'inherited' }
  }
  const text = `{"program":"flatpanel 9","corrections":["magic"],"frame":${JSON.stringify(wrong)}}`
  t.strictSame(parseFrameNote(text)?.info, {})
  t.equal(parseFrameNote(`{${' '.repeat(70_000)}}`), undefined)
  t.equal(parseFrameNote('[]'), undefined)
  t.equal(formatFrameNote({ name: 'a.tif', role: 'dark' }), undefined, 'nothing to say')
})

t.test('the pitch of a page is its resolution', async (t) => {
  const path = join(t.testdir(), 'p.tif')
  await writeTiff(path, [{ ...frame, pixelPitch: [0.2, 0.148] }])
  const bytes = await readFile(path)
  const fields = directory(bytes)
  // pixels in a centimetre: 10 / 0.148 across, 10 / 0.2 down; unit 3 is the centimetre
  const ratio = (tag: number): number => {
    const [, , at] = fields.get(tag)!
    return bytes.readUInt32LE(at) / bytes.readUInt32LE(at + 4)
  }
  t.ok(Math.abs(ratio(282) - 10 / 0.148) < 1e-9)
  t.ok(Math.abs(ratio(283) - 50) < 1e-9)
  t.equal(fields.get(296)![2] & 0xffff, 3)
  await t.rejects(writeTiff(path, [{ ...frame, pixelPitch: [0, 1] }], { overwrite: true }), { code: 'ERR_OPTION', message: /pixel pitch/ })
})
