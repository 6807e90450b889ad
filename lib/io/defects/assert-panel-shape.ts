import { FormatError } from '../../errors.js'

/** Most pixels of a panel whose map is read: 11585 x 11585, half a GiB of flags. */
export const MOST_PIXELS = 2 ** 27

/**
 * Assert that a file names a panel of at least one pixel that is not too large to hold.
 * @param file name for messages
 * @param place in the file, where known
 * @throws {FormatError} ERR_FORMAT
 */
export function assertPanelShape(
  file: string,
  rows: number,
  cols: number,
  place: { line?: number; column?: number; offset?: number } = {}
): void {
  const whole = Number.isSafeInteger(rows) && Number.isSafeInteger(cols) && rows >= 1 && cols >= 1
  if (whole && rows * cols <= MOST_PIXELS) return
  throw new FormatError({ file, ...place, expected: `a panel of 1 to ${MOST_PIXELS} pixels`, received: `${rows} rows of ${cols}` })
}
