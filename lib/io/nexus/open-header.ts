import { assertHash } from './assert-hash.js'
import type { CalibrationHeader } from './calibration-header.js'
import { hashMap } from './hash-map.js'
import { hexOf } from './hex-of.js'
import { parseHeader } from './parse-header.js'
import type { Seal } from './read-trailer.js'

/**
 * Assert that the header has the hash that the trailer states, and give it.
 * @param header its bytes, as many as the seal says
 * @returns null for a file of 0.1.0, which has none
 * @throws {ChecksumError} ERR_CHECKSUM
 * @throws {FormatError} ERR_FORMAT
 * @throws {CalibrationError} ERR_CALIBRATION for a header of another version
 */
export async function openHeader(file: string, { sha256, headerLength }: Seal, header: Uint8Array): Promise<CalibrationHeader | null> {
  if (headerLength === 0) return null
  assertHash(`${file}: header`, hexOf(sha256), await hashMap(header))
  return parseHeader(file, header)
}
