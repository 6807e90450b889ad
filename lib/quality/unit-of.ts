/** Endings of names that tell the unit, the longer before the shorter. */
const UNITS: readonly (readonly [string, string])[] = [
  ['ElectronsPerS', 'e-/s'],
  ['Dn2PerS', 'DN^2/s'],
  ['DnPerS', 'DN/s'],
  ['DnPerPhoton', 'DN/photon'],
  ['DnPerElectron', 'DN/e-'],
  ['Dn2Mm2', 'DN^2 mm^2'],
  ['Dn2Px2', 'DN^2 px^2'],
  ['UGy', 'uGy'],
  ['PerMm', '1/mm'],
  ['PerPixel', '1/px'],
  ['Mm2', 'mm^2'],
  ['Mm', 'mm'],
  ['Dn2', 'DN^2'],
  ['Dn', 'DN'],
  ['Percent', '%'],
  ['Db', 'dB'],
  ['Degrees', 'degrees'],
  ['Electrons', 'e-'],
  ['Electron', 'e-'],
  ['Photons', 'photons'],
  ['S', 's'],
  ['Ms', 'ms'],
  ['Hours', 'h'],
  ['Sigmas', 'sigma'],
  ['Bits', 'bit'],
  ['Pixels', 'pixels'],
  ['Defects', 'pixels']
]

/** The unit that the name of a field ends in: `meanDn` is in DN; empty for a plain number. */
export function unitOf(name: string): string {
  return UNITS.find(([ending]) => name.endsWith(ending))?.[1] ?? ''
}
