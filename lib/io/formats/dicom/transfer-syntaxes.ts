import type { CodecName } from '../frame-decoder.js'

/** How a data set and its pixels are encoded. */
export interface TransferSyntax {
  readonly name: string
  readonly explicit: boolean
  readonly byteOrder: 'little' | 'big'
  readonly packing: 'none' | 'deflated' | 'rle' | 'codec'
  /** By which pixels are packed, for packing `codec`. */
  readonly codec?: CodecName
}

export const implicitLittle: TransferSyntax = { name: 'implicit VR little endian', explicit: false, byteOrder: 'little', packing: 'none' }
export const explicitLittle: TransferSyntax = { name: 'explicit VR little endian', explicit: true, byteOrder: 'little', packing: 'none' }

/** The encodings that are read, by their UID. @see DICOM PS3.5, part 10 and annex A, 2024 */
export const transferSyntaxes: Readonly<Record<string, TransferSyntax>> = {
  '1.2.840.10008.1.2': implicitLittle,
  '1.2.840.10008.1.2.1': explicitLittle,
  '1.2.840.10008.1.2.1.99': { ...explicitLittle, name: 'deflated explicit VR little endian', packing: 'deflated' },
  '1.2.840.10008.1.2.2': { ...explicitLittle, name: 'explicit VR big endian', byteOrder: 'big' },
  '1.2.840.10008.1.2.5': { ...explicitLittle, name: 'RLE', packing: 'rle' },
  ...packedBy('jpeg-lossless', '4.57', '4.70'),
  ...packedBy('jpeg-ls', '4.80', '4.81'),
  ...packedBy('jpeg-2000', '4.90', '4.91'),
  ...packedBy('htj2k', '4.201', '4.202', '4.203')
}

function packedBy(codec: CodecName, ...ends: string[]): Record<string, TransferSyntax> {
  const syntax = { ...explicitLittle, name: codec, packing: 'codec', codec } as const
  return Object.fromEntries(ends.map((end) => [`1.2.840.10008.1.2.${end}`, syntax]))
}

const known: readonly (readonly [RegExp, string])[] = [
  [/^1\.2\.840\.10008\.1\.2\.4\.5[01]$/, 'JPEG, lossy'],
  [/^1\.2\.840\.10008\.1\.2\.4\.(57|70)$/, 'JPEG lossless'],
  [/^1\.2\.840\.10008\.1\.2\.4\.8[01]$/, 'JPEG-LS'],
  [/^1\.2\.840\.10008\.1\.2\.4\.9[0123]$/, 'JPEG 2000'],
  [/^1\.2\.840\.10008\.1\.2\.4\.20[123]$/, 'HTJ2K'],
  [/^1\.2\.840\.10008\.1\.2\.4\.(9[45]|20[45])$/, 'JPIP, pixels elsewhere'],
  [/^1\.2\.840\.10008\.1\.2\.4\.10\d/, 'a video'],
  [/^1\.2\.840\.10008\.1\.2\.8\.1$/, 'deflated frames']
]

/** For messages: the UID of an encoding, with its name where it has one. */
export function nameTransferSyntax(uid: string): string {
  const found = known.find(([pattern]) => pattern.test(uid))
  return found ? `${found[1]} (${uid})` : JSON.stringify(uid)
}
