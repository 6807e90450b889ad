/** What a metric is called, its unit, and how the figures of several flats become one. */
export interface MetricDescription {
  /** Empty for a plain ratio. */
  readonly unit: string
  readonly meaning: string
  /**
   * How the figure over all flats comes about: their mean, the largest, the smallest; or `own`: measured on the flats together.
   */
  readonly overall: 'mean' | 'largest' | 'smallest' | 'own'
  /** True when there is no figure for a single flat. */
  readonly overallOnly?: boolean
}

const metric = (unit: string, overall: MetricDescription['overall'], meaning: string): MetricDescription => ({ unit, meaning, overall })
const together = (unit: string, meaning: string): MetricDescription => ({ unit, meaning, overall: 'own', overallOnly: true })

/**
 * Every metric that a verification reports and a limit may name. Later metrics join here: the limits schema is made from these names.
 */
export const METRICS = Object.freeze({
  meanDn: metric('DN', 'mean', 'mean of the good pixels'),
  sdDn: metric('DN', 'mean', 'spatial standard deviation of the good pixels'),
  minimumDn: metric('DN', 'smallest', 'smallest good pixel'),
  maximumDn: metric('DN', 'largest', 'largest good pixel'),
  cvPercent: metric('%', 'mean', 'coefficient of variation of the good pixels'),
  localSignalNonUniformityPercent: metric('%', 'largest', 'TG-150 local signal non-uniformity'),
  globalSignalNonUniformityPercent: metric('%', 'largest', 'TG-150 global signal non-uniformity'),
  localNoiseNonUniformityPercent: metric('%', 'largest', 'TG-150 local noise non-uniformity'),
  globalNoiseNonUniformityPercent: metric('%', 'largest', 'TG-150 global noise non-uniformity'),
  localSnrNonUniformityPercent: metric('%', 'largest', 'TG-150 local SNR non-uniformity'),
  globalSnrNonUniformityPercent: metric('%', 'largest', 'TG-150 global SNR non-uniformity'),
  rowRatio: metric('', 'largest', 'row structure over what pixel noise gives'),
  columnRatio: metric('', 'largest', 'column structure over what pixel noise gives'),
  rowStepRatio: metric('', 'largest', 'row-to-row steps over what pixel noise gives'),
  columnStepRatio: metric('', 'largest', 'column-to-column steps over what pixel noise gives'),
  predictedNoiseDn: metric('DN', 'mean', 'noise that the calibration predicts'),
  predictedFixedPatternDn: metric('DN', 'mean', 'part of it that the noise of the maps leaves in every frame'),
  noiseRatio: metric('', 'largest', 'measured sd over predicted noise'),
  detrendedNoiseDn: metric('DN', 'mean', 'sd about a second-order surface'),
  detrendedNoiseRatio: metric('', 'largest', 'sd about a second-order surface over predicted noise'),
  shadingPercent: metric('%', 'largest', 'sd of the second-order surface'),
  newDefects: metric('pixels', 'own', 'deviating pixels that the defect map calls good'),
  saturatedPixels: metric('pixels', 'largest', 'saturated raw pixels'),
  unrepairedPixels: metric('pixels', 'largest', 'bad pixels beyond trustworthy repair'),
  nonFinitePixels: metric('pixels', 'largest', 'values that are not finite'),
  usedPixels: metric('pixels', 'smallest', 'good pixels that count'),
  temporalNoiseDn: together('DN', 'temporal noise of one flat, from pairs'),
  temporalNoiseRatio: together('', 'temporal noise over its prediction'),
  fixedPatternDn: together('DN', 'fixed pattern left, from two halves of the flats'),
  fixedPatternPercent: together('%', 'fixed pattern left, of the mean'),
  detrendedFixedPatternPercent: together('%', 'fixed pattern left without slow shading, of the mean'),
  fixedPatternToTemporalRatio: together('', 'fixed pattern without slow shading over temporal noise'),
  averagedCvPercent: together('%', 'coefficient of variation of the mean of all flats')
} as const satisfies Record<string, MetricDescription>)

/** Name of a metric. */
export type MetricName = keyof typeof METRICS

/** All names, in the order in which they are reported. */
export const METRIC_NAMES = Object.freeze(Object.keys(METRICS)) as readonly MetricName[]
