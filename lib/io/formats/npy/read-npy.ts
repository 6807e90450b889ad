import { FormatError } from '../../../errors.js'
import type { PixelData } from '../../../frame/pixel-data.js'
import { assertFrameCount } from '../assert-frame-count.js'
import type { FrameFile } from '../frame-file.js'
import type { FrameReader } from '../frame-format.js'
import { pixelTypeFacts } from '../pixel-type-facts.js'
import { readWiderBlock } from '../read-wider-block.js'
import { isWider, widerTypes } from '../stored-type.js'
import { parseNpyHeader } from './parse-npy-header.js'
import type { NpyHeader } from './parse-npy-header.js'

/** Bytes that hold the header of any frame file; a longer one is read in full. */
const usualHeader = 4096

/**
 * Open an array file: [rows, cols] is one frame, [frames, rows, cols] a stack.
 * @throws {FormatError} ERR_FORMAT for other shapes and types, and when the file has not exactly the bytes of its array
 */
export async function readNpy(file: FrameFile): Promise<FrameReader> {
  const header = parseNpyHeader(file.path, await readHead(file))
  const { shape, fortranOrder, position, type } = header
  const refuse = (expected: string, received: string): never => {
    throw new FormatError({ file: file.path, offset: 10, expected, received })
  }
  if (shape.length !== 2 && shape.length !== 3) refuse('shape (rows, cols) or (frames, rows, cols)', `shape (${shape.join(', ')})`)
  const [rows, cols] = shape.slice(-2)
  const pages = shape.length === 3 ? shape[0] : 1
  assertFrameCount(file.path, pages, 10)
  const width = (isWider(type) ? widerTypes[type] : pixelTypeFacts[type]).bytes
  const frameBytes = rows * cols * width
  if (position + pages * frameBytes !== file.size) {
    refuse(
      `a file of ${position + pages * frameBytes} bytes (${pages} x ${rows} x ${cols} x ${width} behind the header)`,
      `${file.size} bytes`
    )
  }
  // in Fortran order frames alternate value by value: the whole stack is read, and held
  let stack: Promise<PixelData> | undefined
  const readSpread = async (index: number): Promise<PixelData> => {
    stack ??= readWiderBlock(file, { rows: rows * cols, cols: pages, type, byteOrder: header.byteOrder, position })
    return pick(await stack, pages, rows, cols, index)
  }
  return {
    pages,
    async readPage(index) {
      const data =
        fortranOrder && pages > 1 ? await readSpread(index) : await readFrame(file, header, rows, cols, position + index * frameBytes)
      return { data, shape: [rows, cols] }
    }
  }
}

async function readHead(file: FrameFile): Promise<Uint8Array> {
  const head = new Uint8Array(Math.min(file.size, usualHeader))
  await file.read(head, 0)
  const length = head.length < 12 ? 0 : new DataView(head.buffer).getUint16(8, true)
  if (head[6] !== 1 || 10 + length <= head.length) return head
  const whole = new Uint8Array(Math.min(file.size, 10 + length))
  await file.read(whole, 0)
  return whole
}

async function readFrame(file: FrameFile, header: NpyHeader, rows: number, cols: number, position: number): Promise<PixelData> {
  const { type, byteOrder, fortranOrder } = header
  if (!fortranOrder) return readWiderBlock(file, { rows, cols, type, byteOrder, position })
  return transpose(await readWiderBlock(file, { rows: cols, cols: rows, type, byteOrder, position }), cols, rows)
}

/** One frame of a stack whose values stand by column, row and frame, the frame running fastest. */
function pick(stack: PixelData, pages: number, rows: number, cols: number, index: number): PixelData {
  const data = stack.slice(0, rows * cols)
  for (let row = 0, at = 0; row < rows; row++)
    for (let col = 0; col < cols; col++, at++) data[at] = stack[(col * rows + row) * pages + index]
  return data
}

function transpose(data: PixelData, rows: number, cols: number): PixelData {
  const turned = data.slice()
  for (let row = 0; row < rows; row++) for (let col = 0; col < cols; col++) turned[col * rows + row] = data[row * cols + col]
  return turned
}
