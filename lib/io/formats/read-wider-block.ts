import { FormatError } from '../../errors.js'
import type { PixelData } from '../../frame/pixel-data.js'
import type { FrameFile } from './frame-file.js'
import { narrowIntegers } from './narrow-integers.js'
import type { PixelBlock } from './pixel-block.js'
import { readPixelBlock } from './read-pixel-block.js'
import type { StoredType } from './stored-type.js'
import { isWider, widerTypes } from './stored-type.js'
import { swapBytes } from './swap-bytes.js'
import { widenHalves } from './widen-halves.js'

/**
 * Read a frame that stands unpacked in a file, in a type of pixels or a wider one: half floats become f32, integers of 64 bits i32 or u32.
 * @returns rows * cols values in an array of their own
 * @throws {FormatError} ERR_FORMAT as `readPixelBlock`, and for an integer that does not fit
 */
export async function readWiderBlock(file: FrameFile, block: Omit<PixelBlock, 'type'> & { readonly type: StoredType }): Promise<PixelData> {
  const { type, rows, cols, byteOrder, position } = block
  if (!isWider(type)) return readPixelBlock(file, { ...block, type })
  const { bytes: width } = widerTypes[type]
  const bytes = await readPixelBlock(file, { rows, cols: cols * width, type: 'u8', byteOrder: 'little', position })
  const raw = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (byteOrder === 'big') swapBytes(raw, width)
  if (type === 'f16') {
    const floats = new Float32Array(rows * cols)
    widenHalves(new Uint16Array(raw.buffer, raw.byteOffset, rows * cols), floats)
    return floats
  }
  const target = type === 'i64' ? new Int32Array(rows * cols) : new Uint32Array(rows * cols)
  const odd = narrowIntegers(new Int32Array(raw.buffer, raw.byteOffset, 2 * rows * cols), target)
  if (odd < 0) return target
  throw new FormatError({
    file: file.path,
    offset: position + width * odd,
    expected: `integers of 64 bits whose values fit into ${widerTypes[type].type}`,
    received: String(new DataView(raw.buffer, raw.byteOffset)[type === 'i64' ? 'getBigInt64' : 'getBigUint64'](width * odd, true))
  })
}
