import { FormatError } from '../../../errors.js'
import type { FrameCorrection, FrameInfo } from '../../../frame/frame-info.js'
import type { PixelType } from '../../../frame/pixel-data.js'
import type { FrameFile } from '../frame-file.js'
import type { PixelBlock } from '../pixel-block.js'
import { pixelTypeFacts } from '../pixel-type-facts.js'

/** What the header says of all frames of a file. */
export interface HisStack extends PixelBlock {
  readonly frames: number
  readonly frameBytes: number
  readonly info: FrameInfo
}

const types: Readonly<Record<number, PixelType>> = { 2: 'f64', 4: 'u16', 8: 'i16', 12: 'i16', 32: 'u32', 40: 'i32' }
const noFrames: Readonly<Record<number, string>> = { 16: 'a map of faults, 1 bit per pixel', 33: 'a mask of faults' }
const corrections: readonly (readonly [number, FrameCorrection])[] = [
  [1, 'offset'],
  [2, 'gain'],
  [4, 'defects']
]
const headerBytes = 68
const imageHeaderBytes = 32

/**
 * Parse the header of a HIS file and hold it against the size of the file.
 * @param head at least 68 bytes, and the image header where there is one
 * @throws {FormatError} ERR_FORMAT when something disagrees
 */
export function describeHis(file: FrameFile, head: Uint8Array): HisStack {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  const refuse = (offset: number, expected: string, received: string): never => {
    throw new FormatError({ file: file.path, offset, expected, received })
  }
  const [left, top, right, bottom] = [12, 14, 16, 18].map((offset) => view.getUint16(offset, true))
  const [rows, cols] = [bottom - top + 1, right - left + 1]
  if (rows < 1 || cols < 1) refuse(12, 'a rectangle from upper left to lower right', `[${left}, ${top}] to [${right}, ${bottom}]`)
  const number = view.getUint16(32, true)
  const type = types[number]
  if (type === undefined) return refuse(32, 'pixels of type 2, 4, 8, 12, 32 or 40', `${number} (${noFrames[number] ?? 'unknown'})`)
  const frames = view.getUint16(20, true)
  if (frames < 1) refuse(20, 'at least one frame', '0')
  const position = headerBytes + view.getUint16(10, true)
  const frameBytes = rows * cols * pixelTypeFacts[type].bytes
  const size = position + frames * frameBytes
  if (size !== file.size) {
    refuse(20, `${size} bytes: ${position} of headers, ${frames} frames of ${rows} rows x ${cols} columns`, `a file of ${file.size} bytes`)
  }
  const stated = view.getUint32(6, true)
  // above 4 GiB the field holds the lower 32 bits; some writers leave it at 0
  if (stated !== 0 && stated !== size % 2 ** 32) refuse(6, `the size of the file, ${size % 2 ** 32}`, String(stated))
  const done = view.getUint16(22, true)
  if (done > 7) refuse(22, 'corrections 0 to 7', String(done))
  return {
    rows,
    cols,
    type,
    byteOrder: 'little',
    position,
    frames,
    frameBytes,
    info: infoOf(view, position, done, { left, top, right, bottom })
  }
}

interface Rectangle {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

function infoOf(view: DataView, position: number, done: number, { left, top, right, bottom }: Rectangle): FrameInfo {
  const microseconds = view.getFloat64(24, true)
  const mode = {
    ...(Number.isFinite(microseconds) && microseconds > 0 && { integrationTime: microseconds / 1000 }),
    readoutRegion: `${top},${left},${bottom - top + 1},${right - left + 1}`
  }
  const stated = { mode, corrections: corrections.filter(([bit]) => done & bit).map(([, name]) => name) }
  if (position < headerBytes + imageHeaderBytes || view.byteLength < headerBytes + imageHeaderBytes) return stated
  const kilovolts = view.getFloat32(headerBytes + 22, true)
  const averaged = view.getUint16(headerBytes + 30, true)
  const filter = textAt(view, headerBytes + 13, 9)
  return {
    ...stated,
    ...(Number.isFinite(kilovolts) && kilovolts > 0 && { kilovolts }),
    ...(averaged > 0 && { framesAveraged: averaged }),
    ...(filter !== '' && { filter })
  }
}

/** Text up to the first zero; empty where it is no text: many writers leave the image header unset. */
function textAt(view: DataView, offset: number, length: number): string {
  const text = Buffer.from(view.buffer, view.byteOffset + offset, length)
    .toString('latin1')
    .split('\0')[0]
    .trim()
  return /^[ -~]*$/.test(text) ? text : ''
}
