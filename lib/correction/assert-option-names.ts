import { OptionError } from '../errors.js'
import type { CorrectorOptions } from './corrector.js'

const NAMES = {
  output: true,
  pedestal: true,
  repair: true,
  mode: true,
  maps: true,
  beam: true,
  kernels: true,
  allowModeMismatch: true,
  allowCorrected: true
} as const satisfies Record<keyof CorrectorOptions, true>

/**
 * Assert that options have no other names than those of `CorrectorOptions`.
 * @throws {OptionError} ERR_OPTION: what is misspelt would be left out in silence
 */
export function assertOptionNames(options: object): void {
  for (const name of Object.keys(options)) {
    if (name in NAMES) continue
    throw new OptionError({ subject: `option "${name}"`, expected: `one of ${Object.keys(NAMES).join(', ')}`, received: name })
  }
}
