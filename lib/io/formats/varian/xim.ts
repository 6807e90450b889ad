import { FormatError } from '../../../errors.js'
import type { PixelData } from '../../../frame/pixel-data.js'
import type { FrameFile } from '../frame-file.js'
import type { FrameFormat } from '../frame-format.js'
import { readPixelBlock } from '../read-pixel-block.js'
import { readXimLayout } from './read-xim-layout.js'
import type { XimLayout } from './read-xim-layout.js'
import { undoDifferences } from './undo-differences.js'

/**
 * XIM, a frame of Varian TrueBeam imagers, compressed by differences or plain: i32, or u16 and u8 where the file says that a pixel has
 * 2 or 1 bytes. Voltage, current and pixel size come from its properties.
 * @see Varian XIM as described by pylinac, XIM, 2023
 */
export const ximFormat: FrameFormat = {
  name: 'XIM',
  key: 'xim',
  extensions: ['.xim'],
  matches: (head) => Buffer.from(head.subarray(0, 6)).toString('latin1') === 'VMS.XI',
  async open(file) {
    const layout = await readXimLayout(file)
    const { rows, cols, info } = layout
    return { pages: 1, readPage: async () => ({ data: await readPixels(file, layout), shape: [rows, cols], info }) }
  }
}

async function readPixels(file: FrameFile, { rows, cols, type, lengths, pixels }: XimLayout): Promise<PixelData> {
  if (lengths === undefined) return readPixelBlock(file, { rows, cols, type, byteOrder: 'little', position: pixels.position })
  const [table, packed] = [new Uint8Array(lengths.bytes), new Uint8Array(pixels.bytes)]
  await file.read(table, lengths.position)
  await file.read(packed, pixels.position)
  const data = new Int32Array(rows * cols)
  const used = undoDifferences({ rows, cols, lengths: table, packed: new DataView(packed.buffer) }, data)
  if (used !== packed.length) {
    throw new FormatError({
      file: file.path,
      offset: pixels.position,
      expected: `${rows} rows x ${cols} columns of differences in ${packed.length} bytes`,
      received: used < 0 ? 'fewer, or one of unknown length' : `${used} bytes of them`
    })
  }
  return narrow(file, data, type)
}

function narrow(file: FrameFile, data: Int32Array, type: XimLayout['type']): PixelData {
  if (type === 'i32') return data
  const narrowed = type === 'u16' ? Uint16Array.from(data) : Uint8Array.from(data)
  const wide = data.findIndex((value, i) => value !== narrowed[i])
  if (wide < 0) return narrowed
  throw new FormatError({ file: file.path, expected: `pixels of type ${type}`, received: `${data[wide]} at pixel ${wide}` })
}
