import { OptionError } from '../../errors.js'

/** @throws {OptionError} ERR_OPTION when `orientation` is none of the three */
export function assertEdgeOrientation(orientation: string): void {
  if (['auto', 'vertical', 'horizontal'].includes(orientation)) return
  throw new OptionError({ subject: 'option "orientation"', expected: "'auto', 'vertical' or 'horizontal'", received: String(orientation) })
}
