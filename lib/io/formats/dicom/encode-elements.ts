/** A value to write: numbers of US, text, bytes, or the items of a sequence. */
export type WrittenValue = number | string | Uint8Array | readonly (readonly WrittenElement[])[]

/** Tag, value representation, value. */
export type WrittenElement = readonly [tag: number, vr: string, value: WrittenValue]

/** Those with a length of four bytes, behind two that are zero. */
const longValues = new Set(['OB', 'OW', 'SQ'])

/**
 * Encode elements as explicit VR little endian, in the order of their tags; texts are padded to an even length.
 * @see DICOM PS3.5, part 7, 2024
 */
export function encodeElements(elements: readonly WrittenElement[]): Uint8Array {
  return Buffer.concat([...elements].sort(([a], [b]) => a - b).flatMap(encodeElement))
}

function encodeElement([tag, vr, value]: WrittenElement): Uint8Array[] {
  const bytes = encodeValue(vr, value)
  const long = longValues.has(vr)
  const head = Buffer.alloc(long ? 12 : 8)
  head.writeUInt16LE(Math.floor(tag / 0x1_0000), 0)
  head.writeUInt16LE(tag % 0x1_0000, 2)
  head.write(vr, 4, 'latin1')
  if (long) head.writeUInt32LE(bytes.length, 8)
  else head.writeUInt16LE(bytes.length, 6)
  return [head, bytes]
}

function encodeValue(vr: string, value: WrittenValue): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value.length % 2 === 0 ? value : `${value}${vr === 'UI' ? '\0' : ' '}`, 'latin1')
  if (typeof value === 'number')
    return vr === 'UL' ? new Uint8Array(Uint32Array.of(value).buffer) : new Uint8Array(Uint16Array.of(value).buffer)
  if (value instanceof Uint8Array) return value
  return Buffer.concat(
    value.flatMap((item) => {
      const bytes = encodeElements(item)
      const head = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0])
      head.writeUInt32LE(bytes.length, 4)
      return [head, bytes]
    })
  )
}
