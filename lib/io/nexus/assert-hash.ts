import { ChecksumError } from '../../errors.js'

/** @throws {ChecksumError} ERR_CHECKSUM when bytes of a sealed file have another SHA-256 than its seal states (hex) */
export function assertHash(subject: string, expected: string, found: string): void {
  if (found === expected) return
  throw new ChecksumError({
    subject,
    expected: `bytes with the SHA-256 ${expected} of its seal`,
    received: `${found}: the file is damaged or was changed`
  })
}
