import { CalibrationError, FormatError } from '../../errors.js'
import type { CalibrationHeader } from './calibration-header.js'
import { CALIBRATION_SCHEMA } from './calibration-layout.js'
import { CORRECTION_CODECS } from './corrections/correction-codecs.js'

/**
 * The header of a calibration file from its bytes, whose hash was found right.
 * @throws {FormatError} ERR_FORMAT when it is none
 * @throws {CalibrationError} ERR_CALIBRATION for another schema, or steps that are not known here
 */
export function parseHeader(file: string, bytes: Uint8Array): CalibrationHeader {
  const header = parse(file, bytes)
  if (header.schema !== CALIBRATION_SCHEMA) {
    const received = `${JSON.stringify(header.schema)} (update flatpanel, or build the calibration again with this one)`
    throw new CalibrationError({ subject: file, expected: `schema "${CALIBRATION_SCHEMA}"`, received })
  }
  const wrong = Object.entries(FACTS).find(([key, isRight]) => !isRight((header as unknown as Record<string, unknown>)[key]))
  if (wrong !== undefined)
    throw notAHeader(file, `${String(JSON.stringify(header[wrong[0] as keyof CalibrationHeader])).slice(0, 100)} as "${wrong[0]}"`)
  const unknown = header.requiredSteps.filter((step) => !CORRECTION_CODECS.some((codec) => codec.step === step))
  if (unknown.length > 0) {
    throw new CalibrationError({
      subject: `${file}: required steps`,
      expected: 'steps that this flatpanel knows (update flatpanel, or build the calibration again with this one)',
      received: unknown.map((step) => JSON.stringify(step)).join(', ')
    })
  }
  return header
}

function parse(file: string, bytes: Uint8Array): CalibrationHeader {
  let header: unknown
  try {
    // also back: what is nested beyond the stack could not be compared
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    JSON.stringify(header)
  } catch (cause) {
    throw notAHeader(file, 'text that is not JSON, or nested too deep', cause)
  }
  if (typeof header !== 'object' || header === null) throw notAHeader(file, 'other JSON')
  return header as CalibrationHeader
}

function notAHeader(file: string, received: string, cause?: unknown): FormatError {
  return new FormatError({ file, expected: 'the header of a calibration (JSON)', received: received.slice(0, 200), cause })
}

const isText = (value: unknown): boolean => typeof value === 'string'
const isTextOrNull = (value: unknown): boolean => value === null || isText(value)
const isCount = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0
const isPositive = (value: unknown): boolean => Number.isFinite(value) && (value as number) > 0
const isPair = (value: unknown, holds: (one: unknown) => boolean): boolean =>
  Array.isArray(value) && value.length === 2 && value.every(holds)
const isHash = (value: unknown): boolean => isText(value) && /^[0-9a-f]{64}$/.test(value as string)
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** What is shown of it; zod, which `loadCalibration` asks, takes longer to load than all the rest. */
const isProvenance = (value: unknown): boolean =>
  isRecord(value) &&
  [value.program, value.version, value.schema].every(isText) &&
  [value.mode, value.options, value.defectCounts].every(isRecord) &&
  [value.stacks, value.warnings].every(Array.isArray)

/** A name of a file, not a path: what stands elsewhere is nobody's business. */
const isPlainName = (value: unknown): boolean => isText(value) && /^[^/\\\0]+$/.test(value as string) && value !== '.' && value !== '..'

const FACTS: Readonly<Partial<Record<keyof CalibrationHeader, (value: unknown) => boolean>>> = {
  requiredSteps: (value) => Array.isArray(value) && value.every(isText),
  shape: (value) => isPair(value, (extent) => isCount(extent) && extent !== 0),
  serialNumber: isTextOrNull,
  localName: isTextOrNull,
  reference: isPositive,
  saturation: (value) => value === null || isPositive(value),
  pixelPitch: (value) => value === null || isPair(value, isPositive),
  darkFrames: isCount,
  flatFrames: isCount,
  provenance: isProvenance,
  checksums: (value) => isRecord(value) && Object.values(value).every(isHash),
  hdf5: isHash,
  maps: (value) => value === null || (isRecord(value) && isPlainName(value.file) && isHash(value.sha256))
}
