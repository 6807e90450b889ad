import { ModeError } from '../../errors.js'
import { multiplyScalar } from '../../kernels/frame/steps/multiply-scalar.js'
import type { Region } from '../../frame/region.js'
import { medianOf } from '../../kernels/median/median-of.js'
import type { CalibrationSet } from '../../maps/calibration-set.js'
import { BAD_PIXEL_BITS } from '../../maps/defect-flags.js'
import { MAD_TO_SIGMA } from '../../maps/robust-scale.js'
import type { BeamOptions } from '../resolve-beam.js'
import { resolveBeam } from '../resolve-beam.js'
import type { MeasuredFrame, PlannedStep, Step } from '../program/step.js'

/** Tiles are so many pixels wide and high, and have at least half of them good. */
const TILE = 16
const FEWEST = (TILE * TILE) / 2
/** Tiles farther than this from the median, in robust standard deviations, are left out of the mean. */
const FAR = 3
/** The tiles may differ by so many times what the noise of their pixels makes of them. */
const MOST_SPREAD = 3
/** Factors that are believed, and how far one may lie from the median of the last ones. */
const FACTORS = [0.5, 2] as const
const MOST_CHANGE = 0.05
const REMEMBERED = 15

/**
 * Times one factor for each frame, k = level / (corrected mean of a region that only air covers): the beam changes from frame to frame.
 * The mean is that of tiles of 16 x 16 good pixels, without those that lie more than 3 robust standard deviations from their median; its
 * error is their standard deviation over the square root of their number.
 * @see P. J. Rousseeuw, C. Croux, JASA 88, 1993 (spread by the median absolute deviation)
 */
export const beamStep: Step = {
  name: 'beam',
  plan(calibration, { beam }, before) {
    if (beam === undefined) return null
    return new BeamStep(calibration, resolveBeam(beam, calibration), before instanceof BeamStep ? before.accepted : [])
  }
}

interface Factor {
  readonly factor: number
  readonly error: number
}

class BeamStep implements PlannedStep {
  readonly kernel = multiplyScalar
  /** The last factors that were measured, oldest first. */
  readonly accepted: Factor[]
  readonly #beam: Required<BeamOptions>
  readonly #saturation: number
  readonly #defects: Uint32Array
  readonly #tiles: readonly Region[]
  readonly #means: Float32Array
  readonly #noises: Float32Array
  readonly #scratch: Float32Array
  readonly #row = new Float32Array(TILE)

  constructor({ defects, saturation }: CalibrationSet, beam: Required<BeamOptions>, accepted: Factor[]) {
    this.accepted = accepted
    this.#beam = beam
    this.#saturation = saturation ?? Infinity
    this.#defects = defects.data
    this.#tiles = tilesOf(beam.regions)
    this.#means = new Float32Array(this.#tiles.length)
    this.#noises = new Float32Array(this.#tiles.length)
    this.#scratch = new Float32Array(this.#tiles.length)
  }

  prepare(frame: MeasuredFrame, operand: { scalar: number }): void {
    const measured = this.#measure(frame)
    const { factor, error } = typeof measured === 'string' ? this.#previous(measured, frame.subject) : this.#accept(measured)
    operand.scalar = Math.fround(factor)
    frame.facts.beamFactor = operand.scalar
    frame.facts.beamError = error
  }

  #accept(measured: Factor): Factor {
    this.accepted.push(measured)
    if (this.accepted.length > REMEMBERED) this.accepted.shift()
    return measured
  }

  #previous(received: string, frame: string): Factor {
    const last = this.accepted.at(-1)
    if (this.#beam.onObject === 'previous' && last) return last
    throw new ModeError({ subject: `${frame}, beam region`, expected: 'air alone, in a beam like that of the last frames', received })
  }

  /** The factor, or what speaks against it. */
  #measure(frame: MeasuredFrame): Factor | string {
    let count = 0
    for (const tile of this.#tiles) if (this.#measureTile(frame, tile, count)) count++
    if (2 * count < this.#tiles.length) return `${count} of ${this.#tiles.length} tiles with enough good pixels below saturation`
    const means = this.#means.subarray(0, count)
    // from the plain spread of all: an object over half of the region would hide in robust figures
    const { mean: plain, sd: spread } = momentsOf(means)
    const noise = medianOf(this.#noises.subarray(0, count), count)
    const most = MOST_SPREAD * noise + 2 ** -22 * Math.abs(plain)
    if (spread > most) return `tiles that differ by ${spread.toPrecision(3)} DN, where noise makes ${noise.toPrecision(3)} DN`
    const { mean, sd, kept } = this.#withoutFarOnes(means)
    const factor = this.#beam.level / mean
    if (!(factor >= FACTORS[0] && factor <= FACTORS[1])) return `a factor of ${factor.toPrecision(4)}`
    const usual = this.#median(this.accepted.map((past) => past.factor))
    if (Math.abs(factor - usual) > MOST_CHANGE * usual) return `a factor of ${factor.toPrecision(4)} after ${usual.toPrecision(4)}`
    return { factor, error: (factor * sd) / Math.sqrt(kept) / mean }
  }

  /** Mean of a tile, and what the noise of its pixels is in that mean; false: it has too few good pixels. */
  #measureTile(frame: MeasuredFrame, { row, col, rows, cols }: Region, at: number): boolean {
    const { raw, shape } = frame
    let count = 0
    let sum = 0
    let squares = 0
    let pivot = 0
    for (let r = row; r < row + rows; r++) {
      const first = r * shape[1] + col
      frame.read(first, cols, this.#row)
      for (let k = 0; k < cols; k++) {
        const value = this.#row[k]
        if ((this.#defects[first + k] & BAD_PIXEL_BITS) !== 0 || raw[first + k] >= this.#saturation || value - value !== 0) continue
        if (count === 0) pivot = value
        count++
        sum += value - pivot
        squares += (value - pivot) ** 2
      }
    }
    if (count < FEWEST) return false
    this.#means[at] = pivot + sum / count
    this.#noises[at] = Math.sqrt(Math.max(0, squares - (sum * sum) / count) / (count - 1) / count)
    return true
  }

  #withoutFarOnes(means: Float32Array): { mean: number; sd: number; kept: number } {
    const middle = this.#median(means)
    const sigma = MAD_TO_SIGMA * this.#median(means.map((value) => Math.abs(value - middle)))
    const near = means.filter((value) => Math.abs(value - middle) <= FAR * sigma)
    return { ...momentsOf(near), kept: near.length }
  }

  #median(values: ArrayLike<number>): number {
    const scratch = values.length > this.#scratch.length ? new Float32Array(values.length) : this.#scratch
    scratch.set(values)
    return medianOf(scratch, values.length)
  }
}

function tilesOf(regions: readonly Region[]): Region[] {
  const tiles: Region[] = []
  for (const { row, col, rows, cols } of regions) {
    for (let r = 0; r < rows; r += TILE) {
      for (let c = 0; c < cols; c += TILE) {
        const tile = { row: row + r, col: col + c, rows: Math.min(TILE, rows - r), cols: Math.min(TILE, cols - c) }
        if (tile.rows * tile.cols >= FEWEST) tiles.push(tile)
      }
    }
  }
  return tiles
}

/** Mean and standard deviation; one value has none of its own: 0. */
function momentsOf(values: Float32Array): { mean: number; sd: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, sd: Math.sqrt(squares / Math.max(1, values.length - 1)) }
}
