import { unitOf } from '../unit-of.js'

/** What a metric is called, its unit, and how the figures of several flats become one. */
export interface MetricDescription {
  /** As the name of the metric says; empty for a plain ratio. */
  readonly unit: string
  readonly meaning: string
  /**
   * How the figure over all flats comes about: their mean, the largest, the smallest; or `own`: measured on the flats together.
   */
  readonly overall: 'mean' | 'largest' | 'smallest' | 'own'
  /** True when there is no figure for a single flat. */
  readonly overallOnly?: boolean
}

type Description = Omit<MetricDescription, 'unit'>

const metric = (overall: Description['overall'], meaning: string): Description => ({ meaning, overall })
const together = (meaning: string): Description => ({ meaning, overall: 'own', overallOnly: true })

const DESCRIPTIONS = {
  meanDn: metric('mean', 'mean of the good pixels'),
  sdDn: metric('mean', 'spatial standard deviation of the good pixels, shading included'),
  minimumDn: metric('smallest', 'smallest good pixel'),
  maximumDn: metric('largest', 'largest good pixel'),
  cvPercent: metric('mean', 'coefficient of variation of the good pixels'),
  localSignalNonUniformityPercent: metric('largest', 'TG-150 local signal non-uniformity: tile to neighbouring tile'),
  globalSignalNonUniformityPercent: metric('largest', 'TG-150 global signal non-uniformity: over all tiles'),
  localNoiseNonUniformityPercent: metric('largest', 'TG-150 local noise non-uniformity: tile to neighbouring tile'),
  globalNoiseNonUniformityPercent: metric('largest', 'TG-150 global noise non-uniformity: over all tiles'),
  localSnrNonUniformityPercent: metric('largest', 'TG-150 local SNR non-uniformity: tile to neighbouring tile'),
  globalSnrNonUniformityPercent: metric('largest', 'TG-150 global SNR non-uniformity: over all tiles'),
  rowRatio: metric('largest', 'row structure over what pixel noise gives'),
  columnRatio: metric('largest', 'column structure over what pixel noise gives'),
  rowStepRatio: metric('largest', 'row-to-row steps over what pixel noise gives'),
  columnStepRatio: metric('largest', 'column-to-column steps over what pixel noise gives'),
  predictedNoiseDn: metric('mean', 'noise that the calibration predicts'),
  predictedFixedPatternDn: metric('mean', 'part of it that the noise of the maps leaves in every frame'),
  noiseRatio: metric('largest', 'measured sd over predicted noise'),
  detrendedNoiseDn: metric('mean', 'sd about a second-order surface'),
  detrendedNoiseRatio: metric('largest', 'sd about a second-order surface over predicted noise'),
  shadingPercent: metric('largest', 'sd of a second-order surface: heel and slow shading'),
  newDefects: metric('own', 'deviating pixels that the defect map calls good'),
  saturatedPixels: metric('largest', 'saturated raw pixels'),
  unrepairedPixels: metric('largest', 'bad pixels beyond trustworthy repair'),
  nonFinitePixels: metric('largest', 'values that are not finite'),
  usedPixels: metric('smallest', 'good pixels that count'),
  temporalNoiseDn: together('temporal noise of one flat, from pairs'),
  temporalNoiseRatio: together('temporal noise over its prediction'),
  fixedPatternDn: together('fixed pattern left, from two halves of the flats'),
  fixedPatternPercent: together('fixed pattern left, of the mean'),
  detrendedFixedPatternPercent: together('fixed pattern left without slow shading, of the mean'),
  fixedPatternToTemporalRatio: together('fixed pattern without slow shading over temporal noise'),
  averagedCvPercent: together('coefficient of variation of the mean of all flats')
} as const satisfies Record<string, Description>

/** Name of a metric. */
export type MetricName = keyof typeof DESCRIPTIONS

/**
 * Every metric that a verification reports and a limit may name. Later metrics join here: the limits schema is made from these names.
 */
export const METRICS: Readonly<Record<MetricName, MetricDescription>> = Object.freeze(
  Object.fromEntries(Object.entries(DESCRIPTIONS).map(([name, description]) => [name, { unit: unitOf(name), ...description }])) as Record<
    MetricName,
    MetricDescription
  >
)

/** All names, in the order in which they are reported. */
export const METRIC_NAMES = Object.freeze(Object.keys(METRICS)) as readonly MetricName[]
