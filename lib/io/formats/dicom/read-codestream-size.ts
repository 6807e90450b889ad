import type { CodecName } from '../frame-decoder.js'

/** What a codestream says of its frame. */
export interface CodestreamSize {
  readonly rows: number
  readonly cols: number
  readonly components: number
  readonly bits: number
}

/** Starts of frame: lossless with Huffman codes; JPEG-LS. */
const frameMarkers = { 'jpeg-lossless': 0xc3, 'jpeg-ls': 0xf7 } as const

/**
 * Read from the header of a codestream how large its frame is.
 * @returns or, in words, what is wrong
 * @see ITU-T T.81, B.2.2, 1992; T.87, C.2.2, 1998; T.800, A.5.1, 2019
 */
export function readCodestreamSize(bytes: Uint8Array, codec: CodecName): CodestreamSize | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return codec === 'jpeg-2000' || codec === 'htj2k' ? sizeOfJpeg2000(view) : sizeOfJpeg(view, frameMarkers[codec])
}

function sizeOfJpeg2000(view: DataView): CodestreamSize | string {
  if (view.byteLength < 43 || view.getUint32(0) !== 0xff4f_ff51) return 'no codestream of JPEG 2000'
  return {
    rows: view.getUint32(12) - view.getUint32(20),
    cols: view.getUint32(8) - view.getUint32(16),
    components: view.getUint16(40),
    bits: (view.getUint8(42) & 0x7f) + 1
  }
}

function sizeOfJpeg(view: DataView, frameMarker: number): CodestreamSize | string {
  if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return 'no codestream of JPEG'
  for (let at = 2; at + 10 <= view.byteLength; at += 2 + view.getUint16(at + 2)) {
    const [mark, marker] = [view.getUint8(at), view.getUint8(at + 1)]
    if (mark !== 0xff) return `a codestream without a marker at its byte ${at}`
    if (marker === frameMarker) {
      return { rows: view.getUint16(at + 5), cols: view.getUint16(at + 7), components: view.getUint8(at + 9), bits: view.getUint8(at + 4) }
    }
    // before the frame: tables, application data, comments and extensions
    if (!isTable(marker)) return `a codestream of another kind: marker FF${marker.toString(16).toUpperCase()}`
  }
  return 'a codestream that ends before its frame'
}

function isTable(marker: number): boolean {
  return marker === 0xc4 || marker === 0xdb || marker === 0xdd || (marker >= 0xe0 && marker <= 0xef) || marker === 0xf8 || marker === 0xfe
}
