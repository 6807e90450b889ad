import { FormatError } from '../../../errors.js'
import type { FrameInfo } from '../../../frame/frame-info.js'
import type { PixelType } from '../../../frame/pixel-data.js'
import type { FrameFile } from '../frame-file.js'
import type { PixelBlock } from '../pixel-block.js'

/** What the header says of all frames of a file. */
export interface GeStack extends PixelBlock {
  readonly frames: number
  readonly frameBytes: number
  readonly info: FrameInfo
}

const types: Readonly<Record<number, PixelType>> = { 8: 'u8', 16: 'u16', 32: 'u32' }
/** What a header that was blanked stood for. */
const blanked = { rows: 2048, cols: 2048, bits: 16, position: 8192 }

/**
 * Parse the header of a GE file and hold it against the size of the file.
 * @param head its first 8192 bytes
 * @throws {FormatError} ERR_FORMAT when something disagrees
 */
export function describeGe(file: FrameFile, head: Uint8Array): GeStack {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  const start = Buffer.from(head.subarray(0, 64)).toString('latin1')
  if (start.startsWith('ADEPT')) return describeHeader(file, view)
  if (/^\0+$/.test(start) || /^\s*\{/.test(start)) return stackOf(file, { ...blanked, frames: undefined, info: {} })
  throw new FormatError({ file: file.path, offset: 0, expected: 'ADEPT, or a blanked header', received: JSON.stringify(start.slice(0, 8)) })
}

function describeHeader(file: FrameFile, view: DataView): GeStack {
  const [rows, cols, bits, frames] = [24, 26, 28, 22].map((offset) => view.getUint16(offset, true))
  const position = view.getUint32(12, true) + view.getUint32(18, true)
  return stackOf(file, { rows, cols, bits, position, frames, info: infoOf(view) })
}

interface Layout {
  readonly rows: number
  readonly cols: number
  readonly bits: number
  readonly position: number
  /** undefined: as many as the file holds. */
  readonly frames: number | undefined
  readonly info: FrameInfo
}

function stackOf(file: FrameFile, { rows, cols, bits, position, frames: stated, info }: Layout): GeStack {
  const refuse = (offset: number, expected: string, received: string): never => {
    throw new FormatError({ file: file.path, offset, expected, received })
  }
  const type = types[bits]
  if (type === undefined) return refuse(28, '8, 16 or 32 bits per pixel', String(bits))
  if (rows < 1 || cols < 1) refuse(24, 'a frame of at least one pixel', `${rows} rows x ${cols} columns`)
  const frameBytes = rows * cols * (bits / 8)
  const frames = stated ?? Math.floor((file.size - position) / frameBytes)
  if (frames < 1 || position + frames * frameBytes !== file.size) {
    refuse(
      22,
      `${position} bytes of header and ${stated ?? 'whole'} frames of ${rows} rows x ${cols} columns x ${bits} bits`,
      `a file of ${file.size} bytes`
    )
  }
  return { rows, cols, type, byteOrder: 'little', position, frames, frameBytes, info }
}

/** Zeros stand for what was not filled in. */
function infoOf(view: DataView): FrameInfo {
  const positive = (value: number): number | undefined => (Number.isFinite(value) && value > 0 ? value : undefined)
  const single = (offset: number): number | undefined => positive(view.getFloat32(offset, true))
  const [integrationTime, frameRate, kilovolts, milliamps] = [696, 700, 704, 708].map(single)
  const temperature = positive(view.getFloat64(824, true))
  const [binnedCols, binnedRows] = [view.getUint16(1114, true), view.getUint16(1116, true)]
  const serialNumber = Buffer.from(view.buffer, view.byteOffset + 140, 20)
    .toString('latin1')
    .split('\0')[0]
    .trim()
  const mode = {
    ...(integrationTime !== undefined && { integrationTime }),
    ...(frameRate !== undefined && { frameRate }),
    ...(binnedRows > 0 && binnedCols > 0 && { binning: `${binnedRows}x${binnedCols}` })
  }
  return {
    mode,
    ...(kilovolts !== undefined && { kilovolts }),
    ...(milliamps !== undefined && { milliamps }),
    ...(temperature !== undefined && { temperature }),
    ...(/^[ -~]+$/.test(serialNumber) && { serialNumber }),
    corrections: view.getUint16(832, true) === 0 ? [] : ['lines']
  }
}
