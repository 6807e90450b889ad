import { IoError } from '../errors.js'

/**
 * Assert that the machine stores the low byte first: pixels are read, written and hashed in its byte order.
 * @param order what `os.endianness()` says
 * @throws {IoError} ERR_IO
 */
export function assertLittleEndian(order: 'BE' | 'LE'): void {
  if (order !== 'LE') throw new IoError({ subject: 'flatpanel/io', expected: 'a little-endian machine', received: 'a big-endian one' })
}
