import { OptionError } from '../../errors.js'

/** @throws {OptionError} ERR_OPTION when the frequency is unknown because the pixel pitch is */
export function knownFrequency(name: string, { frequencyPerMm }: { readonly frequencyPerMm: number | null }): number {
  return frequencyPerMm ?? refuse(name)
}

function refuse(name: string): never {
  throw new OptionError({ subject: `option "${name}"`, expected: 'frequencies in 1/mm', received: 'none: the pixel pitch is unknown' })
}
