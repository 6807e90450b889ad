import { upperGamma } from '../../lib/kernels/statistics/upper-gamma.js'
import { DEFECT_FLAGS } from '../../lib/maps/defect-flags.js'
import { robustMedian } from '../../lib/maps/robust-median.js'
import { inParts } from '../in-parts.js'
import type { DefectContext } from './defect-context.js'
import { flagPixel } from './flag-pixel.js'
import { isMostlyAbove } from './is-mostly-above.js'

const SOURCE = 'ASTM E2597/E2597M-14, dead pixel: no response, or constant response whatever the dose'
/** A pixel that works may be constant in all stacks with at most this probability before that counts as evidence. */
const CHANCE = 1e-6

/**
 * Dead: a response below 5 % of the panel's median response, no signal above the offset, values that are not finite, or
 * no temporal variance in any stack of two frames or more.
 *
 * The response is the slope through the origin of the pixel's signal against the panel's median over the levels; a
 * stuck pixel (the same value at every level) has slope 0. Zero variance is evidence only against the noise of the
 * panel: a pixel of noise sigma, rounded to steps q, repeats one value in n frames with probability at most
 * erf(q / (2 sqrt2 sigma))^(n - 1); the product over the stacks must be below 1e-6, else the rule rests with a warning.
 * @see ASTM E2597/E2597M-14
 */
export function markDead(context: DefectContext): void {
  const { darks, flats, levels, defects, options } = context
  const { data } = defects
  const offset = darks.location
  const first = flats[0].location
  const chance = isSurelyNoisy(context) ? 0 : chanceOfConstant(context)
  const stacks = chance <= CHANCE ? [darks, ...flats].filter((stack) => stack.frames > 1) : []
  const signals = flats.map(({ location }) => location)
  const constants = stacks.map(({ constant }) => constant)
  const { deadResponse } = options
  const isGood = (i: number): boolean => {
    const judged = offset[i] - offset[i] === 0 && first[i] > 0 && first[i] < Infinity
    return judged && responseOf(signals, levels, i) >= deadResponse && !isConstant(constants, i)
  }
  // Of one level, what is clearly above the limit needs no slope; rounding is far less.
  const clear = signals.length === 1 ? 1.001 * deadResponse * levels[0] : Infinity
  const { constant } = constants.length > 0 ? stacks[0] : darks
  let found = 0
  inParts(data.length, (from, to) => {
    const next = (i: number): number => nextUnclear(first, offset, constant, clear, i, to)
    for (let i = next(from); i < to; i = next(i + 1)) {
      if (isGood(i)) continue
      found += flagPixel(context, i, DEFECT_FLAGS.dead)
    }
  })
  context.rules.push({ name: 'dead', threshold: options.deadResponse, unit: 'x median response', source: SOURCE, found })
  if (chance > CHANCE && chance < 1) {
    context.warnings.push(
      `constant pixels cannot be told from good ones: a good pixel repeats one value in all frames with probability ${chance.toPrecision(2)}`
    )
  }
}

/** First pixel, from `from` on and before `to`, that is not clearly alive. */
function nextUnclear(signal: Float32Array, offset: Float32Array, constant: Uint8Array, clear: number, from: number, to: number): number {
  let i = from
  while (i < to && signal[i] > clear && signal[i] < Infinity && offset[i] - offset[i] === 0 && constant[i] === 0) i++
  return i
}

/** Slope through the origin against the panel's medians, levels without a finite value left out. */
function responseOf(signals: readonly Float32Array[], levels: readonly number[], i: number): number {
  let product = 0
  let square = 0
  for (let l = 0; l < signals.length; l++) {
    const signal = signals[l][i]
    if (signal - signal !== 0) continue
    product += signal * levels[l]
    square += levels[l] * levels[l]
  }
  return product / square
}

function isConstant(constants: readonly Uint8Array[], i: number): boolean {
  for (let k = 0; k < constants.length; k++) if (constants[k][i] === 0) return false
  return constants.length > 0
}

/** Whether noise of one step, which the median pixel of one of the stacks exceeds, is enough for the probability to be below the limit. */
function isSurelyNoisy({ darks, flats, bad, quantum }: DefectContext): boolean {
  return [darks, ...flats].some(({ sd, frames }) => {
    return sd !== null && (1 - upperGamma(0.5, 0.125)) ** (frames - 1) <= CHANCE && isMostlyAbove(sd, quantum, bad)
  })
}

/** Bound on the probability that a working pixel is constant in every stack; 1 where nothing can be said. */
function chanceOfConstant({ darks, flats, bad, quantum }: DefectContext): number {
  let chance = 1
  for (const { sd, frames } of [darks, ...flats]) {
    if (sd === null) continue
    const median = robustMedian(sd, bad)
    if (!(median > 0)) continue
    const ratio = quantum / (2 * median)
    chance *= (1 - upperGamma(0.5, (ratio * ratio) / 2)) ** (frames - 1)
  }
  return chance
}
