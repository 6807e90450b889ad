import { randomUUID } from 'node:crypto'

/** A UID that nobody else has, of a random UUID. @see DICOM PS3.5, annex B.2, 2024 */
export function newUid(): string {
  return `2.25.${BigInt(`0x${randomUUID().replaceAll('-', '')}`)}`
}
