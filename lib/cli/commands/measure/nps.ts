import { Option } from 'commander'
import type { NpsPoint } from '../../../quality/spectrum/cut-spectrum.js'
import type { NoisePowerSpectrum } from '../../../quality/spectrum/create-nps.js'
import { MEASURED_FIGURES } from '../../../quality/measured-figures.js'
import { figureRows } from '../../../report/figure-rows.js'
import { formatNumber } from '../../../report/format-number.js'
import type { ReportSection } from '../../../report/report-measurement.js'
import type { MeasureCommand, Measurement, MeasureSession } from '../../measure-command.js'
import { parseNumber } from '../../parse-options.js'

interface NpsOptions {
  readonly roi?: number
  readonly step?: number
  readonly detrend?: 'surface' | 'roi' | 'mean'
  readonly spectrum?: boolean
}

export const npsCommand: MeasureCommand = {
  name: 'nps',
  summary: 'noise power spectrum and NNPS of corrected flats, cuts in 1/mm',
  frames: 'flats of one exposure: files, folders or patterns',
  calibrationUse: { corrects: true, description: 'correct the raw frames with it first, and leave its bad pixels out' },
  usesPitch: true,
  standard: 'IEC 62220-1-1:2015 as publicly described (noise power spectrum)',
  explanation: `
Formula:
  NPS(u, v) = p_r p_c / (M N^2) sum over M ROIs of N x N pixels of
              | sum (value - surface) exp(-2 pi i (u x + v y)) |^2
  NNPS = NPS / (large-area signal)^2
A second-order surface over the region is taken off first (--detrend). The region is the central
125 mm x 125 mm where the pitch is known and the frame is larger. The cuts average 7 lines on each
side of an axis, the axis left out. White noise of sd s gives s^2 p_r p_c at every frequency;
Parseval: the sum over all frequencies is the variance, and the ratio is in the output. The
standard asks for 4 million independent pixels: fewer give a warning. A pattern that stands in
every flat is part of the spectrum. Bad pixels count as the surface; a ROI with more than 2 % of
them is refused. Without the pitch, frequencies are in cycles per pixel and the NNPS is null.`,
  addOptions: (command) => {
    command
      .addOption(
        new Option('--roi <pixels>', 'side of a ROI, a power of two')
          .argParser(parseNumber('--roi', { min: 16, max: 2048, integer: true }))
          .default(256)
      )
      .addOption(
        new Option('--step <pixels>', 'from one ROI to the next; otherwise half a ROI').argParser(
          parseNumber('--step', { min: 1, integer: true })
        )
      )
      .addOption(new Option('--detrend <what>', 'taken off first').choices(['surface', 'roi', 'mean']).default('surface'))
      .option('--spectrum', 'put the two-dimensional spectrum into the JSON document')
  },
  measure: measureNpsOf
}

async function measureNpsOf(session: MeasureSession): Promise<Measurement> {
  const { createNps } = await import('../../../quality/spectrum/create-nps.js')
  const { roi, step, detrend, spectrum: wanted } = session.options as NpsOptions
  const { defects, pixelPitch, region } = session
  const nps = createNps(defects, { pixelPitch, region, roiSize: roi, ...(step !== undefined && { step }), detrend })
  for await (const { data, shape, name } of (await session.stack())!.frames) nps.add({ data, shape }, name)
  const { spectrum, warnings, ...result } = nps.result()
  return { document: { ...result, ...(wanted && { spectrum }) }, sections: sectionsOf(result), warnings }
}

function sectionsOf(result: Omit<NoisePowerSpectrum, 'spectrum' | 'warnings'>): ReportSection[] {
  const figures = figureRows(result, MEASURED_FIGURES.nps)
  const directions = ['horizontal', 'vertical', 'radial'] as const
  return [{ kind: 'figures', title: 'figures', rows: figures }, ...directions.map((direction) => cutSection(direction, result[direction]))]
}

/** Every eighth point or so: the whole cut stands in the document. */
function cutSection(direction: string, points: readonly NpsPoint[]): ReportSection {
  const every = Math.max(1, Math.round(points.length / 12))
  const rows = points
    .filter((_, index) => index % every === 0)
    .map(({ frequencyPerMm, frequencyPerPixel, npsDn2Mm2, npsDn2Px2, nnpsMm2, confidence95Factors: [low, high] }) => [
      frequencyPerMm === null ? `${formatNumber(frequencyPerPixel)} 1/px` : `${formatNumber(frequencyPerMm)} 1/mm`,
      npsDn2Mm2 === null ? `${formatNumber(npsDn2Px2)} DN^2 px^2` : `${formatNumber(npsDn2Mm2)} DN^2 mm^2`,
      nnpsMm2 === null ? 'NNPS unknown' : `${nnpsMm2.toExponential(3)} mm^2`,
      `${formatNumber(100 * (low - 1), 2)} .. +${formatNumber(100 * (high - 1), 2)} %`
    ])
  return {
    kind: 'table',
    title: `${direction} cut (one point in ${every}; all: --json)`,
    columns: ['frequency', 'NPS', 'NNPS', '95 % interval'],
    rows,
    align: ['right', 'right', 'right', 'right']
  }
}
