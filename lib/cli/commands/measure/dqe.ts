import { Option } from 'commander'
import { OptionError } from '../../../errors.js'
import type { Dqe } from '../../../quality/dqe/measure-dqe.js'
import type { BeamQuality, DqeEdition } from '../../../quality/dqe/incident-snr-squared.js'
import { formatNumber } from '../../../report/format-number.js'
import type { ReportSection } from '../../../report/report-measurement.js'
import type { MeasureCommand, MeasuredStack, Measurement, MeasureSession } from '../../measure-command.js'
import { parseNumber } from '../../parse-options.js'

interface DqeOptions {
  readonly kerma: number
  readonly quality?: BeamQuality
  readonly edition?: DqeEdition
  readonly snr2?: number
  readonly roi?: number
}

export const dqeCommand: MeasureCommand = {
  name: 'dqe',
  summary: 'detective quantum efficiency from an edge, flats and the air kerma',
  grouped: [
    { flag: '--edge', description: 'one frame with an opaque slanted edge' },
    { flag: '--flat', description: 'flats of one exposure' }
  ],
  calibrationUse: 'corrects',
  standard: 'IEC 62220-1-1:2015 and IEC 62220-1:2003 as publicly described',
  explanation: `
Formula:
  DQE(u) = MTF(u)^2 / (NNPS(u) Ka SNRin^2)
MTF from the edge (flatpanel measure mtf), NNPS from the flats in the same direction (flatpanel measure nps), Ka the air
kerma at the detector for one flat, SNRin^2 the squared signal-to-noise ratio of the incident radiation per area and kerma:
from the table of an edition (--quality RQA5 --edition 2015), or given (--snr2). The tables of 2003 and 2015 differ by up
to 5 %, so the edition has no default and stands in the output. The pixel pitch must be known. An ideal photon counter
with square pixels of side p gives sinc^2(u p).`,
  addOptions: (command) => {
    command
      .addOption(new Option('--kerma <uGy>', 'air kerma of one flat at the detector').argParser(parseNumber('--kerma', { min: 1e-9 })).makeOptionMandatory())
      .addOption(new Option('--quality <name>', 'radiation quality').choices(['RQA3', 'RQA5', 'RQA7', 'RQA9']).conflicts('snr2'))
      .addOption(new Option('--edition <year>', 'whose table').choices(['2003', '2015']))
      .addOption(new Option('--snr2 <n>', 'SNRin^2 in 1/(mm^2 uGy)').argParser(parseNumber('--snr2', { min: 1e-9 })))
      .addOption(new Option('--roi <pixels>', 'side of a ROI of the NNPS').argParser(parseNumber('--roi', { min: 16, max: 2048, integer: true })).default(256))
  },
  measure: measureDqeOf
}

async function measureDqeOf(session: MeasureSession): Promise<Measurement> {
  const { kerma, quality, edition, snr2, roi } = session.options as unknown as DqeOptions
  const beamQuality = quality ?? snr2
  if (beamQuality === undefined) throw new OptionError({ subject: 'incident radiation', expected: '--quality with --edition, or --snr2', received: 'neither' })
  if (session.pixelPitch === null) throw new OptionError({ subject: 'option "--pitch"', expected: 'the pixel pitch, here or in the calibration', received: 'none' })
  const edges = await session.group('--edge')
  const flats = await session.group('--flat')
  const { measureDqe } = await import('../../../quality/dqe/measure-dqe.js')
  const { measureMtf } = await import('../../../quality/edge/measure-mtf.js')
  const { measureNps } = await import('../../../quality/spectrum/measure-nps.js')
  const [edge] = await only(edges, '--edge').load()
  const frames = await only(flats, '--flat').load()
  const { defects, pixelPitch, region } = session
  const mtf = measureMtf({ data: edge.data, shape: edge.shape }, defects, { pixelPitch })
  const flatFrames = frames.map(({ data, shape }) => ({ data, shape }))
  const { spectrum: _, ...nps } = measureNps(flatFrames, defects, { pixelPitch, region, roiSize: roi })
  // Across a vertical edge runs the direction of the rows.
  const direction = mtf.orientation === 'vertical' ? 'horizontal' : 'vertical'
  const dqe = measureDqe({
    mtf: mtf.curve,
    nnps: nps[direction],
    airKermaUGy: kerma,
    beamQuality,
    edition
  })
  return {
    document: { direction, dqe, mtf, nps },
    sections: [factSection(dqe, direction), curveSection(dqe)],
    warnings: [...mtf.warnings, ...nps.warnings]
  }
}

function only(stacks: readonly MeasuredStack[], flag: string): MeasuredStack {
  if (stacks.length === 1) return stacks[0]
  throw new OptionError({ subject: `option "${flag}"`, expected: 'it once', received: stacks.length === 0 ? 'none' : `${stacks.length} times` })
}

function factSection({ airKermaUGy, incidentSnrSquared, incidentSnrSource }: Dqe, direction: string): ReportSection {
  const rows = [
    ['direction', direction, 'of the frequencies'],
    ['air kerma', `${formatNumber(airKermaUGy)} uGy`, ''],
    ['SNRin^2', `${formatNumber(incidentSnrSquared)} 1/(mm^2 uGy)`, incidentSnrSource]
  ]
  return { title: 'conditions', rows }
}

function curveSection({ curve }: Dqe): ReportSection {
  const every = Math.max(1, Math.round(curve.length / 16))
  const rows = curve
    .map(({ frequencyPerMm, dqe, confidence95 }) => [
      `${formatNumber(frequencyPerMm)} 1/mm`,
      dqe?.toFixed(4) ?? 'unknown',
      confidence95 === null ? '' : confidence95.map((limit) => limit.toFixed(4)).join(' .. ')
    ])
    .filter((_, i) => i % every === 0)
  return { title: `frequency, DQE, 95 % interval of the NNPS (one point in ${every}; all: --json)`, rows, align: ['right', 'right', 'right'] }
}
