import { Option } from 'commander'
import { OptionError, StackError } from '../../../errors.js'
import type { Noise } from '../../../quality/noise/measure-noise.js'
import type { Snr } from '../../../quality/noise/measure-snr.js'
import type { NoiseLevel, NoiseParts } from '../../../quality/noise/decompose-noise.js'
import type { FixedPattern } from '../../../quality/uniformity/measure-fixed-pattern.js'
import { figureRows } from '../../../report/figure-rows.js'
import { formatNumber, formatQuantity } from '../../../report/format-number.js'
import type { FigureRow } from '../../../report/blocks/block.js'
import type { ReportSection } from '../../../report/report-measurement.js'
import type { MeasureCommand, MeasuredFrame, MeasuredStack, Measurement, MeasureSession } from '../../measure-command.js'
import { parseNumber } from '../../parse-options.js'

interface NoiseOptions {
  readonly resolution?: number
  readonly kerma?: number
}

/** Two frames one after the other. */
interface Pair extends Snr {
  /** Noise of one frame with the second brought to the mean of the first. */
  readonly scaledNoiseDn: number | null
}

/** What the flats of one exposure level tell. */
interface LevelNoise {
  readonly frames: readonly (Noise & { readonly name: string })[]
  /** Of neighbouring frames 1 and 2, 2 and 3, ... */
  readonly pairs: readonly Pair[]
  /** From two halves of the frames; null from one frame. */
  readonly fixedPattern: FixedPattern | null
}

export const noiseCommand: MeasureCommand = {
  name: 'noise',
  summary: 'noise and SNR from pairs, fixed pattern, and the noise parts over exposure levels',
  frames: 'corrected flats of one exposure: files, folders or patterns',
  grouped: [{ flag: '--flat', description: 'instead of frames, repeated: flats of one exposure level each, to split the noise' }],
  calibrationUse: { corrects: true, description: 'correct the raw frames with it first, and leave its bad pixels out' },
  standard: 'EMVA 1288 release 4.0 (2021), noise from two images; ASTM E2597 as publicly described; NHSBSP 0604 version 3 (2009), parts',
  explanation: `
Formulas, over the good pixels:
  noise of one frame  sd(A - B) / sqrt(2) from two frames of one exposure; SNR = mean / noise;
                      for a tube that varies also with B brought to the mean of A
  normalised SNR      SNR x 88.6 um / SRb (--resolution), and over sqrt(air kerma / 1 mGy) (--kerma)
  single frame        sd as it is, and about a second-order surface (without shading)
  fixed pattern       covariance of the means of two halves of the frames: no noise to subtract
  noise parts         variance = e + k S + f S^2 over levels (--flat repeated, two frames or more
                      each): electronic, quantum, fixed pattern
The sd of one frame holds the fixed pattern too, that of a difference does not. Corrected frames
scale each pixel by its gain, and light that spreads in the scintillator makes the noise of
neighbours alike: the parts are those of the frames as given.`,
  addOptions: (command) => {
    command
      .addOption(
        new Option('--resolution <um>', 'basic spatial resolution SRb, for the normalised SNR').argParser(
          parseNumber('--resolution', { min: 0.001 })
        )
      )
      .addOption(
        new Option('--kerma <mGy>', 'air kerma of one frame, for the SNR at 1 mGy').argParser(parseNumber('--kerma', { min: 1e-9 }))
      )
  },
  measure: measureNoiseOf
}

async function measureNoiseOf(session: MeasureSession): Promise<Measurement> {
  const groups = await session.group('--flat')
  const stack = await session.stack()
  if ((stack === null) === (groups.length === 0)) {
    throw new OptionError({
      subject: 'frames',
      expected: 'frames, or --flat once per level',
      received: stack === null ? 'neither' : 'both'
    })
  }
  if (stack === null) return measureLevels(groups, session)
  const level = await measureLevel(stack, session)
  const { frames, pairs, fixedPattern } = level
  return {
    document: { ...level, levels: null, parts: null },
    sections: [
      { kind: 'figures', title: frames.length === 1 ? frames[0].name : `${frames.length} frames, mean figures`, rows: frameRows(frames) },
      { kind: 'figures', title: `pairs: mean of ${pairs.length}`, rows: pairRows(pairs) },
      { kind: 'figures', title: 'fixed pattern of two halves', rows: fixedPattern ? patternRows(fixedPattern) : [] }
    ],
    warnings: frames.length === 1 ? ['one frame: its sd holds noise and fixed pattern alike; two frames of one exposure part them'] : []
  }
}

async function measureLevels(groups: readonly MeasuredStack[], session: MeasureSession): Promise<Measurement> {
  const { decomposeNoise } = await import('../../../quality/noise/decompose-noise.js')
  const levels: LevelNoise[] = []
  for (const [index, group] of groups.entries()) {
    const level = await measureLevel(group, session)
    if (level.pairs.length === 0)
      throw new StackError({ subject: `--flat ${index + 1}`, expected: 'at least 2 frames', received: `${group.total}` })
    levels.push(level)
  }
  const known = levels.map(noiseLevel)
  const parts = decomposeNoise(known)
  return {
    document: { frames: null, pairs: null, fixedPattern: null, levels, parts },
    sections: [levelSection(known, parts), { kind: 'figures', title: 'noise parts', rows: partRows(parts) }],
    warnings: parts.heldAtZero.map((part) => `the data would rather have ${part} below 0: it was held at 0`)
  }
}

async function measureLevel(stack: MeasuredStack, { defects, region, options }: MeasureSession): Promise<LevelNoise> {
  const { measureFixedPattern } = await import('../../../quality/uniformity/measure-fixed-pattern.js')
  const { measureNoise } = await import('../../../quality/noise/measure-noise.js')
  const { measureSnr } = await import('../../../quality/noise/measure-snr.js')
  const { measureTemporalNoise } = await import('../../../quality/noise/measure-temporal-noise.js')
  const { resolution, kerma } = options as NoiseOptions
  const frames: (Noise & { name: string })[] = []
  const pairs: Pair[] = []
  const halves: [Float64Array, Float64Array] = [new Float64Array(0), new Float64Array(0)]
  let previous: MeasuredFrame | null = null
  for await (const frame of stack.frames) {
    const { name, data, shape } = frame
    const noise = measureNoise({ data, shape }, defects, { region })
    if (previous) {
      const known = { region, basicSpatialResolutionUm: resolution ?? null, airKermaMgy: kerma ?? null }
      const before = { data: previous.data, shape: previous.shape }
      const snr = measureSnr(before, { data, shape }, defects, known)
      const { temporalNoiseDn, unknown } = measureTemporalNoise(before, { data, shape }, defects, { region })
      const why = temporalNoiseDn === null && { scaledNoiseDn: unknown.temporalNoiseDn }
      pairs.push({ ...snr, scaledNoiseDn: temporalNoiseDn, unknown: { ...snr.unknown, ...why } })
    }
    addScaled(halves, frames.length % 2, data, noise.meanDn)
    frames.push({ name, ...noise })
    previous = frame
  }
  const level = frames.reduce((sum, { meanDn }) => sum + (meanDn ?? NaN), 0) / frames.length
  if (previous === null || frames.length < 2 || !(level > 0)) return { frames, pairs, fixedPattern: null }
  const { shape } = previous
  const mean = (half: 0 | 1) => {
    const count = Math.ceil((frames.length - half) / 2)
    return { data: Float32Array.from(halves[half], (sum) => (sum * level) / count), shape }
  }
  return { frames, pairs, fixedPattern: measureFixedPattern(mean(0), mean(1), defects, { region }) }
}

/** Each frame over its own mean, so that a tube that varies leaves no pattern. */
function addScaled(halves: [Float64Array, Float64Array], half: number, data: Float32Array, mean: number | null): void {
  if (halves[half].length === 0) halves[half] = new Float64Array(data.length)
  const sum = halves[half]
  for (let i = 0; i < data.length; i++) sum[i] += data[i] / (mean ?? NaN)
}

function noiseLevel({ pairs, fixedPattern }: LevelNoise): NoiseLevel {
  const mean = (values: readonly (number | null)[]) => values.reduce<number>((sum, value) => sum + (value ?? NaN), 0) / values.length
  const fixed = fixedPattern?.detrendedFixedPatternVarianceDn2
  return {
    signalDn: mean(pairs.map(({ signalDn }) => signalDn)),
    varianceDn2: mean(pairs.map(({ noiseDn }) => (noiseDn === null ? null : noiseDn ** 2))),
    ...(typeof fixed === 'number' && { fixedPatternVarianceDn2: fixed }),
    // Successive differences share frames: the mean of p of them is worth 2 p^2 / (3 p - 1) (von Neumann, Ann. Math. Stat. 12, 1941).
    degreesOfFreedom: (Math.max(1, pairs[0].usedPixels - 1) * 2 * pairs.length ** 2) / (3 * pairs.length - 1)
  }
}

/** The mean of each field over results that all know it; null with a reason where one does not. */
function average<R extends { readonly unknown: Readonly<Record<string, string>> }>(results: readonly R[], names: readonly string[]) {
  const unknown: Record<string, string> = {}
  const figures: Record<string, number | null> = {}
  for (const name of names) {
    const values = results.map((result) => (result as Readonly<Record<string, unknown>>)[name])
    const missing = values.findIndex((value) => typeof value !== 'number')
    figures[name] = missing < 0 ? (values as number[]).reduce((sum, value) => sum + value, 0) / values.length : null
    if (missing >= 0) unknown[name] = results[missing].unknown[name] ?? 'not known'
  }
  return { ...figures, unknown }
}

function frameRows(frames: LevelNoise['frames']): FigureRow[] {
  const meanings = {
    meanDn: 'mean of the good pixels',
    noiseDn: 'sd of one frame, fixed pattern and shading included',
    detrendedNoiseDn: 'the same about a second-order surface',
    shadingPercent: 'sd of that surface',
    usedPixels: 'good pixels that count',
    defectivePixels: 'bad pixels left out'
  }
  return figureRows(average(frames, Object.keys(meanings)), meanings)
}

function pairRows(pairs: readonly Snr[]): FigureRow[] {
  if (pairs.length === 0) return []
  const meanings = {
    signalDn: 'signal',
    noiseDn: 'temporal noise of one frame',
    scaledNoiseDn: 'the same, the two frames brought to one mean',
    noiseStandardErrorDn: 'its standard error, one pair',
    snr: 'SNR of one frame',
    normalisedSnr: 'SNR x 88.6 um / SRb',
    normalisedSnrAt1Mgy: 'the same at 1 mGy'
  }
  return figureRows(average(pairs, Object.keys(meanings)), meanings)
}

function patternRows(fixedPattern: FixedPattern): FigureRow[] {
  return figureRows(fixedPattern, {
    fixedPatternDn: 'pattern that stands in every frame',
    fixedPatternPercent: 'the same of the mean',
    detrendedFixedPatternDn: 'without slow shading',
    detrendedFixedPatternPercent: 'the same of the mean'
  })
}

function partRows(parts: NoiseParts): FigureRow[] {
  return figureRows(parts, {
    electronicNoiseDn: 'electronic noise',
    quantumGainDn: 'variance per signal of the quantum noise',
    fixedPatternPercent: 'fixed pattern that grows with the signal',
    fixedPatternFloorDn: 'fixed pattern that does not',
    rSquared: 'share of the spread that the fit explains',
    reducedChiSquare: 'chi-square per degree of freedom: 1 where the model holds',
    largestDeviationPercent: 'largest distance from the fit'
  })
}

function levelSection(known: readonly NoiseLevel[], { levels }: NoiseParts): ReportSection {
  const rows = known.map(({ signalDn, varianceDn2, fixedPatternVarianceDn2 }, i) => [
    String(i + 1),
    formatQuantity(signalDn, 'DN'),
    formatQuantity(varianceDn2, 'DN^2'),
    formatQuantity(fixedPatternVarianceDn2 ?? null, 'DN^2'),
    ...[levels[i]?.electronicPercent, levels[i]?.quantumPercent, levels[i]?.fixedPatternPercent].map((share) =>
      share === undefined ? 'unknown' : `${formatNumber(share, 3)} %`
    )
  ])
  const columns = ['level', 'signal', 'temporal variance', 'fixed pattern', 'electronic', 'quantum', 'fixed pattern']
  return {
    kind: 'table',
    title: 'levels, and the shares of their noise after the fit',
    columns,
    rows,
    align: columns.map(() => 'right' as const)
  }
}
