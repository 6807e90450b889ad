import { Option } from 'commander'
import { METRICS } from '../../../quality/limits/metrics.js'
import type { MetricName } from '../../../quality/limits/metrics.js'
import type { MeasurableFrame } from '../../../quality/measurable-frame.js'
import { figureRows } from '../../../report/figure-rows.js'
import { formatNumber, formatQuantity } from '../../../report/format-number.js'
import type { ReportSection } from '../../../report/report-measurement.js'
import { unitOf } from '../../../quality/unit-of.js'
import type { MeasureCommand, MeasuredFrame, Measurement, MeasureSession } from '../../measure-command.js'
import { parseNumber, parseNumbers } from '../../parse-options.js'

interface UniformityOptions {
  readonly tile?: number
  readonly border?: number
  readonly chipColumns?: readonly number[]
  readonly midline?: boolean
}

function meaningsOf(...names: readonly MetricName[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, METRICS[name].meaning]))
}

/** Figures of one frame that the text shows, and what they are. */
const MEANINGS: Readonly<Record<string, string>> = {
  ...meaningsOf('meanDn', 'sdDn', 'cvPercent', 'shadingPercent'),
  ...meaningsOf('localSignalNonUniformityPercent', 'globalSignalNonUniformityPercent'),
  ...meaningsOf('localNoiseNonUniformityPercent', 'globalNoiseNonUniformityPercent'),
  ...meaningsOf('localSnrNonUniformityPercent', 'globalSnrNonUniformityPercent'),
  ...meaningsOf('rowRatio', 'columnRatio', 'rowStepRatio', 'columnStepRatio'),
  worstBorderStepPercent: 'largest step at a read-out border (--chip-columns, --midline)',
  artefactCount: 'areas that stand out, at 1, 3, 9 and 27 pixels',
  ...meaningsOf('usedPixels'),
  defectivePixels: 'bad pixels left out'
}

export const uniformityCommand: MeasureCommand = {
  name: 'uniformity',
  summary: 'non-uniformity of corrected flats: CV, TG-150 tiles, row and column structure, read-out borders, artefacts',
  frames: 'flats: files, folders or patterns',
  calibrationUse: { corrects: true, description: 'correct the raw frames with it first, and leave its bad pixels out' },
  usesPitch: true,
  standard: 'AAPM TG-150 draft (Dave et al., Med. Phys. 39(6) 3648, 2012); limits of detection from the normal distribution',
  explanation: `
Formulas, over the good pixels of each frame:
  CV                 100 sd / mean, sd with n - 1
  TG-150 tiles       global = (max - min) / Q, local = max |tile - neighbour| / Q, Q the mean over the
                     tiles, for signal, noise and SNR; tiles of 10 mm, a border of 10 mm left out,
                     partial tiles dropped (needs the pixel pitch)
  row, column ratio  sd of the row means / (sigma / sqrt(columns)): 1 for white noise, above 1.2
                     there is line noise; the step ratios do the same with steps of neighbours
  border steps       mean difference of the pixels on both sides, standard error sigma sqrt(2 / n)
  artefacts          |box mean / median around - 1| beyond its limit, boxes of 1, 3, 9, 27 pixels;
                     0.05 false detections are expected in a whole frame of noise
TG-150 sets no limits: compare with a baseline. What a frame cannot give is null, with the reason.
The pattern that stands in every frame is measured by flatpanel measure noise, from two frames on.`,
  addOptions: (command) => {
    command
      .addOption(new Option('--tile <mm>', 'side of a tile').argParser(parseNumber('--tile', { min: 0.01 })).default(10))
      .addOption(new Option('--border <mm>', 'border left out').argParser(parseNumber('--border', { min: 0 })).default(10))
      .addOption(
        new Option('--chip-columns <n,...>', 'columns per read-out chip, or of every chip').argParser(
          parseNumbers('--chip-columns', { min: 1, integer: true })
        )
      )
      .option('--midline', 'the panel is read in two halves: look at the step between them')
  },
  measure: measureUniformityOf
}

async function measureUniformityOf(session: MeasureSession): Promise<Measurement> {
  const { frames } = (await session.stack())!
  const results: Result[] = []
  for await (const frame of frames) results.push(await measureFrame(frame, session))
  const { worstBorderStepPercent, ...others } = MEANINGS
  const meanings = results.some(({ blockSteps }) => blockSteps !== null) ? { worstBorderStepPercent, ...others } : others
  return {
    document: { frames: results },
    sections: results.length === 1 ? [single(results[0], meanings), artefactSection(results[0])] : [spread(results, meanings)],
    warnings: results.flatMap(({ name, saturatedPixels }) => (saturatedPixels ? [`${name} has ${saturatedPixels} saturated pixels`] : []))
  }
}

async function measureFrame(frame: MeasuredFrame, { defects, pixelPitch, region, options }: MeasureSession) {
  const { findArtefacts } = await import('../../../quality/uniformity/find-artefacts.js')
  const { measureBlockSteps } = await import('../../../quality/uniformity/measure-block-steps.js')
  const { measureNoise } = await import('../../../quality/noise/measure-noise.js')
  const { measureStructure } = await import('../../../quality/uniformity/measure-structure.js')
  const { measureTileUniformity } = await import('../../../quality/uniformity/measure-tile-uniformity.js')
  const { measureUniformity } = await import('../../../quality/uniformity/measure-uniformity.js')
  const { tile, border, chipColumns, midline } = options as UniformityOptions
  const plain: MeasurableFrame = { data: frame.data, shape: frame.shape }
  const chips = chipColumns?.length === 1 ? chipColumns[0] : chipColumns
  const blocks = chips !== undefined || midline === true
  return {
    name: frame.name,
    saturatedPixels: frame.saturated,
    uniformity: measureUniformity(plain, defects, { region }),
    shading: measureNoise(plain, defects, { region }),
    tiles: measureTileUniformity(plain, defects, { pixelPitch, tileSize: tile, border, region }),
    structure: measureStructure(plain, defects, { region }),
    blockSteps: blocks ? measureBlockSteps(plain, defects, { chipColumns: chips, midline: midline === true, region }) : null,
    artefacts: findArtefacts(plain, defects, { region })
  }
}

/** The figures of one frame side by side, as the text shows them. */
function flat({ uniformity, shading, tiles, structure, blockSteps, artefacts }: Result) {
  const worst = blockSteps && blockSteps.worst
  return {
    ...tiles,
    ...structure,
    shadingPercent: shading.shadingPercent,
    artefactCount: artefacts.artefactCount,
    worstBorderStepPercent: worst && worst.stepPercent,
    ...uniformity,
    unknown: {
      ...tiles.unknown,
      ...structure.unknown,
      ...shading.unknown,
      ...artefacts.unknown,
      ...(blockSteps && { worstBorderStepPercent: blockSteps.unknown.worst }),
      ...uniformity.unknown
    }
  }
}

type Meanings = Readonly<Record<string, string>>
type Result = Awaited<ReturnType<typeof measureFrame>>

function single(result: Result, meanings: Meanings): ReportSection {
  return { kind: 'figures', title: result.name, rows: figureRows(flat(result), meanings) }
}

function artefactSection({ artefacts: { artefacts } }: Result): ReportSection {
  const rows = artefacts.map(({ row, col, scale, z, deviationPercent }) => [
    `[${row}, ${col}]`,
    `${scale} x ${scale}`,
    `${formatNumber(deviationPercent, 3)} %`,
    `${formatNumber(z, 3)} sigma`
  ])
  return {
    kind: 'table',
    title: 'artefacts, the clearest first',
    columns: ['where', 'box', 'deviation', ''],
    rows,
    align: ['left', 'right', 'right', 'right'],
    brief: 10
  }
}

/** Of several frames: the smallest, the mean and the largest of each figure. */
function spread(results: readonly Result[], meanings: Meanings): ReportSection {
  const frames: readonly Readonly<Record<string, unknown>>[] = results.map(flat)
  const rows = Object.entries(meanings).map(([name, meaning]) => {
    const values = frames.map((frame) => frame[name]).filter((value): value is number => typeof value === 'number')
    if (values.length < frames.length) return [name, `unknown in ${frames.length - values.length}`, '', '', meaning]
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    return [name, formatNumber(Math.min(...values)), formatNumber(mean), formatQuantity(Math.max(...values), unitOf(name)), meaning]
  })
  return {
    kind: 'table',
    title: `over ${results.length} frames (each one: --json)`,
    columns: ['', 'smallest', 'mean', 'largest', ''],
    rows,
    align: ['left', 'right', 'right', 'right', 'left']
  }
}
