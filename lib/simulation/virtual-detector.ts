import type { RawFrame } from '../frame/raw-frame.js'
import type { Shape } from '../frame/shape.js'
import type { DefectMap } from '../maps/maps.js'
import type { PlantedDefect } from './defects/planned-defect.js'

/** A raw frame of a virtual detector. Every frame has a buffer of its own. */
export interface VirtualFrame extends RawFrame {
  readonly data: Uint16Array
}

/** Which darks. */
export interface DarksOptions {
  /** Integer from 0: another session is another stack of the same panel. @default 0 */
  readonly session?: number
}

/** Which flats. */
export interface FlatsOptions extends DarksOptions {
  /** Mean offset-corrected signal of the good pixels as a fraction of full scale, 0 to 10; above about 0.9 pixels saturate. @default 0.5 */
  readonly level?: number
}

/** Which stack of frames. */
export interface TelegraphOptions extends FlatsOptions {
  /** @default 'dark' */
  readonly kind?: 'dark' | 'flat' | 'exposure' | 'decay'
}

/** Which exposure. */
export interface ExposeOptions extends FlatsOptions {
  /** Index in its session, from 0. @default 0 */
  readonly index?: number
}

/** What the frames of a virtual detector were made from. Arrays of rows * cols values; treat them as read-only. */
export interface VirtualDetectorTruth {
  /** Mean dark level, DN; the raw value of a stuck pixel; the middle of the two levels of an unstable one. */
  readonly offset: Float32Array
  /** Response relative to the mean good pixel, shading and heel included, in sessions of even number; 0 for dead and stuck pixels. */
  readonly response: Float32Array
  /** Single-frame sd in the dark, rounding included (+ 1/12), flicker not, DN; 0 for a stuck pixel. */
  readonly noise: Float32Array
  /** Flags of the planted defects; see `flagDefects` for what each class sets. */
  readonly defects: DefectMap
  readonly planted: readonly PlantedDefect[]
  /** Expected offset-corrected signal at a level in sessions of even number, before the clamp at full scale, DN. */
  flatSignal(level: number): Float32Array
  /** Expected single-frame sd of a flat, beam output constant: sqrt(systemGain * signal + noise^2), DN; 0 for a stuck pixel. */
  flatNoise(level: number): Float32Array
  /** The part of the exposed signal that good pixels still show in frame k after the beam went off: lag / (k + 1). */
  lagOf(k: number): number
  /** The level (1 up, 0 down) of an unstable pixel in the first `count` frames of a stack; all 0 for any other pixel. */
  telegraphStates(pixel: number, count: number, options?: TelegraphOptions): Uint8Array
  /** How far each row is read above its offset in the first `count` frames of a stack, DN; `rows` values for each frame. */
  rowLevels(count: number, options?: TelegraphOptions): Float32Array[]
  /** The factors that the beam output put on the first `count` flats of a stack. */
  beamFactors(count: number, options?: FlatsOptions): number[]
}

/** A panel with known truth. */
export interface VirtualDetector {
  readonly shape: Shape
  /** Full scale: the raw DN at which every pixel saturates, 2^bits - 1. */
  readonly saturation: number
  readonly serialNumber: string
  /** Dark frames `dark 0`, `dark 1`, ...; can be iterated again and gives the same frames. */
  darks(count: number, options?: DarksOptions): Iterable<VirtualFrame>
  /** Flat fields `flat 0`, `flat 1`, ...; can be iterated again and gives the same frames. */
  flats(count: number, options?: FlatsOptions): Iterable<VirtualFrame>
  /**
   * Frames `decay 0`, `decay 1`, ... without beam, right after a long exposure of the open field at `level`: frame k holds
   * lag / (k + 1) of the exposed signal of every good pixel. Can be iterated again and gives the same frames.
   */
  decay(count: number, options?: FlatsOptions): Iterable<VirtualFrame>
  /**
   * One exposure of an object.
   * @param signal quanta per pixel relative to the open beam: one number for all, or rows * cols numbers; >= 0
   */
  expose(signal: ArrayLike<number> | number, options?: ExposeOptions): VirtualFrame
  readonly truth: VirtualDetectorTruth
}
