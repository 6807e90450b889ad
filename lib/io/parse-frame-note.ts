import type { FrameCorrection, FrameInfo, FrameMode } from '../frame/frame-info.js'

/** Longest note that is looked at. */
export const LONGEST_NOTE = 65_536

/** What a note of `formatFrameNote` says. */
export interface FrameNote {
  readonly info: FrameInfo
  /** The whole of it. */
  readonly fields: Readonly<Record<string, unknown>>
}

const CORRECTIONS: readonly string[] = ['offset', 'gain', 'defects', 'lines', 'lag', 'linearity', 'other'] satisfies FrameCorrection[]
/** What `flatpanel correct` of 0.1.0 did, which its note does not say. */
const CORRECTIONS_OF_0_1: readonly FrameCorrection[] = ['offset', 'gain', 'defects']

/**
 * Read what `formatFrameNote` wrote, or `flatpanel correct` of 0.1.0. A field that is not as it is written counts as not stated: what
 * stands beside the pixels is never a reason to refuse them.
 * @returns undefined when it is something else
 */
export function parseFrameNote(text: string): FrameNote | undefined {
  if (text.length > LONGEST_NOTE || !text.startsWith('{')) return undefined
  const fields = recordOf(parse(text.replace(/\0+$/, '')))
  if (typeof fields?.program !== 'string' || !fields.program.startsWith('flatpanel ')) return undefined
  const corrections = correctionsOf(fields)
  return { info: { ...infoOf(recordOf(fields.frame) ?? {}), ...(corrections && { corrections }) }, fields }
}

function correctionsOf({ corrections, calibration, output }: Readonly<Record<string, unknown>>): readonly FrameCorrection[] | undefined {
  if (Array.isArray(corrections) && corrections.every((word) => CORRECTIONS.includes(word as string)))
    return corrections as FrameCorrection[]
  return corrections === undefined && typeof calibration === 'string' && typeof output === 'string' ? CORRECTIONS_OF_0_1 : undefined
}

function infoOf(frame: Readonly<Record<string, unknown>>): FrameInfo {
  const { mode, pixelPitch, rescale } = frame
  const { slope, intercept } = numbersOf(recordOf(rescale), ['slope', 'intercept'])
  const isPitch = Array.isArray(pixelPitch) && pixelPitch.length === 2 && pixelPitch.every((side) => isNumber(side) && side > 0)
  const stated = modeOf(recordOf(mode))
  return {
    ...textsOf(frame, ['serialNumber', 'filter']),
    ...numbersOf(frame, ['kilovolts', 'milliamps', 'temperature', 'bitsUsed', 'framesAveraged']),
    ...(Object.keys(stated).length > 0 && { mode: stated }),
    ...(isPitch && { pixelPitch: [pixelPitch[0] as number, pixelPitch[1] as number] }),
    ...(typeof frame.time === 'string' && !Number.isNaN(Date.parse(frame.time)) && { time: frame.time }),
    ...(slope !== undefined && intercept !== undefined && { rescale: { slope, intercept } })
  }
}

function modeOf(mode: Readonly<Record<string, unknown>> | undefined): FrameMode {
  return { ...textsOf(mode, ['binning', 'gainRange', 'readoutRegion']), ...numbersOf(mode, ['integrationTime', 'frameRate']) }
}

function textsOf<N extends string>(record: Readonly<Record<string, unknown>> | undefined, names: readonly N[]): Partial<Record<N, string>> {
  return pick(record, names, (value): value is string => typeof value === 'string' && value !== '' && value.length <= 256)
}

function numbersOf<N extends string>(
  record: Readonly<Record<string, unknown>> | undefined,
  names: readonly N[]
): Partial<Record<N, number>> {
  return pick(record, names, isNumber)
}

function pick<N extends string, T>(
  record: Readonly<Record<string, unknown>> | undefined,
  names: readonly N[],
  accepts: (value: unknown) => value is T
): Partial<Record<N, T>> {
  const found: Partial<Record<N, T>> = {}
  for (const name of names) {
    const value = record && Object.hasOwn(record, name) ? record[name] : undefined
    if (accepts(value)) found[name] = value
  }
  return found
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
