import { Option } from 'commander'
import type { Mtf } from '../../../quality/edge/measure-mtf.js'
import { MEASURED_FIGURES } from '../../../quality/measured-figures.js'
import { figureRows } from '../../../report/figure-rows.js'
import { formatNumber } from '../../../report/format-number.js'
import type { ReportSection } from '../../../report/report-measurement.js'
import type { MeasureCommand, Measurement, MeasureSession } from '../../measure-command.js'
import { parseNumber } from '../../parse-options.js'

interface MtfOptions {
  readonly orientation?: 'auto' | 'vertical' | 'horizontal'
  readonly halfWidth?: number
  readonly window?: 'rectangular' | 'hann'
  readonly minimumAngle?: number
  readonly maximumAngle?: number
  readonly corrected?: boolean
}

export const mtfCommand: MeasureCommand = {
  name: 'mtf',
  summary: 'modulation transfer function from a slanted edge: MTF50, MTF10, the curve',
  frames: 'frames with an opaque edge: files, folders or patterns',
  calibrationUse: { corrects: true, description: 'correct the raw frames with it first, and leave its bad pixels out' },
  usesPitch: true,
  standard: 'IEC 62220-1-1:2015 as publicly described; Samei, Flynn, Reimann, Med. Phys. 25(1) 102, 1998 (slanted edge)',
  explanation: `
Formula:
  ESF in bins of a quarter pixel along the normal of the edge, over whole phase cycles;
  LSF by central difference;
  MTF(u) = | sum LSF exp(-2 pi i u x) | / | sum LSF | / (sinc(2u/4) sinc(u/4))
  with sinc(x) = sin(pi x) / (pi x)
The edge is found by itself, in the frame or in --region. An angle outside 1.5 to 10 degrees from
the rows or columns is refused, and the message says the angle. A pixel aperture alone gives
sinc(u): MTF50 at 0.603 cycles per pixel. Frequencies are along the normal; in 1/mm where the
pixel pitch is known. Tails beyond --half-width (glare) are not seen. MTF50 and MTF10 are null,
with the reason, where the curve does not fall so far.`,
  addOptions: (command) => {
    command
      .addOption(
        new Option('--orientation <which>', 'direction in which the edge runs').choices(['auto', 'vertical', 'horizontal']).default('auto')
      )
      .addOption(
        new Option('--half-width <pixels>', 'pixels on each side of the edge')
          .argParser(parseNumber('--half-width', { min: 8, max: 4096, integer: true }))
          .default(64)
      )
      .addOption(
        new Option('--window <weights>', 'weights of the line spread function').choices(['rectangular', 'hann']).default('rectangular')
      )
      .addOption(
        new Option('--minimum-angle <degrees>', 'smallest angle accepted')
          .argParser(parseNumber('--minimum-angle', { min: 0.01, max: 45 }))
          .default(1.5)
      )
      .addOption(
        new Option('--maximum-angle <degrees>', 'largest angle accepted')
          .argParser(parseNumber('--maximum-angle', { min: 0.01, max: 45 }))
          .default(10)
      )
      .option('--no-corrected', 'leave out the sinc corrections')
  },
  measure: measureMtfOf
}

async function measureMtfOf(session: MeasureSession): Promise<Measurement> {
  const { measureMtf } = await import('../../../quality/edge/measure-mtf.js')
  const { orientation, halfWidth, window, minimumAngle = 1.5, maximumAngle = 10, corrected } = session.options as MtfOptions
  const { defects, pixelPitch, region } = session
  const results: (Mtf & { readonly name: string })[] = []
  for await (const { name, data, shape } of (await session.stack())!.frames) {
    const options = { pixelPitch, region, orientation, halfWidth, window, angleLimits: [minimumAngle, maximumAngle] as const, corrected }
    results.push({ name, ...measureMtf({ data, shape }, defects, options) })
  }
  return {
    document: { frames: results },
    sections: results.flatMap(sectionsOf),
    warnings: results.flatMap(({ name, warnings }) => warnings.map((warning) => `${name}: ${warning}`))
  }
}

function sectionsOf(result: Mtf & { readonly name: string }): ReportSection[] {
  const figures = figureRows(result, MEASURED_FIGURES.mtf)
  const curve = result.curve
    .filter((_, i) => i % 5 === 0)
    .map(({ frequencyPerPixel, frequencyPerMm, mtf, mtfSd }) => [
      `${formatNumber(frequencyPerPixel)} 1/px`,
      frequencyPerMm === null ? '' : `${formatNumber(frequencyPerMm)} 1/mm`,
      mtf.toFixed(4),
      `+- ${mtfSd.toFixed(4)}`
    ])
  return [
    { kind: 'figures', title: result.name, rows: figures },
    {
      kind: 'table',
      title: 'MTF (every fifth point; all: --json)',
      columns: ['frequency', '', 'MTF', 'one sd of its noise'],
      rows: curve,
      align: ['right', 'right', 'right', 'left']
    }
  ]
}
