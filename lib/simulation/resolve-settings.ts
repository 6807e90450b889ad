import { OptionError } from '../errors.js'
import { assertNumber } from './assert-number.js'
import type { NumberLimits } from './assert-number.js'
import type { VirtualDetectorOptions, VirtualDetectorSettings } from './virtual-detector-options.js'

const MOST_PIXELS = 2 ** 28
const LIMITS: Partial<Record<keyof VirtualDetectorSettings, NumberLimits>> = {
  rows: { least: 1, most: 65536, integer: true },
  cols: { least: 1, most: 65536, integer: true },
  seed: { least: 0, most: Number.MAX_SAFE_INTEGER, integer: true },
  bits: { least: 8, most: 16, integer: true },
  systemGain: { least: 1e-4, most: 1e4 },
  electronicNoise: { least: 0, most: 65535 },
  columnNoiseSpread: { least: 0, most: 0.3 },
  offsetLevel: { least: 0, most: 65535 },
  dsnu: { least: 0, most: 65535 },
  columnOffset: { least: 0, most: 65535 },
  chipOffset: { least: 0, most: 65535 },
  prnu: { least: 0, most: 0.3 },
  chipGain: { least: 0, most: 0.3 },
  chip: { least: 1, most: 65536, integer: true },
  shading: { least: -0.9, most: 0.9 },
  heel: { least: -0.9, most: 0.9 },
  beamSpread: { least: 0, most: 0.2 },
  offsetDrift: { least: -65535, most: 65535 },
  firstFrameTransient: { least: -65535, most: 65535 },
  lag: { least: 0, most: 1 }
}

/**
 * Fill in the defaults of a virtual detector and check every option.
 * @throws {OptionError} ERR_OPTION for a value of the wrong type or outside its range
 */
export function resolveSettings(options: VirtualDetectorOptions): VirtualDetectorSettings {
  const {
    rows = 256,
    cols = 256,
    seed = 1,
    bits = 14,
    systemGain = 0.25,
    electronicNoise = 4,
    columnNoiseSpread = 0.05,
    offsetLevel = 300,
    dsnu = 5,
    columnOffset = 2,
    chipOffset = 8,
    prnu = 0.01,
    chipGain = 0.01,
    chip = 128,
    midline = true,
    shading = 0.1,
    heel = 0.06,
    beamSpread = 0.005,
    offsetDrift = 0,
    firstFrameTransient = 0,
    lag = 0.03,
    rowNoise = 0,
    shielded = [],
    defects = 'standard',
    serialNumber = `SIM-${seed}`
  } = options
  const settings: VirtualDetectorSettings = {
    ...{ rows, cols, seed, bits, systemGain, electronicNoise, columnNoiseSpread, offsetLevel, dsnu, columnOffset, chipOffset },
    ...{ prnu, chipGain, chip, midline, shading, heel, beamSpread, offsetDrift, firstFrameTransient, lag, rowNoise, shielded, defects },
    serialNumber
  }
  for (const [name, limits] of Object.entries(LIMITS)) {
    assertNumber(`option "${name}"`, settings[name as keyof VirtualDetectorSettings], limits)
  }
  assertOthers(settings)
  assertRows(settings)
  return settings
}

function assertOthers({ rows, cols, bits, offsetLevel, midline, defects, serialNumber }: VirtualDetectorSettings): void {
  if (rows * cols > MOST_PIXELS) refuse('rows" x "cols', `at most ${MOST_PIXELS} pixels`, String(rows * cols))
  const fullScale = 2 ** bits - 1
  if (offsetLevel > fullScale) refuse('offsetLevel', `at most the full scale ${fullScale} of ${bits} bits`, String(offsetLevel))
  if (typeof midline !== 'boolean') refuse('midline', 'true or false', typeof midline)
  if (typeof serialNumber !== 'string') refuse('serialNumber', 'a string', typeof serialNumber)
  if (defects !== 'none' && defects !== 'standard' && !Array.isArray(defects)) {
    refuse('defects', "'none', 'standard' or a list of defects", typeof defects === 'string' ? `'${String(defects)}'` : typeof defects)
  }
}

function assertRows({ cols, rowNoise, shielded }: VirtualDetectorSettings): void {
  const noises: readonly number[] = typeof rowNoise === 'number' ? [rowNoise, rowNoise] : rowNoise
  if (!Array.isArray(noises) || noises.length !== 2) refuse('rowNoise', 'a number, or one for each half', String(rowNoise))
  for (const noise of noises) assertNumber('option "rowNoise"', noise, { least: 0, most: 65535 })
  if (!Array.isArray(shielded)) refuse('shielded', 'ranges of columns [from, to)', typeof shielded)
  for (const range of shielded as readonly unknown[]) {
    const [from, to] = Array.isArray(range) && range.length === 2 ? (range as unknown[]) : [NaN, NaN]
    assertNumber('option "shielded", first column', from, { least: 0, most: cols - 1, integer: true })
    assertNumber('option "shielded", end', to, { least: (from as number) + 1, most: cols, integer: true })
  }
}

function refuse(name: string, expected: string, received: string): never {
  throw new OptionError({ subject: `option "${name}"`, expected, received })
}
