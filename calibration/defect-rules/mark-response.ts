import { compareWithLocalMedian, NOT_COMPARED } from '../../lib/kernels/median/compare-with-local-median.js'
import { medianFilter } from '../../lib/kernels/median/median-filter.js'
import { nextNonZero } from '../../lib/kernels/map/next-non-zero.js'
import { DEFECT_FLAGS } from '../../lib/maps/defect-flags.js'
import { robustScale } from '../../lib/maps/robust-scale.js'
import type { DefectContext } from './defect-context.js'
import { flagPixel } from './flag-pixel.js'
import { leastDeviation } from './least-deviation.js'
import { noiseOfMean } from './noise-of-mean.js'

const LOCAL = 'ASTM E2597/E2597M-14, over- and under-responding pixel: 1.3 and 0.6 of the median of 21 x 21 pixels'
const GLOBAL = 'PerkinElmer XRD 1621, underperforming pixels: parts of the median bright signal of the panel'
const OUTLIER = 'Gaussian quantile of the robust scale of all residuals (Rousseeuw, Croux, JASA 88, 1993)'
/** Radius of the windows of the outlier test. */
const RADIUS = 10
/** One good pixel in 9.4 million deviates by more, in sd. */
const NOISE_SIGMA = 5.32
/** Pixels that have none to be judged. */
const NO_RESPONSE = DEFECT_FLAGS.dead | DEFECT_FLAGS.unexposed

/**
 * Over- and under-responding: signal of the first flat level above 1.3 or below 0.6 of the 21 x 21 median, or of the median of
 * the panel where no window is in use.
 *
 * Bad pixels stay out of the medians, and the rule is run a second time without what its first run found, so that a
 * cluster cannot be its own reference. At the borders the window is clipped (11 x 11 in a corner); where it holds no
 * good pixel the panel's median serves. Dead pixels are not judged again.
 *
 * Where `responseSigma` is in use, pixels also count that stand off every window around by so many robust sd of the
 * relative residual of the panel: the tails of its PRNU, which the gain corrects.
 * @see ASTM E2597/E2597M-14
 */
export function markResponse(context: DefectContext): void {
  const { bad, shape, defects, options, flats, scratch } = context
  const { overResponse, underResponse, responseWindow, responseSigma } = options
  const signal = flats[0].location
  const codes = scratch.take()
  const classes = new Uint32Array(codes.buffer, codes.byteOffset, codes.length)
  const excluded = bad.slice()
  if (overResponse === null && underResponse === null) classes.fill(0)
  else {
    if (responseWindow === null) judgeGlobally(context, classes)
    else judgeLocally(context, (responseWindow - 1) / 2, excluded, classes)
    tell(context, classes)
  }
  if (responseSigma !== null) {
    const local = scratch.take()
    medianFilter(signal, excluded, shape[0], shape[1], RADIUS, RADIUS, local)
    markOutliers(context, responseSigma, local, excluded, classes)
    scratch.give(local)
  }
  for (let i = nextCode(classes, 0); i < classes.length; i = nextCode(classes, i + 1)) {
    if ((defects.data[i] & NO_RESPONSE) === 0) flagPixel(context, i, classes[i])
  }
  scratch.give(codes)
}

function judgeLocally(context: DefectContext, radius: number, excluded: Uint8Array, classes: Uint32Array): void {
  const { shape, flats, levels, options, defects, bad } = context
  const limits = {
    above: options.overResponse ?? Infinity,
    aboveCode: DEFECT_FLAGS.overResponding,
    below: options.underResponse ?? -Infinity,
    belowCode: DEFECT_FLAGS.underResponding,
    otherwise: levels[0]
  }
  // Their response is none.
  for (let i = nextNonZero(bad, 0); i < bad.length; i = nextNonZero(bad, i + 1)) {
    if ((defects.data[i] & NO_RESPONSE) !== 0) excluded[i] = NOT_COMPARED
  }
  compareWithLocalMedian(flats[0].location, excluded, shape[0], shape[1], radius, limits, classes, true)
}

function judgeGlobally({ flats, levels, options }: DefectContext, classes: Uint32Array): void {
  const signal = flats[0].location
  const over = options.overResponse ?? Infinity
  const under = options.underResponse ?? -Infinity
  const panel = levels[0]
  for (let i = 0; i < signal.length; i++) {
    const ratio = signal[i] / panel
    if (ratio > over) classes[i] = DEFECT_FLAGS.overResponding
    else classes[i] = ratio < under ? DEFECT_FLAGS.underResponding : 0
  }
}

/** First place, from `from` on, of a class that is not 0. */
function nextCode(classes: Uint32Array, from: number): number {
  let i = from
  for (const whole = classes.length - 4; i <= whole; i += 4) {
    if ((classes[i] | classes[i + 1] | classes[i + 2] | classes[i + 3]) !== 0) break
  }
  while (i < classes.length && classes[i] === 0) i++
  return i
}

function tell(context: DefectContext, classes: Uint32Array): void {
  const { defects, options, rules, warnings } = context
  const { overResponse, underResponse, responseWindow } = options
  const unit = responseWindow === null ? 'x median of the panel' : `x ${responseWindow} x ${responseWindow} median`
  const source = responseWindow === null ? GLOBAL : LOCAL
  const counts = [0, 0]
  for (let i = nextCode(classes, 0); i < classes.length; i = nextCode(classes, i + 1)) {
    if ((defects.data[i] & NO_RESPONSE) === 0) counts[classes[i] === DEFECT_FLAGS.overResponding ? 0 : 1]++
  }
  const noise = NOISE_SIGMA * (noiseOfMean(context, 0) ?? 0)
  if (overResponse !== null) {
    rules.push({
      name: 'overResponding',
      threshold: overResponse,
      unit,
      source,
      found: counts[0],
      smallestVisible: Math.max(overResponse, 1 + noise)
    })
  }
  if (underResponse !== null) {
    rules.push({
      name: 'underResponding',
      threshold: underResponse,
      unit,
      source,
      found: counts[1],
      smallestVisible: Math.min(underResponse, 1 - noise)
    })
  }
  if (1 + noise > (overResponse ?? Infinity) || 1 - noise < (underResponse ?? -Infinity)) {
    warnings.push(
      `flats 1: the mean of the frames is too noisy to tell over- and under-responding pixels below ${(100 * noise).toPrecision(2)} %`
    )
  }
}

function markOutliers(context: DefectContext, sigmas: number, local: Float32Array, excluded: Uint8Array, classes: Uint32Array): void {
  const { flats, shape, bad, defects, rules, scratch } = context
  const [rows, cols] = shape
  const signal = flats[0].location
  const residual = scratch.take()
  for (let i = 0; i < signal.length; i++) residual[i] = signal[i] / local[i] - 1
  const threshold = sigmas * Math.max(robustScale(residual, excluded).sigma, noiseOfMean(context, 0) ?? 0)
  let found = 0
  for (let i = 0; i < signal.length; i++) {
    if (!(Math.abs(residual[i]) > threshold) || bad[i] !== 0) continue
    const least = leastDeviation(signal, local, i, rows, cols, RADIUS, true)
    if (!(Math.abs(least) > threshold)) continue
    classes[i] |= least > 0 ? DEFECT_FLAGS.overResponding : DEFECT_FLAGS.underResponding
    if ((defects.data[i] & NO_RESPONSE) === 0) found++
  }
  scratch.give(residual)
  const record = { name: 'response (outliers)', unit: 'relative to the 21 x 21 median', source: OUTLIER }
  rules.push({ ...record, threshold, found, smallestVisible: threshold })
}
