import { medianFilter } from '../../lib/kernels/median/median-filter.js'
import { DEFECT_FLAGS } from '../../lib/maps/defect-flags.js'
import { robustMedian } from '../../lib/maps/robust-median.js'
import { robustScale } from '../../lib/maps/robust-scale.js'
import type { DefectContext } from './defect-context.js'
import { flagPixel } from './flag-pixel.js'

const E2597 = 'ASTM E2597/E2597M-14, persistence: a factor 2 off the 9 x 9 median in the first frame after the exposure'
const MAKER = 'PerkinElmer XRD 1621, underperforming pixels: part of the irradiated frame left in the dark frames after it'
const STATISTICAL = 'local median and robust scale (Rousseeuw, Croux, JASA 88, 1993); class after ASTM E2597/E2597M-14'
const RADIUS = 4
/** A local median below so many sd of a frame is noise: its ratios mean nothing. */
const LEAST_MEDIAN = 3
/** Found already by what is noise here: their single frame says nothing about lag. */
const NOT_JUDGED = DEFECT_FLAGS.dead | DEFECT_FLAGS.noisy | DEFECT_FLAGS.unstable

/**
 * Lagging: too much (or too little) of an exposure left in the first frames after it.
 *
 * Three criteria, as far as their numbers are in use. Factor: the first frame is more than `lagFactor` times its 9 x 9 median, or less
 * than 1 / `lagFactor` of it, where that median is above 3 sd of a frame. Parts: the first frame is above `lagFirst` of
 * the irradiated signal, or the second above `lagSecond`. Statistics, where neither is in use: any deviation. Each deviation
 * must exceed `lagSigma` sd too; the sd of a single frame is that of the darks, or the spread of the frame around its medians where
 * that is larger (quantum noise of the lag itself). What was found stays out of the medians of a second run.
 * Pixels that are dead or that flicker are not judged.
 * @see ASTM E2597/E2597M-14
 */
export function markLagging(context: DefectContext): void {
  const { decay, options, shape, bad } = context
  const { lagFactor, lagSigma, lagFirst, lagSecond } = options
  if (decay === null || (lagFactor === null && lagSigma === null && lagFirst === null && lagSecond === null)) return
  const [first] = decay.frames
  const excluded = bad.slice()
  const local = new Float32Array(first.length)
  const judge = (): number => {
    medianFilter(first, excluded, shape[0], shape[1], RADIUS, RADIUS, local)
    return markDeviating(context, first, local, scaleOf(context, first, local, excluded), excluded)
  }
  if (lagFactor !== null || (lagFirst === null && lagSecond === null)) {
    let found = judge()
    if (found > 0) found += judge()
    recordDeviating(context, local, scaleOf(context, first, local, excluded), excluded, found)
  } else {
    medianFilter(first, excluded, shape[0], shape[1], RADIUS, RADIUS, local)
  }
  const scale = scaleOf(context, first, local, excluded)
  if (lagFirst !== null) markPart(context, 0, lagFirst, scale)
  if (lagSecond !== null) markPart(context, 1, lagSecond, scale)
}

/** Sd of a single frame: a factor for the panel, and what each pixel's is times that (1 each where the darks do not tell). */
interface Scale {
  readonly factor: number
  readonly expected: Float32Array | null
}

function scaleOf({ noise, quantum, scratch }: DefectContext, frame: Float32Array, local: Float32Array, excluded: Uint8Array): Scale {
  const expected = noise!.darks
  const residual = scratch.take()
  for (let i = 0; i < frame.length; i++) residual[i] = (frame[i] - local[i]) / (expected === null ? 1 : expected[i])
  const { sigma } = robustScale(residual, excluded)
  scratch.give(residual)
  const floor = expected === null ? quantum / 2 : 1
  return { factor: sigma > floor ? sigma : floor, expected }
}

function sigmaAt({ factor, expected }: Scale, i: number): number {
  return expected === null ? factor : factor * expected[i]
}

/** Mark what is off its local median, and exclude it. */
function markDeviating(context: DefectContext, frame: Float32Array, local: Float32Array, scale: Scale, excluded: Uint8Array): number {
  const {
    defects: { data },
    options
  } = context
  const factor = options.lagFactor
  const reach = options.lagSigma ?? 0
  let found = 0
  for (let i = 0; i < data.length; i++) {
    if ((data[i] & NOT_JUDGED) !== 0 || excluded[i] === 2) continue
    const sigma = sigmaAt(scale, i)
    const value = frame[i]
    const median = local[i]
    if (!(Math.abs(value - median) > reach * sigma)) continue
    if (factor !== null && !(median > LEAST_MEDIAN * sigma && (value > factor * median || factor * value < median))) continue
    found += flagPixel(context, i, DEFECT_FLAGS.lagging)
    excluded[i] = 2
  }
  return found
}

/** Both limits as they stand for the typical pixel, and how much of the panel has a lag that can be seen. */
function recordDeviating(context: DefectContext, local: Float32Array, scale: Scale, excluded: Uint8Array, found: number): void {
  const { options, rules, warnings, shape } = context
  const { lagFactor, lagSigma } = options
  const relative = new Float32Array(local.length)
  let blind = 0
  for (let i = 0; i < local.length; i++) {
    relative[i] = sigmaAt(scale, i) / local[i]
    if (excluded[i] === 0 && !(local[i] > LEAST_MEDIAN * sigmaAt(scale, i))) blind++
  }
  if (lagFactor === null) {
    rules.push({
      name: 'lagging (first frame)',
      threshold: lagSigma,
      unit: 'sd off the 9 x 9 median',
      source: STATISTICAL,
      found,
      smallestVisible: lagSigma!
    })
    return
  }
  const typical = robustMedian(relative, excluded)
  const unit = 'x 9 x 9 median'
  const record = { name: 'lagging (first frame)', threshold: lagFactor, unit, source: E2597, found }
  const visible = typical > 0 && LEAST_MEDIAN * typical < 1
  rules.push(visible ? { ...record, smallestVisible: Math.max(lagFactor, 1 + (lagSigma ?? 0) * typical) } : record)
  if (blind <= 0.01 * shape[0] * shape[1]) return
  const percent = ((100 * blind) / local.length).toFixed(0)
  warnings.push(
    `decay: the lag of ${percent} % of the pixels is below ${LEAST_MEDIAN} sd of a frame, lagging pixels cannot be found there by a factor`
  )
}

function markPart(context: DefectContext, k: number, limit: number, scale: Scale): void {
  const {
    defects: { data },
    decay,
    bad,
    options,
    rules,
    warnings
  } = context
  const name = `lagging (${k === 0 ? 'first' : 'second'} frame, part)`
  const rule = { name, unit: 'of the irradiated signal', source: MAKER }
  const frame = decay!.frames.at(k)
  const { exposed } = decay!
  if (frame === undefined || exposed === null) {
    rules.push({ ...rule, threshold: null, found: 0 })
    const why = exposed === null ? 'the irradiated signal is unknown' : `frame ${k + 1} after the exposure was not given`
    warnings.push(`decay: ${why}, what is left of it cannot be judged`)
    return
  }
  const reach = options.lagSigma ?? 0
  const noise = new Float32Array(data.length)
  let found = 0
  for (let i = 0; i < data.length; i++) {
    const sigma = sigmaAt(scale, i)
    noise[i] = sigma / exposed[i]
    if ((data[i] & NOT_JUDGED) !== 0 || !(exposed[i] > 0)) continue
    if (!(frame[i] > limit * exposed[i] && frame[i] > reach * sigma)) continue
    found += flagPixel(context, i, DEFECT_FLAGS.lagging)
  }
  const typical = robustMedian(noise, bad)
  rules.push({ ...rule, threshold: limit, found, ...(typical > 0 ? { smallestVisible: Math.max(limit, reach * typical) } : {}) })
}
