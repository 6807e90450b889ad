import { flagDefects } from './defects/flag-defects.js'
import { createRandomState } from './random/create-random-state.js'
import { sampleNormal } from './random/sample-normal.js'
import { DEFECT_FLAGS } from '../maps/defect-flags.js'
import type { DefectMap } from '../maps/maps.js'
import type { PlantedDefect } from './defects/planned-defect.js'
import type { RandomState } from './random/create-random-state.js'
import type { VirtualDetectorSettings } from './virtual-detector-options.js'

/** A pixel that is drawn by itself: its dark level, noise or response is not the same in every frame. */
export interface MovingPixel {
  readonly pixel: number
  /** Factor `1 + levelChange * 4 * (signal / full scale - 1/2)` on the response. */
  readonly levelChange: number
  /** Factor `1 + sessionChange` on the response in sessions of odd number. */
  readonly sessionChange: number
  /** Distance of the two dark levels of a flickering pixel, DN; 0: it does not flicker. */
  readonly step: number
  /** Switches in every 32 frames; null: at least three in every eight. */
  readonly switches: number | null
  /** Factor `1 - bend * signal / full scale` on the response. */
  readonly bend: number
  /** Quantum noise relative to that of a good pixel. */
  readonly quantumNoise: number
  /** Lag relative to that of a good pixel. */
  readonly lag: number
  /** Noise that it shares with the other pixels of a line: the line's place in the plan, sd in DN. */
  readonly shared: readonly { readonly line: number; readonly noise: number }[]
}

const STILL: Omit<MovingPixel, 'pixel'> = Object.freeze({
  ...{ levelChange: 0, sessionChange: 0, step: 0, switches: null, bend: 0, quantumNoise: 1, lag: 1 },
  shared: Object.freeze([])
})

/** What every pixel of a virtual panel is like; arrays of rows * cols values. */
export interface Panel {
  /** DN. */
  readonly offset: Float32Array
  /** Electronic noise, sd before rounding, DN. */
  readonly noise: Float32Array
  /** Relative to the mean good pixel. */
  readonly response: Float32Array
  readonly defects: DefectMap
  readonly moving: readonly MovingPixel[]
}

/** Streams of the seed, one per property, so that a change of one option leaves the other properties as they are. */
const STREAM = Object.freeze({ dsnu: 11, prnu: 12, chipOffset: 13, chipGain: 14, columnOffset: 15, columnNoise: 16 })

/**
 * Make the pixels of a virtual panel: offset = level + chip + column amplifier + pixel, electronic noise by column,
 * response = chip x pixel x shading x heel, brought to mean 1 over the good pixels, each with its planted defects.
 */
export function buildPanel(settings: VirtualDetectorSettings, planted: readonly PlantedDefect[]): Panel {
  const { rows, cols } = settings
  const offset = new Float32Array(rows * cols)
  const noise = new Float32Array(rows * cols)
  const response = new Float32Array(rows * cols)
  const middle = settings.midline ? rows >> 1 : rows
  const dsnu = stream(settings, STREAM.dsnu)
  const prnu = stream(settings, STREAM.prnu)
  const halves = [columnProperties(settings, 0), columnProperties(settings, 1)]
  for (let row = 0, i = 0; row < rows; row++) {
    const half = halves[row < middle ? 0 : 1]
    for (let col = 0; col < cols; col++, i++) {
      offset[i] = Math.max(0, half.offset[col] + settings.dsnu * sampleNormal(dsnu))
      noise[i] = half.noise[col]
      response[i] = Math.max(0, half.gain[col] * (1 + settings.prnu * sampleNormal(prnu)) * illumination(settings, row, col))
    }
  }
  const defects = flagDefects(planted, [rows, cols])
  shield(settings, response, defects.data)
  normalise(response, defects.data)
  const moving = applyDefects({ offset, noise, response }, planted, settings)
  return { offset, noise, response, defects, moving }
}

function stream(settings: VirtualDetectorSettings, property: number, ...rest: number[]): RandomState {
  return createRandomState(settings.seed, property, ...rest)
}

interface ColumnProperties {
  readonly offset: Float64Array
  readonly noise: Float64Array
  readonly gain: Float64Array
}

function columnProperties(settings: VirtualDetectorSettings, half: number): ColumnProperties {
  const { cols, chip, chipOffset, chipGain, columnOffset, columnNoiseSpread, electronicNoise, offsetLevel } = settings
  const result = { offset: new Float64Array(cols), noise: new Float64Array(cols), gain: new Float64Array(cols) }
  const chips = stream(settings, STREAM.chipOffset, half)
  const gains = stream(settings, STREAM.chipGain, half)
  const amplifiers = stream(settings, STREAM.columnOffset, half)
  const noises = stream(settings, STREAM.columnNoise, half)
  let level = 0
  let gain = 1
  for (let col = 0; col < cols; col++) {
    if (col % chip === 0) {
      level = offsetLevel + chipOffset * sampleNormal(chips)
      gain = Math.max(0.1, 1 + chipGain * sampleNormal(gains))
    }
    result.offset[col] = level + columnOffset * sampleNormal(amplifiers)
    result.gain[col] = gain
    result.noise[col] = electronicNoise * Math.max(0.1, 1 + columnNoiseSpread * sampleNormal(noises))
  }
  return result
}

/** Shading falls with the square of the distance from the centre, heel along the rows; both by polynomials, the same in every engine. */
function illumination({ rows, cols, shading, heel }: VirtualDetectorSettings, row: number, col: number): number {
  const y = rows > 1 ? row / (rows - 1) - 0.5 : 0
  const x = cols > 1 ? col / (cols - 1) - 0.5 : 0
  return (1 - shading * 2 * (x * x + y * y)) * (1 - heel * y)
}

function shield({ rows, cols, shielded }: VirtualDetectorSettings, response: Float32Array, flags: Uint32Array): void {
  for (const [from, to] of shielded) {
    for (let row = 0; row < rows; row++) {
      response.fill(0, row * cols + from, row * cols + to)
      for (let i = row * cols + from; i < row * cols + to; i++) flags[i] |= DEFECT_FLAGS.unexposed
    }
  }
}

function normalise(response: Float32Array, flags: Uint32Array): void {
  let sum = 0
  let count = 0
  for (let i = 0; i < response.length; i++) {
    if (flags[i] === 0) {
      sum += response[i]
      count++
    }
  }
  const mean = count > 0 ? sum / count : 1
  for (let i = 0; i < response.length; i++) response[i] /= mean
}

/** Effects of overlapping defects add up or multiply; a stuck pixel is stuck whatever else it is. */
function applyDefects(
  maps: { offset: Float32Array; noise: Float32Array; response: Float32Array },
  planted: readonly PlantedDefect[],
  settings: VirtualDetectorSettings
): MovingPixel[] {
  const { offset, noise, response } = maps
  const fullScale = 2 ** settings.bits - 1
  const moving = new Map<number, MovingPixel>()
  const move = (pixel: number, change: Partial<MovingPixel>): void => {
    moving.set(pixel, { ...(moving.get(pixel) ?? { pixel, ...STILL }), ...change })
  }
  for (const [line, { class: name, pixels, strength, switches = null }] of planted.entries()) {
    for (const pixel of pixels) {
      if (name === 'hot') offset[pixel] += strength! * fullScale
      else if (name === 'noisy') noise[pixel] *= strength!
      else if (name === 'levelDependent') move(pixel, { levelChange: strength! })
      else if (name === 'sessionDependent') move(pixel, { sessionChange: strength! })
      else if (name === 'unstable') move(pixel, { step: strength! * Math.sqrt(noise[pixel] ** 2 + 1 / 12), switches })
      else if (name === 'nonLinear') move(pixel, { bend: strength! })
      else if (name === 'noisyExposed') move(pixel, { quantumNoise: strength! })
      else if (name === 'lagging') move(pixel, { lag: strength! })
      else if (name === 'noisyLine') {
        const more = { line, noise: strength! * Math.sqrt(noise[pixel] ** 2 + 1 / 12) }
        move(pixel, { shared: [...(moving.get(pixel)?.shared ?? []), more] })
      } else if (name !== 'stuck') response[pixel] *= strength ?? 0
    }
  }
  for (const { class: name, pixels, strength } of planted) {
    if (name !== 'stuck') continue
    for (const pixel of pixels) {
      offset[pixel] = Math.round(strength! * fullScale)
      noise[pixel] = 0
      response[pixel] = 0
      moving.delete(pixel)
    }
  }
  return [...moving.values()]
}
