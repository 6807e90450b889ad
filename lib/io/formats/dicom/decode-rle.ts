import { FormatError } from '../../../errors.js'
import type { PixelData } from '../../../frame/pixel-data.js'
import { pixelTypeFacts } from '../pixel-type-facts.js'
import type { DicomLayout } from './dicom-layout.js'

const headerBytes = 64
/** Two packed bytes stand for at most 128. */
const largestRatio = 64

/**
 * Unpack a frame of DICOM RLE: one segment of PackBits per byte of a pixel, the highest byte first. Memory is asked for only when the
 * packed bytes can give that much.
 * @param packed one fragment
 * @param place of the fragment, for messages
 * @returns rows * cols values
 * @throws {FormatError} ERR_FORMAT when the segments are not one per byte, are cut, or give another number of bytes
 * @see DICOM PS3.5, annex G, 2024
 */
export function decodeRle(packed: Uint8Array, layout: DicomLayout, place: { file: string; offset: number }): PixelData {
  const { rows, cols, type, width } = layout
  const pixels = rows * cols
  const refuse = (expected: string, received: string): never => {
    throw new FormatError({ ...place, expected, received })
  }
  if (packed.length < headerBytes) refuse(`an RLE header of ${headerBytes} bytes`, `${packed.length} bytes`)
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength)
  const count = view.getUint32(0, true)
  if (count !== width) refuse(`${width} RLE segments, one per byte of a pixel`, String(count))
  const offsets = Array.from({ length: count }, (_, segment) => view.getUint32(4 + 4 * segment, true))
  offsets.push(packed.length)
  if (offsets[0] !== headerBytes || offsets.some((offset, i) => i > 0 && offset < offsets[i - 1])) {
    refuse(`RLE segments in order, from byte ${headerBytes}`, offsets.slice(0, count).join(', '))
  }
  if (packed.length * largestRatio < pixels * width)
    refuse(`RLE data of ${pixels * width} bytes`, `${packed.length} packed ones, too few for them`)
  const data = pixelTypeFacts[type].create(pixels)
  const target = new Uint8Array(data.buffer)
  for (let segment = 0; segment < count; segment++) {
    const fault = unpackSegment(packed.subarray(offsets[segment], offsets[segment + 1]), target, width - 1 - segment, width)
    if (fault !== undefined) refuse(`RLE segment ${segment + 1} of ${pixels} bytes`, fault)
  }
  return data
}

/** Fill every `width`-th byte of the target, from `start`; undefined, or what is wrong. */
function unpackSegment(source: Uint8Array, target: Uint8Array, start: number, width: number): string | undefined {
  const end = target.length
  let to = start
  let from = 0
  while (to < end) {
    if (from >= source.length) return `${Math.floor((to - start) / width)} bytes`
    const head = source[from++]
    const length = head < 128 ? head + 1 : 257 - head
    // 128 does nothing
    if (head === 128) continue
    if (to + length * width - width >= end) return 'more bytes'
    if (from + (head < 128 ? length : 1) > source.length) return 'a run that is cut'
    for (let i = 0; i < length; i++, to += width) target[to] = source[head < 128 ? from++ : from]
    if (head > 128) from++
  }
  return source.length - from > 1 ? `more bytes: ${source.length - from} packed ones are left` : undefined
}
