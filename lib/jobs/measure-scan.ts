import { finiteDocument } from './measure/finite-document.js'
import type { MeasureSession } from './measure/measure-session.js'
import { openMeasureSession } from './measure/open-measure-session.js'
import type { MeasureScanOptions, ScanMeasurement, ScanMetric } from './measure/scan-metric.js'

/** What {@link measureScan} gives. */
export interface MeasuredScan<M extends ScanMeasurement = ScanMeasurement> {
  /** Plain JSON: schema `flatpanel.measure.<name>/1`, standard, input, the fields of the metric, warnings. */
  readonly document: Readonly<Record<string, unknown>> & { readonly warnings: readonly string[] }
  readonly measurement: M
  readonly session: MeasureSession
  /** Files that were looked at, in order. */
  readonly files: readonly string[]
}

/**
 * Measure the frames of a scan: read them, correct them where the metric asks for it, and say what, from what, after which standard. Bad
 * pixels, and those that are not finite in a frame, count for nobody.
 * @throws {ModeError} ERR_MODE for frames of another mode or panel, or that were corrected already where raw ones are measured
 * @throws {OptionError} ERR_OPTION, {StackError} ERR_STACK, {ShapeError} ERR_SHAPE, {FormatError} ERR_FORMAT, {CalibrationError}
 * ERR_CALIBRATION, {IoError} ERR_IO, {AbortedError} ERR_ABORTED
 */
export async function measureScan<M extends ScanMeasurement>(metric: ScanMetric<M>, options: MeasureScanOptions): Promise<MeasuredScan<M>> {
  const { name, standard } = metric
  const files: string[] = []
  const session = await openMeasureSession(metric, options, files)
  const measurement = await metric.measure(session)
  const warnings = [...session.warnings(), ...nonFiniteWarning(measurement.document), ...(measurement.warnings ?? [])]
  const input = {
    files,
    calibration: options.calibration ?? null,
    serialNumber: session.calibration && session.calibration.serialNumber,
    frames: kindOf(metric, session),
    pixelPitchMm: session.pixelPitch,
    region: session.region ?? null
  }
  const schema = `flatpanel.measure.${name}/1`
  const document = finiteDocument({ schema, standard, input, ...measurement.document, warnings }) as MeasuredScan['document']
  return { document, measurement, session, files }
}

function kindOf({ calibrationUse: { corrects } }: ScanMetric, { calibration }: MeasureSession): 'raw' | 'corrected' | 'taken as corrected' {
  if (!corrects) return 'raw'
  return calibration ? 'corrected' : 'taken as corrected'
}

/** The counts stand with the figures; that there are such pixels at all must not be overlooked. */
function nonFiniteWarning(document: ScanMeasurement['document']): string[] {
  const most = mostNonFinite(document)
  return most === 0 ? [] : [`${most} good pixels are not finite and were left out`]
}

function mostNonFinite(value: unknown): number {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return 0
  const { nonFinitePixels: own = 0 } = value as { nonFinitePixels?: number }
  return Object.values(value).reduce<number>((most, field) => Math.max(most, mostNonFinite(field)), own)
}
