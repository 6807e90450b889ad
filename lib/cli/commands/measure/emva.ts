import { Option } from 'commander'
import { OptionError, ShapeError, StackError } from '../../../errors.js'
import type { Shape } from '../../../frame/shape.js'
import type { StackStatistics } from '../../../quality/emva/create-stack-statistics.js'
import type { PhotonTransferLevel } from '../../../quality/emva/measure-photon-transfer.js'
import type { PixelCounts } from '../../../quality/select-pixels.js'
import { figureRows } from '../../../report/figure-rows.js'
import { formatNumber } from '../../../report/format-number.js'
import type { ReportSection } from '../../../report/report-measurement.js'
import type { MeasureCommand, MeasuredStack, Measurement, MeasureSession } from '../../measure-command.js'
import { parseNumber, parseNumbers } from '../../parse-options.js'

interface EmvaOptions {
  readonly photons?: readonly number[]
  readonly exposures?: readonly number[]
  readonly times?: readonly number[]
  readonly saturation?: number
  readonly frameMeanCorrection?: boolean
}

/** One stack without its maps. */
interface Level extends PixelCounts {
  readonly shape: Shape
  readonly frames: number
  readonly meanDn: number
  readonly varianceDn2: number
}

export const emvaCommand: MeasureCommand = {
  name: 'emva',
  summary: 'EMVA 1288: photon transfer, DSNU, PRNU, dark current from stacks of raw frames',
  grouped: [
    { flag: '--dark', description: 'dark frames; once for all levels, once per --flat, or once per time of --times' },
    { flag: '--flat', description: 'flats; each --flat is one exposure level of at least 2 frames' }
  ],
  calibrationUse: { corrects: false, description: 'leaves its bad pixels out; the frames stay raw' },
  standard: 'EMVA 1288 release 4.0 Linear (2021), sections 6 to 8',
  explanation: `
Formulas, raw frames; s^2 spatial and sigma^2 temporal variance over the good pixels:
  photon transfer  sigma^2 - sigma^2 dark = K (mean - mean dark), slope through the origin up to
                   70 % of saturation; dark noise = sqrt(sigma^2 dark - 1/12) / K;
                   SNR max = sqrt(electrons at saturation), DR = saturation / threshold
  DSNU             sqrt(s^2 dark) DN, and / K electrons;  s^2 = var(mean frame) - sigma^2 / frames
  PRNU             100 sqrt(s^2 bright - s^2 dark) / (mean bright - mean dark) %, at the level
                   nearest half of saturation; with and without a 5 x 5 high-pass
  dark current     slope of the mean dark over time / K, of its variance / K^2 (--times, 3 or more)
Row, column and pixel parts add up to the total; a variance below 0 keeps its sign, its root is
null. With the frame-mean correction what moves as a whole adds nothing to sigma^2. For an X-ray
panel K is an effective gain. Frames must not be gain-corrected. 100 frames a stack are advised.`,
  addOptions: (command) => {
    command
      .addOption(
        new Option('--photons <n,...>', 'quanta per pixel of each --flat, where known').argParser(parseNumbers('--photons', { min: 0 }))
      )
      .addOption(
        new Option('--exposures <x,...>', 'air kerma, mAs or time of each --flat').argParser(parseNumbers('--exposures', { min: 0 }))
      )
      .addOption(
        new Option('--times <ms,...>', 'exposure time of each --dark, for the dark current').argParser(parseNumbers('--times', { min: 0 }))
      )
      .addOption(
        new Option('--saturation <DN>', 'signal above dark at saturation, where known').argParser(parseNumber('--saturation', { min: 1 }))
      )
      .option('--no-frame-mean-correction', 'let what moves as a whole count as noise')
  },
  measure: measureEmvaOf
}

async function measureEmvaOf(session: MeasureSession): Promise<Measurement> {
  const options = session.options as EmvaOptions
  const darks = await session.group('--dark')
  const flats = await session.group('--flat')
  assertCounts(darks.length, flats.length, options)
  const darkLevels = await levelsOf(darks, 'dark', session)
  const flatLevels = await levelsOf(flats, 'flat', session)
  assertOneShape([...darkLevels, ...flatLevels])
  const { measurePhotonTransfer } = await import('../../../quality/emva/measure-photon-transfer.js')
  const series = flatLevels.map((flat, i) => transferLevel(flat, darkLevels[darkOf(i, darks.length, flats.length)], i, options))
  const transfer = series.length === 0 ? null : measurePhotonTransfer(series, { saturationDn: options.saturation ?? null })
  const systemGain = transfer && transfer.systemGainDnPerElectron
  const bright = brightLevel(series, transfer && transfer.saturationDn)
  const dark = darks[darkOf(bright ?? 0, darks.length, flats.length)]
  const pattern = await measurePattern(dark, bright === null ? null : flats[bright], systemGain, session)
  const { measureDarkCurrent } = await import('../../../quality/emva/measure-dark-current.js')
  const timed = options.times?.map((exposureMs, i) => ({ exposureMs, ...darkLevels[i] }))
  const current = timed ? measureDarkCurrent(timed, { systemGain }) : null
  return {
    document: {
      frameMeanCorrection: options.frameMeanCorrection ?? true,
      darkLevels: darkLevels.map(({ shape: _, ...level }, i) => ({ ...level, exposureMs: options.times?.[i] ?? null })),
      levels: flatLevels.map(({ shape: _, ...level }, i) => ({ ...level, ...series[i] })),
      photonTransfer: transfer,
      prnuLevel: bright === null ? null : bright + 1,
      ...pattern,
      darkCurrent: current
    },
    sections: [
      levelSection(series),
      ...transferSections(transfer),
      ...patternSections(pattern.nonUniformity, bright),
      ...currentSections(current)
    ],
    warnings: warningsOf(darkLevels, flatLevels)
  }
}

function assertCounts(darks: number, flats: number, { photons, exposures, times }: EmvaOptions): void {
  if (darks === 0) throw new OptionError({ subject: 'option "--dark"', expected: 'files, folders or patterns', received: 'none' })
  if (times === undefined && darks > 1 && darks !== flats) {
    throw new OptionError({
      subject: 'option "--dark"',
      expected: `once, once per --flat (${flats}), or with --times`,
      received: `${darks} times`
    })
  }
  const lists = [
    ['--photons', photons, flats, '--flat'],
    ['--exposures', exposures, flats, '--flat'],
    ['--times', times, darks, '--dark']
  ] as const
  for (const [name, list, count, of] of lists) {
    if (list === undefined || list.length === count) continue
    throw new OptionError({ subject: `option "${name}"`, expected: `one number per ${of}: ${count}`, received: `${list.length}` })
  }
}

function assertOneShape([first, ...others]: readonly Level[]): void {
  const stranger = others.find(({ shape: [rows, cols] }) => rows !== first.shape[0] || cols !== first.shape[1])
  if (stranger === undefined) return
  throw new ShapeError({
    subject: 'stacks',
    expected: `one shape, [${first.shape.join(', ')}]`,
    received: `[${stranger.shape.join(', ')}] too`
  })
}

/** Which dark goes with a flat: its own where there are as many, otherwise the first. */
function darkOf(flat: number, darks: number, flats: number): number {
  return darks === flats ? flat : 0
}

async function levelsOf(stacks: readonly MeasuredStack[], role: string, session: MeasureSession): Promise<Level[]> {
  const levels: Level[] = []
  for (const [index, stack] of stacks.entries()) {
    const statistics = await statisticsOf(stack, session)
    const { shape, usedPixels, defectivePixels, nonFinitePixels, frames, meanDn, unknown } = statistics
    const { frameMeanCorrection = true } = session.options as EmvaOptions
    const varianceDn2 = frameMeanCorrection ? statistics.temporalVarianceDn2 : statistics.uncorrectedTemporalVarianceDn2
    if (meanDn === null || varianceDn2 === null) {
      const received = frames < 2 ? `${frames} frame` : (Object.values(unknown)[0] ?? 'no good pixel')
      throw new StackError({ subject: `--${role} ${index + 1}`, expected: 'at least 2 frames with good pixels', received })
    }
    levels.push({ shape, usedPixels, defectivePixels, nonFinitePixels, frames, meanDn, varianceDn2 })
  }
  return levels
}

async function statisticsOf(stack: MeasuredStack, { defects, region }: MeasureSession): Promise<StackStatistics> {
  const { createStackStatistics } = await import('../../../quality/emva/create-stack-statistics.js')
  const statistics = createStackStatistics(defects, { region })
  for await (const { data, shape } of stack.raw) statistics.add({ data, shape })
  return statistics.result()
}

function transferLevel(flat: Level, dark: Level, index: number, { photons, exposures }: EmvaOptions): PhotonTransferLevel {
  return {
    photons: photons?.[index] ?? null,
    exposure: exposures?.[index] ?? null,
    meanDn: flat.meanDn,
    meanDarkDn: dark.meanDn,
    varianceDn2: flat.varianceDn2,
    varianceDarkDn2: dark.varianceDn2
  }
}

/** The level nearest half of saturation; of the highest signal where saturation is not known. */
function brightLevel(series: readonly PhotonTransferLevel[], saturation: number | null): number | null {
  if (series.length === 0) return null
  const signals = series.map(({ meanDn, meanDarkDn }) => meanDn - meanDarkDn)
  const aim = saturation === null ? Math.max(...signals) : saturation / 2
  return signals.reduce((best, signal, i) => (Math.abs(signal - aim) < Math.abs(signals[best] - aim) ? i : best), 0)
}

/** The maps are made again, for this one level: keeping those of all would take 8 bytes a pixel and level. */
async function measurePattern(dark: MeasuredStack, bright: MeasuredStack | null, systemGain: number | null, session: MeasureSession) {
  const { measureNonUniformity } = await import('../../../quality/emva/measure-non-uniformity.js')
  const { measureLogHistogram } = await import('../../../quality/emva/measure-log-histogram.js')
  const { defects, region, options } = session
  const darkMaps = await statisticsOf(dark, session)
  const brightMaps = bright && (await statisticsOf(bright, session))
  const { frameMeanCorrection = true } = options as EmvaOptions
  const mean = ({ mean: data, shape }: StackStatistics) => ({ data, shape })
  return {
    nonUniformity: measureNonUniformity(darkMaps, brightMaps, defects, { region, frameMeanCorrection, systemGain }),
    logHistograms: {
      dsnu: measureLogHistogram(mean(darkMaps), defects, { region }),
      prnu: brightMaps && measureLogHistogram(mean(brightMaps), defects, { dark: mean(darkMaps), highPass: true, unit: '%', region })
    }
  }
}

function warningsOf(darks: readonly Level[], flats: readonly Level[]): string[] {
  const fewest = Math.min(...[...darks, ...flats].map(({ frames }) => frames))
  return fewest < 16 ? [`the smallest stack has ${fewest} frames: 100 are advised, and row and column parts need at least 16`] : []
}

function levelSection(series: readonly PhotonTransferLevel[]): ReportSection {
  const rows = series.map(({ meanDn, meanDarkDn, varianceDn2, varianceDarkDn2 }, i) => [
    String(i + 1),
    formatNumber(meanDn - meanDarkDn),
    formatNumber(varianceDn2),
    formatNumber(varianceDarkDn2)
  ])
  const columns = ['level', 'signal above dark DN', 'variance DN^2', 'dark variance DN^2']
  return { kind: 'table', title: 'levels', columns, rows, align: ['right', 'right', 'right', 'right'] }
}

function transferSections(transfer: object | null): ReportSection[] {
  if (transfer === null) return []
  const rows = figureRows(transfer, {
    systemGainDnPerElectron: 'system gain K',
    darkNoiseDn: 'temporal dark noise',
    darkNoiseElectrons: 'the same in electrons',
    saturationDn: 'signal above dark at saturation',
    saturationElectrons: 'the same in electrons',
    responsivityDnPerPhoton: 'responsivity',
    quantumEfficiencyPercent: 'quantum efficiency',
    sensitivityThresholdElectrons: 'signal of SNR 1',
    dynamicRange: 'saturation over that',
    dynamicRangeDb: 'the same in decibel',
    snrMax: 'largest SNR',
    linearityErrorPercent: 'mean deviation from the line, 5 to 95 % of saturation',
    gainLevels: 'levels that K rests on'
  })
  return [{ kind: 'figures', title: 'photon transfer', rows }]
}

function patternSections(result: object, bright: number | null): ReportSection[] {
  const parts = ['Total', 'Row', 'Column', 'Pixel']
  const meaning = (what: string) => (part: string) => `${what}${part === 'Total' ? ' in total' : `, ${part.toLowerCase()} part`}`
  const names = (prefix: string, unit: string, what: string) =>
    Object.fromEntries(parts.map((part) => [`${prefix}${part}${unit}`, meaning(what)(part)]))
  const dark = { ...names('dsnu', 'Dn', 'DSNU'), dsnuTotalElectrons: 'DSNU in total, in electrons' }
  const prnu = { ...names('prnu', 'Percent', 'PRNU'), ...names('highPassPrnu', 'Percent', 'PRNU without shading (5 x 5 high-pass)') }
  return [
    { kind: 'figures', title: 'dark signal non-uniformity', rows: figureRows(result, dark) },
    {
      kind: 'figures',
      title: `photo response non-uniformity, at level ${(bright ?? 0) + 1}`,
      rows: bright === null ? [] : figureRows(result, prnu)
    }
  ]
}

function currentSections(current: object | null): ReportSection[] {
  if (current === null) return []
  const rows = figureRows(current, {
    darkCurrentFromMeanDnPerS: 'dark current from the mean',
    darkCurrentFromMeanElectronsPerS: 'the same in electrons',
    darkCurrentFromVarianceElectronsPerS: 'dark current from the variance'
  })
  return [{ kind: 'figures', title: 'dark current', rows }]
}
