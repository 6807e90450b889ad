import { OptionError } from '../errors.js'
import { assertNumber } from './assert-number.js'
import { buildPanel } from './build-panel.js'
import { planStandardDefects } from './defects/plan-standard-defects.js'
import { resolveDefect } from './defects/resolve-defect.js'
import { createRandomState } from './random/create-random-state.js'
import { sampleNormal } from './random/sample-normal.js'
import { samplePoisson } from './random/sample-poisson.js'
import { renderDark } from './render-dark.js'
import { renderExposure } from './render-exposure.js'
import { resolveSettings } from './resolve-settings.js'
import { telegraphState } from './telegraph-state.js'
import type { Shape } from '../frame/shape.js'
import type { Panel, MovingPixel } from './build-panel.js'
import type { PlannedDefect, PlantedDefect } from './defects/planned-defect.js'
import type { RandomState } from './random/create-random-state.js'
import type { VirtualDetectorOptions, VirtualDetectorSettings } from './virtual-detector-options.js'
import type { FlatsOptions, VirtualDetector, VirtualDetectorTruth, VirtualFrame } from './virtual-detector.js'

export type { VirtualDetectorOptions } from './virtual-detector-options.js'
export type { VirtualDetector, VirtualDetectorTruth } from './virtual-detector.js'

/** Streams of the seed beside those of the panel: where defects stand, and the frames of each kind. */
const STREAM = Object.freeze({ defects: 1, dark: 2, flat: 3, exposure: 4, flicker: 5, decay: 6, line: 7, row: 8 })
const LEVEL = Object.freeze({ least: 0, most: 10 })
const SIGNAL = Object.freeze({ least: 0, most: 1e6 })
const COUNT = Object.freeze({ least: 0, most: 2 ** 31, integer: true })

/** A frame is named by these; they are the key of its random stream, so that it never depends on other frames. */
interface FrameKey {
  readonly kind: 'dark' | 'flat' | 'exposure' | 'decay'
  readonly session: number
  readonly index: number
  readonly level: number
}

/**
 * Make a virtual indirect flat-panel detector with known truth: seeded and deterministic, for demos, for tests, and for
 * trying an integration without a panel.
 *
 * `raw = clamp(round(offset + systemGain * Poisson(quanta) + noise * z))`, where `quanta = level * full scale * beam factor
 * * response / systemGain` in a flat. The offset has read-out chip bands (two halves of chips with a midline), column
 * amplifiers and pixel DSNU; the response chip bands, pixel PRNU, shading and heel; the noise differs a little from
 * column to column. `decay` shows what a long exposure leaves behind, `lag / (k + 1)` of its signal in frame k (traps that empty as
 * 1 / t). Not simulated: blur and the noise correlation that goes with it, lag in any other frame, dark current of hot pixels.
 *
 * A frame is fixed by seed, kind, session, level and index: it has the same bits whenever and in whatever order it is
 * asked for (on one JavaScript engine: the last bit of exp and log may differ between engines).
 * @param options every one has a default; see {@link VirtualDetectorOptions}
 * @returns frames on demand, and the truth
 * @throws {OptionError} ERR_OPTION for an option outside its range, an unknown defect class, a defect outside the panel
 * @see photon transfer model: EMVA 1288 release 4.0, 2021, section 2; defect classes: ASTM E2597 as publicly described
 */
export function createVirtualDetector(options: VirtualDetectorOptions = {}): VirtualDetector {
  const settings = resolveSettings(options)
  const shape: Shape = [settings.rows, settings.cols]
  const saturation = 2 ** settings.bits - 1
  const planted = planDefects(settings, shape).map((defect, index) => resolveDefect(defect, index, shape, saturation))
  const panel = buildPanel(settings, planted)
  const stuck = planted.filter((defect) => defect.class === 'stuck').flatMap((defect) => defect.pixels)
  const parts: Parts = { settings, panel, stuck, quanta: new Float32Array(shape[0] * shape[1]) }
  const stack = (count: number, key: Omit<FrameKey, 'index'>): Iterable<VirtualFrame> => {
    assertNumber('number of frames', count, COUNT)
    assertKey({ ...key, index: 0 })
    return {
      *[Symbol.iterator]() {
        for (let index = 0; index < count; index++) yield renderFrame(parts, { ...key, index }, 1)
      }
    }
  }
  return {
    shape,
    saturation,
    serialNumber: settings.serialNumber,
    darks: (count, { session = 0 } = {}) => stack(count, { kind: 'dark', session, level: 0 }),
    flats: (count, { level = 0.5, session = 0 } = {}) => stack(count, { kind: 'flat', session, level }),
    decay: (count, { level = 0.5, session = 0 } = {}) => stack(count, { kind: 'decay', session, level }),
    expose(signal, { level = 0.5, session = 0, index = 0 } = {}) {
      const key: FrameKey = { kind: 'exposure', session, index, level }
      assertKey(key)
      assertSignal(signal, shape)
      return renderFrame(parts, key, signal)
    },
    truth: describeTruth(parts, planted)
  }
}

function planDefects({ defects, seed }: VirtualDetectorSettings, shape: Shape): readonly PlannedDefect[] {
  if (defects === 'none') return []
  return defects === 'standard' ? planStandardDefects(shape, createRandomState(seed, STREAM.defects)) : defects
}

interface Parts {
  readonly settings: VirtualDetectorSettings
  readonly panel: Panel
  readonly stuck: readonly number[]
  /** Scratch: the expected quanta of the frame being drawn. */
  readonly quanta: Float32Array
}

function renderFrame({ settings, panel, stuck, quanta }: Parts, key: FrameKey, signal: ArrayLike<number> | number): VirtualFrame {
  const { rows, cols, seed, systemGain, offsetDrift, firstFrameTransient, serialNumber } = settings
  const { noise } = panel
  const levels = rowLevels(settings, key)
  const offset = levels === null ? panel.offset : raiseRows(panel.offset, levels)
  const fullScale = 2 ** settings.bits - 1
  const state = frameState(seed, key)
  const shift = offsetDrift * key.index + firstFrameTransient * 0.25 ** key.index
  const data = new Uint16Array(rows * cols)
  const exposed = key.kind !== 'dark'
  const factor = !exposed ? 0 : key.kind === 'decay' ? lagOf(settings, key.index) : beamFactor(settings, state)
  if (exposed) {
    expectQuanta(quanta, panel.response, signal, (key.level * fullScale * factor) / systemGain)
    renderExposure(data, offset, noise, quanta, systemGain, shift, fullScale, state)
  } else {
    renderDark(data, offset, noise, shift, fullScale, state)
  }
  for (const moving of panel.moving) {
    const { pixel } = moving
    const open = key.level * fullScale * panel.response[pixel] * (typeof signal === 'number' ? signal : signal[pixel])
    const kept = key.kind === 'decay' ? moving.lag : 1
    const mean = exposed ? (open * factor * kept * movingFactor(moving, key.session, open / fullScale)) / systemGain : 0
    const level = offset[pixel] + shift + flicker(settings, moving, key) + sharedNoise(settings, moving, key)
    const own = frameState(seed, key, pixel)
    const quanta = samplePoisson(own, mean)
    const electronic = noise[pixel] * sampleNormal(own)
    const excess = moving.quantumNoise === 1 ? 0 : Math.sqrt((moving.quantumNoise ** 2 - 1) * mean) * sampleNormal(own)
    const value = level + systemGain * (quanta + excess) + electronic
    data[pixel] = Math.min(fullScale, Math.max(0, Math.floor(value + 0.5)))
  }
  for (const pixel of stuck) data[pixel] = panel.offset[pixel]
  return { data, shape: [rows, cols], info: { name: `${key.kind} ${key.index}`, serialNumber } }
}

/** How far each row is read above its offset in a frame, DN; null: no row is. */
function rowLevels({ seed, rows, midline, rowNoise }: VirtualDetectorSettings, key: FrameKey): Float32Array | null {
  const [upper, lower] = typeof rowNoise === 'number' ? [rowNoise, rowNoise] : rowNoise
  if (upper === 0 && lower === 0) return null
  const state = frameState(seed, key, STREAM.row)
  const split = midline ? rows >> 1 : rows
  return Float32Array.from({ length: rows }, (_, row) => (row < split ? upper : lower) * sampleNormal(state))
}

function raiseRows(offset: Float32Array, levels: Float32Array): Float32Array {
  const cols = offset.length / levels.length
  const raised = new Float32Array(offset.length)
  for (let row = 0, i = 0; row < levels.length; row++) for (const end = i + cols; i < end; i++) raised[i] = offset[i] + levels[row]
  return raised
}

function frameState(seed: number, { kind, session, index, level }: FrameKey, ...pixel: number[]): RandomState {
  return createRandomState(seed, STREAM[kind], session, index, level, ...pixel)
}

/** The first draw of the stream of an exposed frame. */
function beamFactor({ beamSpread }: VirtualDetectorSettings, state: RandomState): number {
  return Math.max(0, 1 + beamSpread * sampleNormal(state))
}

function expectQuanta(quanta: Float32Array, response: Float32Array, signal: ArrayLike<number> | number, scale: number): void {
  const n = quanta.length
  if (typeof signal === 'number') for (let i = 0; i < n; i++) quanta[i] = response[i] * signal * scale
  else for (let i = 0; i < n; i++) quanta[i] = response[i] * signal[i] * scale
}

function lagOf({ lag }: VirtualDetectorSettings, k: number): number {
  return lag / (k + 1)
}

function movingFactor({ levelChange, sessionChange, bend }: MovingPixel, session: number, fraction: number): number {
  const bent = Math.max(0, 1 + 4 * levelChange * (fraction - 0.5)) * (session % 2 === 1 ? 1 + sessionChange : 1)
  return bend === 0 ? bent : bent * Math.max(0, 1 - bend * fraction)
}

function flicker({ seed }: VirtualDetectorSettings, { pixel, step, switches }: MovingPixel, key: FrameKey): number {
  return step === 0 ? 0 : step * (telegraphState(courseOf(seed, key, pixel), key.index, switches) - 0.5)
}

function courseOf(seed: number, { kind, session, level }: Omit<FrameKey, 'index'>, pixel: number): number[] {
  return [seed, STREAM.flicker, STREAM[kind], session, level, pixel]
}

/** What the lines on which a pixel lies add to all of their pixels in this frame. */
function sharedNoise({ seed }: VirtualDetectorSettings, { shared }: MovingPixel, key: FrameKey): number {
  let sum = 0
  for (const { line, noise } of shared) sum += noise * sampleNormal(frameState(seed, key, STREAM.line, line))
  return sum
}

function describeTruth({ settings, panel, stuck }: Parts, planted: readonly PlantedDefect[]): VirtualDetectorTruth {
  const { offset, response, defects } = panel
  const fullScale = 2 ** settings.bits - 1
  const noise = panel.noise.map((sd) => Math.sqrt(sd * sd + 1 / 12))
  for (const pixel of stuck) noise[pixel] = 0
  const flatSignal = (level: number): Float32Array => {
    assertNumber('level', level, LEVEL)
    const signal = response.map((value) => value * level * fullScale)
    for (const moving of panel.moving) signal[moving.pixel] *= movingFactor(moving, 0, signal[moving.pixel] / fullScale)
    return signal
  }
  const excess = new Map(panel.moving.map(({ pixel, quantumNoise }) => [pixel, quantumNoise ** 2]))
  const flatNoise = (level: number): Float32Array =>
    flatSignal(level).map((signal, i) => Math.sqrt(settings.systemGain * signal * (excess.get(i) ?? 1) + noise[i] ** 2))
  const courses = new Map(panel.moving.filter(({ step }) => step !== 0).map(({ pixel, switches }) => [pixel, switches]))
  return {
    ...{ offset, response, noise, defects, planted, flatSignal, flatNoise },
    lagOf(k: number) {
      assertNumber('frame after the exposure', k, COUNT)
      return lagOf(settings, k)
    },
    telegraphStates(pixel: number, count: number, { kind = 'dark', level = kind === 'dark' ? 0 : 0.5, session = 0 } = {}) {
      assertNumber('pixel', pixel, { least: 0, most: offset.length - 1, integer: true })
      assertNumber('number of frames', count, COUNT)
      const switches = courses.get(pixel)
      const course = courseOf(settings.seed, { kind, session, level }, pixel)
      return Uint8Array.from({ length: count }, (_, index) => (switches === undefined ? 0 : telegraphState(course, index, switches)))
    },
    rowLevels(count: number, { kind = 'dark', level = kind === 'dark' ? 0 : 0.5, session = 0 } = {}) {
      assertNumber('number of frames', count, COUNT)
      return Array.from(
        { length: count },
        (_, index) => rowLevels(settings, { kind, session, index, level }) ?? new Float32Array(settings.rows)
      )
    },
    beamFactors(count: number, { level = 0.5, session = 0 }: FlatsOptions = {}) {
      assertNumber('number of frames', count, COUNT)
      return Array.from({ length: count }, (_, index) =>
        beamFactor(settings, frameState(settings.seed, { kind: 'flat', session, index, level }))
      )
    }
  }
}

function assertKey({ session, index, level }: FrameKey): void {
  assertNumber('option "session"', session, { least: 0, most: Number.MAX_SAFE_INTEGER, integer: true })
  assertNumber('option "index"', index, { least: 0, most: Number.MAX_SAFE_INTEGER, integer: true })
  assertNumber('option "level"', level, LEVEL)
}

function assertSignal(signal: ArrayLike<number> | number, [rows, cols]: Shape): void {
  if (typeof signal === 'number') {
    assertNumber('signal', signal, SIGNAL)
    return
  }
  const length = signal?.length
  if (length !== rows * cols) {
    throw new OptionError({ subject: 'signal', expected: `a number, or ${rows * cols} numbers`, received: `${length} numbers` })
  }
  for (let i = 0; i < length; i++) {
    if (!(signal[i] >= 0 && signal[i] <= SIGNAL.most)) assertNumber(`signal at pixel ${i}`, signal[i], SIGNAL)
  }
}
