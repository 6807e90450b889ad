import { setImmediate as breathe } from 'node:timers/promises'
import t from 'tap'
import { isDetectorError } from '../../../../lib/errors.js'
import { pixelTypeOf } from '../../../../lib/frame/pixel-type-of.js'
import { bytesFile } from '../../../../lib/io/formats/bytes-file.js'
import { FORMATS } from '../../../../lib/io/formats/formats.js'
import type { FrameFormat } from '../../../../lib/io/formats/frame-format.js'
import * as dicom from '../../../fixtures/formats/dicom.js'
import * as edf from '../../../fixtures/formats/edf.js'
import * as fits from '../../../fixtures/formats/fits.js'
import * as ge from '../../../fixtures/formats/ge.js'
import * as his from '../../../fixtures/formats/his.js'
import * as npy from '../../../fixtures/formats/npy.js'
import * as png from '../../../fixtures/formats/png.js'
import type { Sample } from '../../../fixtures/formats/sample.js'
import * as tiff from '../../../fixtures/formats/tiff.js'
import * as varian from '../../../fixtures/formats/varian.js'
import { createDraw, mutate } from '../../../fixtures/mutate.js'
import type { Draw } from '../../../fixtures/mutate.js'

/** Formats with a fuzz of their own: libhdf5 runs apart, with a deadline. */
const elsewhere = ['hdf5']
const samples: readonly Sample[] = [tiff, his, ge, varian, npy, fits, png, edf, dicom].flatMap((format) => format.samples())

/** Mutated files in all; a longer run: FLATPANEL_FUZZ=1000000. */
const files = Number(process.env.FLATPANEL_FUZZ ?? 24_000)
/** Pages that are read of one file. */
const mostPages = 4

const formatOf = ({ bytes }: Sample): FrameFormat => FORMATS.find((format) => format.matches(bytes.subarray(0, 4096), bytes.length))!

t.test('every format has samples, and every sample its format', async (t) => {
  const keys = samples.map((sample) => formatOf(sample).key)
  t.strictSame(
    [...new Set(keys)].sort(),
    FORMATS.map(({ key }) => key)
      .filter((key) => !elsewhere.includes(key))
      .sort()
  )
})

interface Tally {
  frames: number
  refused: number
  faults: string[]
  slowest: number
}

t.test(`${files} mutated files give frames or a typed error`, { timeout: 0 }, async (t) => {
  const draw = createDraw(20261121)
  const tally: Tally = { frames: 0, refused: 0, faults: [], slowest: 0 }
  const before = process.memoryUsage().arrayBuffers
  let most = 0
  for (let round = 0; round < files; round++) {
    const sample = samples[round % samples.length]
    const start = performance.now()
    // half of them damaged where structure is: numbers that point at themselves, at each other, at limits
    const bytes = mutate(sample.bytes, draw)
    await readMutated(sample, round % 2 === 0 ? bytes : misdirect(bytes, draw), round, tally)
    tally.slowest = Math.max(tally.slowest, performance.now() - start)
    if (round % 500 === 0) {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before)
      await breathe()
    }
  }
  t.strictSame(tally.faults, [])
  t.ok(tally.frames > files / 50, `${tally.frames} frames were read in spite of it`)
  t.ok(tally.refused > files / 4, `${tally.refused} files were refused`)
  // no sample has more than 20 kB: who believes a header asks for gigabytes
  t.ok(most < 2 ** 29, `at most ${Math.round(most / 2 ** 20)} MiB were held`)
  t.comment(`slowest file: ${Math.round(tally.slowest)} ms`)
})

const limits = [0, 1, 2, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff]

/** One to three numbers of 16 or 32 bits, in either byte order, become their own place, another one, the size, or a limit. */
function misdirect(bytes: Uint8Array, draw: Draw): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let left = 1 + draw(3); left > 0 && bytes.length >= 8; left--) {
    const at = draw(Math.min(bytes.length - 4, 1024))
    const values = [at, draw(bytes.length), bytes.length, view.getUint32(draw(bytes.length - 4), true), limits[draw(limits.length)]]
    const value = values[draw(values.length)]
    if (draw(2) === 0) view.setUint16(at, value & 0xffff, draw(2) === 0)
    else view.setUint32(at, value >>> 0, draw(2) === 0)
  }
  return bytes
}

async function readMutated(sample: Sample, bytes: Uint8Array, round: number, tally: Tally): Promise<void> {
  try {
    const reader = await formatOf(sample).open(bytesFile('mutated', bytes), {})
    try {
      for (let page = 0; page < Math.min(reader.pages, mostPages); page++) {
        const { data, shape } = await reader.readPage(page)
        if (data.length !== shape[0] * shape[1] || data.length === 0)
          tally.faults.push(`${sample.name}, round ${round}: ${data.length} pixels of [${shape.join()}]`)
        pixelTypeOf(data)
        tally.frames++
      }
    } finally {
      await reader.close?.()
    }
  } catch (error) {
    if (isDetectorError(error, 'ERR_FORMAT')) tally.refused++
    else tally.faults.push(`${sample.name}, round ${round}: ${String(error)}`)
  }
}
