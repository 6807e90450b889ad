import { Option } from 'commander'
import { OptionError, StackError } from '../../../errors.js'
import type { BeamQuality, DqeEdition } from '../../../quality/dqe/incident-snr-squared.js'
import type { Dqe } from '../../../quality/dqe/measure-dqe.js'
import type { Region } from '../../../frame/region.js'
import { formatNumber } from '../../../report/format-number.js'
import type { ReportSection } from '../../../report/report-measurement.js'
import type { MeasureCommand, MeasuredFrame, MeasuredStack, Measurement, MeasureSession } from '../../measure-command.js'
import { parseNumber, parseRegion } from '../../parse-options.js'

interface DqeOptions {
  readonly kerma: number
  readonly quality?: BeamQuality
  readonly edition?: DqeEdition
  readonly snr2?: number
  readonly roi?: number
  readonly edgeRegion?: Region
}

export const dqeCommand: MeasureCommand = {
  name: 'dqe',
  summary: 'detective quantum efficiency from an edge, flats and the air kerma',
  grouped: [
    { flag: '--edge', description: 'one frame with an opaque slanted edge' },
    { flag: '--flat', description: 'flats of one exposure' }
  ],
  calibrationUse: { corrects: true, description: 'correct the raw frames with it first, and leave its bad pixels out' },
  usesPitch: true,
  standard: 'IEC 62220-1-1:2015 and IEC 62220-1:2003 as publicly described',
  explanation: `
Formula:
  DQE(u) = MTF(u)^2 / (NNPS(u) Ka SNRin^2)
MTF from the edge (see measure mtf), NNPS from the flats in the direction across it (see measure
nps; --region is theirs), Ka the air kerma at the detector for one flat, SNRin^2 the squared
signal-to-noise ratio of the incident radiation per area and kerma: from the table of an edition
(--quality RQA5 --edition 2015), or given (--snr2). The tables of 2003 and 2015 differ by up to
5 %, so the edition has no default and stands in the output. The pixel pitch must be known.
An ideal photon counter with square pixels of side p gives sinc^2(u p). The interval is that of
the NNPS; MTF, kerma and table count as exact.`,
  addOptions: (command) => {
    const roi = new Option('--roi <pixels>', 'side of a ROI of the NNPS, a power of two')
    command
      .addOption(
        new Option('--kerma <uGy>', 'air kerma of one flat at the detector')
          .argParser(parseNumber('--kerma', { min: 1e-9 }))
          .makeOptionMandatory()
      )
      .addOption(new Option('--quality <name>', 'radiation quality').choices(['RQA3', 'RQA5', 'RQA7', 'RQA9']).conflicts('snr2'))
      .addOption(new Option('--edition <year>', 'whose table').choices(['2003', '2015']))
      .addOption(new Option('--snr2 <n>', 'SNRin^2 in 1/(mm^2 uGy)').argParser(parseNumber('--snr2', { min: 1e-9 })))
      .addOption(roi.argParser(parseNumber('--roi', { min: 16, max: 2048, integer: true })).default(256))
      .addOption(
        new Option('--edge-region <row0:row1,col0:col1>', 'look for the edge in this rectangle only').argParser(
          parseRegion('--edge-region')
        )
      )
  },
  measure: measureDqeOf
}

async function measureDqeOf(session: MeasureSession): Promise<Measurement> {
  const { kerma, quality, edition, snr2, roi, edgeRegion } = session.options as unknown as DqeOptions
  const { defects, pixelPitch, region } = session
  const beamQuality = quality ?? snr2
  if (beamQuality === undefined) refuse('incident radiation', '--quality with --edition, or --snr2', 'neither')
  if (pixelPitch === null) refuse('option "--pitch"', 'the pixel pitch, here or in the calibration', 'none')
  const edge = await onlyFrame(given(await session.joined('--edge'), '--edge'))
  const flats = given(await session.joined('--flat'), '--flat')
  const { createNps } = await import('../../../quality/spectrum/create-nps.js')
  const { measureDqe } = await import('../../../quality/dqe/measure-dqe.js')
  const { measureMtf } = await import('../../../quality/edge/measure-mtf.js')
  const { warnings, ...mtf } = measureMtf({ data: edge.data, shape: edge.shape }, defects, { pixelPitch, region: edgeRegion })
  const power = createNps(defects, { pixelPitch, region, roiSize: roi })
  for await (const { data, shape, name } of flats.frames) power.add({ data, shape }, name)
  const { spectrum: _, warnings: npsWarnings, ...nps } = power.result()
  // Across a vertical edge runs the direction of the rows.
  const direction = mtf.orientation === 'vertical' ? 'horizontal' : 'vertical'
  if (nps[direction].length === 0) {
    throw new StackError({ subject: '--flat', expected: 'flats that give a noise power spectrum', received: nps.unknown[direction] })
  }
  const { unknown, ...dqe } = measureDqe({ mtf: mtf.curve, nnps: nps[direction], airKermaUGy: kerma, beamQuality, edition })
  return {
    document: { direction, ...dqe, unknown, mtf, nps },
    sections: [factSection(dqe, direction), curveSection(dqe)],
    warnings: [...warnings, ...npsWarnings, ...impossible(dqe)]
  }
}

function refuse(subject: string, expected: string, received: string): never {
  throw new OptionError({ subject, expected, received })
}

function given(stack: MeasuredStack | null, flag: string): MeasuredStack {
  return stack ?? refuse(`option "${flag}"`, 'files, folders or patterns', 'none')
}

async function onlyFrame({ total, frames }: MeasuredStack): Promise<MeasuredFrame> {
  if (total !== 1) throw new StackError({ subject: '--edge', expected: 'one frame', received: `${total} frames` })
  const loaded: MeasuredFrame[] = []
  for await (const frame of frames) loaded.push(frame)
  return loaded[0]
}

type Result = Omit<Dqe, 'unknown'>

/** More than 1 beyond its interval: the conditions cannot be those of the frames. */
function impossible({ curve }: Result): string[] {
  const worst = curve.reduce((most, { confidence95 }) => Math.max(most, confidence95?.[0] ?? 0), 0)
  return worst > 1
    ? ['the DQE is above 1, which cannot be: check air kerma, radiation quality, pixel pitch, and whether the flats are linear']
    : []
}

function factSection({ airKermaUGy, incidentSnrSquared, incidentSnrSource }: Result, direction: string): ReportSection {
  const rows = [
    { name: 'direction', value: direction, meaning: 'of the frequencies' },
    { name: 'air kerma', value: airKermaUGy, unit: 'uGy' },
    { name: 'SNRin^2', value: incidentSnrSquared, unit: '1/(mm^2 uGy)', meaning: incidentSnrSource }
  ]
  return { kind: 'figures', title: 'conditions', rows }
}

function curveSection({ curve }: Result): ReportSection {
  const every = Math.max(1, Math.round(curve.length / 16))
  const rows = curve
    .filter((_, i) => i % every === 0)
    .map(({ frequencyPerMm, dqe, confidence95 }) => [
      `${formatNumber(frequencyPerMm)} 1/mm`,
      dqe?.toFixed(4) ?? 'unknown',
      confidence95?.map((limit) => limit.toFixed(4)).join(' .. ') ?? ''
    ])
  const title = `DQE (one point in ${every}; all: --json)`
  return { kind: 'table', title, columns: ['frequency', 'DQE', '95 % of the NNPS'], rows, align: ['right', 'right', 'right'] }
}
