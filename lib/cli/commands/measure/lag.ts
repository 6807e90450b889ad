import { Option } from 'commander'
import { OptionError } from '../../../errors.js'
import type { Lag } from '../../../quality/lag/measure-lag.js'
import type { LagPreset } from '../../../quality/lag/lag-presets.js'
import type { MeasurableFrame } from '../../../quality/measurable-frame.js'
import { MEASURED_FIGURES } from '../../../quality/measured-figures.js'
import { figureRows } from '../../../report/figure-rows.js'
import { formatNumber, formatQuantity } from '../../../report/format-number.js'
import type { ReportSection } from '../../../report/report-measurement.js'
import type { MeasureCommand, MeasuredStack, Measurement, MeasureSession } from '../../measure-command.js'
import { parseNumber } from '../../parse-options.js'

interface LagOptions {
  readonly frameTime?: number
  readonly preset?: LagPreset
  readonly map?: string
  readonly force?: boolean
}

export const lagCommand: MeasureCommand = {
  name: 'lag',
  summary: 'lag: residual signal after an exposure, its decay, pixels that lag',
  grouped: [
    { flag: '--exposed', description: 'raw frames of a constant exposure, the panel settled' },
    { flag: '--decay', description: 'raw frames that follow without X-rays and without a gap, in order' },
    { flag: '--dark', description: 'raw dark frames from before the exposure; otherwise the offset map of the calibration' }
  ],
  calibrationUse: { corrects: false, description: 'leaves its bad pixels out, and gives the offset without --dark' },
  standard: 'ASTM E2597 as publicly described (image lag); limits of the presets after PerkinElmer XRD 1621',
  explanation: `
Formula, means over the good pixels of raw frames:
  lag(t) = 100 (mean(t) - mean offset) / (mean exposed - mean offset) %
Frame 1 is the first without X-rays. Read off at 1 frame, 1 s and 60 s, interpolated between two
frames (times need --frame-time). The standard: 5 min at about 80 % of the range, then at least
70 s of decay. One sigma of noise stands beside each value; a drift of the offset after the darks
is not in it.
  persistent pixel  a factor of 2 from the median of 9 x 9 in frame 1, and 5 sigma away from it
  pixel over limit  more than 8 % of its own signal in frame 1 or 4 % in frame 2 (xrd1621; with
                    CsI 10 and 5 %)
What the frames do not cover is null, with the reason. Ghosting (sensitivity) is not seen here.`,
  addOptions: (command) => {
    command
      .addOption(
        new Option('--frame-time <ms>', 'time from one frame to the next').argParser(parseNumber('--frame-time', { min: 0.001, max: 1e9 }))
      )
      .addOption(
        new Option('--preset <rules>', 'whose limits for single pixels').choices(['e2597', 'xrd1621', 'xrd1621-csi']).default('e2597')
      )
      .option('--map <file>', 'write the lag of each pixel in frame 1, percent, as float32 TIFF')
      .option('--force', 'replace an existing file of --map')
  },
  measure: measureLagOf
}

async function measureLagOf(session: MeasureSession): Promise<Measurement> {
  const { measureLag } = await import('../../../quality/lag/measure-lag.js')
  const { frameTime, preset, map } = session.options as LagOptions
  const exposed = given(await session.joined('--exposed'), '--exposed')
  const decay = given(await session.joined('--decay'), '--decay')
  const offset = await offsetOf(session)
  const { defects, region } = session
  const timed = frameTime !== undefined && { frameTimeMs: frameTime }
  const options = { preset, region, ...timed }
  const { lagMapPercent, warnings, ...result } = await measureLag(exposed.raw, decay.raw, offset.frame, defects, options)
  if (map !== undefined) await writeMap(map, lagMapPercent, session.options)
  const { offsetFrom } = offset
  return {
    document: { offsetFrom, ...result, map: map ?? null },
    sections: [...figureSections(result, offsetFrom), curveSection(result)],
    warnings
  }
}

function given(stack: MeasuredStack | null, flag: string): MeasuredStack {
  if (stack !== null) return stack
  throw new OptionError({ subject: `option "${flag}"`, expected: 'files, folders or patterns', received: 'none' })
}

async function offsetOf(session: MeasureSession): Promise<{ frame: MeasurableFrame; offsetFrom: string }> {
  const darks = await session.joined('--dark')
  if (darks === null) {
    if (session.calibration) return { frame: session.calibration.offset, offsetFrom: 'the calibration' }
    throw new OptionError({ subject: 'offset', expected: '--dark or --calibration', received: 'neither' })
  }
  const { createStackStatistics } = await import('../../../quality/emva/create-stack-statistics.js')
  const statistics = createStackStatistics(session.defects)
  for await (const { data, shape } of darks.raw) statistics.add({ data, shape })
  const { mean: data, shape, frames } = statistics.result()
  return { frame: { data, shape }, offsetFrom: `the mean of ${frames} darks` }
}

async function writeMap(path: string, map: Lag['lagMapPercent'], { force = false }: LagOptions): Promise<void> {
  if (map === null)
    throw new OptionError({ subject: 'option "--map"', expected: 'frames with a signal above the offset', received: 'no lag to write' })
  const { writeTiff } = await import('../../../io/formats/tiff/write-tiff.js')
  await writeTiff(path, [map], { overwrite: force })
}

type Figures = Omit<Lag, 'lagMapPercent' | 'warnings'>

function figureSections(result: Figures, offsetFrom: string): ReportSection[] {
  const rows = figureRows(result, { ...MEASURED_FIGURES.lag, exposedDn: `${MEASURED_FIGURES.lag.exposedDn} (${offsetFrom})` })
  return [{ kind: 'figures', title: `lag, from ${result.exposedFrames} exposed and ${result.decayFrames} decay frames`, rows }]
}

/** Frames 1 to 5, then fewer and fewer. */
function curveSection({ curve }: Figures): ReportSection {
  const isRound = (frame: number) => [1, 2, 5].includes(frame / 10 ** Math.floor(Math.log10(frame)))
  const shown = curve.filter(({ frame }) => frame <= 5 || isRound(frame) || frame === curve.length)
  const rows = shown.map(({ frame, timeMs, lagPercent, uncertaintyPercent, residualDn }) => [
    String(frame),
    timeMs === null ? '' : formatQuantity(timeMs, 'ms'),
    formatQuantity(lagPercent, '%'),
    uncertaintyPercent === null ? '' : `+- ${formatNumber(uncertaintyPercent, 2)}`,
    formatQuantity(residualDn, 'DN')
  ])
  return {
    kind: 'table',
    title: 'decay (all: --json)',
    columns: ['frame', 'time', 'lag', 'one sigma', 'residual signal'],
    rows,
    align: ['right', 'right', 'right', 'left', 'right']
  }
}
