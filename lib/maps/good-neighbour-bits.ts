import { assertShape } from '../frame/assert-shape.js'
import { DEFECT_FLAGS } from './defect-flags.js'
import { listBadPixels } from './list-bad-pixels.js'
import type { DefectMap } from './maps.js'

/**
 * Bits of the eight neighbours, in the order of the Mask byte of PerkinElmer and X-Tek bad-pixel lists (decoded from real
 * lists): for each bit the step in rows and in columns.
 */
export const NEIGHBOUR_STEPS: readonly (readonly [rows: number, cols: number])[] = Object.freeze(
  (
    [
      [-1, -1],
      [0, -1],
      [1, -1],
      [-1, 1],
      [0, 1],
      [1, 1],
      [-1, 0],
      [1, 0]
    ] as const
  ).map((step) => Object.freeze(step))
)

/** Which neighbours of each bad pixel are good. */
export interface GoodNeighbourBits {
  /** Indices of the defects, ascending. */
  readonly pixels: Uint32Array
  /** Per bad pixel: bit k is set when the neighbour at `NEIGHBOUR_STEPS[k]` is good, on the panel and exposed; 255: all are. */
  readonly bits: Uint8Array
  /** Per bad pixel: how many of the eight neighbours lie outside the panel, or are not exposed. */
  readonly outside: Uint8Array
}

/**
 * Say for each bad pixel which of its eight neighbours are good. What lies outside the panel is not good.
 * @throws {ShapeError} ERR_SHAPE
 * @see the Mask byte of PerkinElmer / X-Tek bad-pixel lists (DetectorChecker, Journal of Open Source Software, 2020)
 */
export function goodNeighbourBits(defects: DefectMap): GoodNeighbourBits {
  assertShape('defect map', defects)
  const [rows, cols] = defects.shape
  const pixels = listBadPixels(defects)
  const bits = new Uint8Array(pixels.length)
  const outside = new Uint8Array(pixels.length)
  for (let k = 0; k < pixels.length; k++) bits[k] = exposedBits(defects.data, pixels[k], cols, bitsOnPanel(pixels[k], rows, cols))
  for (let k = 0; k < pixels.length; k++) outside[k] = 8 - countBits(bits[k])
  clearBadNeighbours(pixels, cols, bits)
  return { pixels, bits, outside }
}

/** Number of bits that are set in a byte. */
function countBits(byte: number): number {
  let count = 0
  for (let rest = byte; rest !== 0; rest &= rest - 1) count++
  return count
}

const TOP = (1 << 0) | (1 << 3) | (1 << 6)
const BOTTOM = (1 << 2) | (1 << 5) | (1 << 7)
const LEFT = (1 << 0) | (1 << 1) | (1 << 2)
const RIGHT = (1 << 3) | (1 << 4) | (1 << 5)

function bitsOnPanel(pixel: number, rows: number, cols: number): number {
  const col = pixel % cols
  let bits = 255
  if (pixel < cols) bits &= ~TOP
  if (pixel >= (rows - 1) * cols) bits &= ~BOTTOM
  if (col === 0) bits &= ~LEFT
  if (col === cols - 1) bits &= ~RIGHT
  return bits
}

function exposedBits(flags: Uint32Array, pixel: number, cols: number, onPanel: number): number {
  let bits = onPanel
  for (let k = 0; k < 8; k++) {
    if ((bits & (1 << k)) === 0) continue
    const [down, right] = NEIGHBOUR_STEPS[k]
    if ((flags[pixel + down * cols + right] & DEFECT_FLAGS.unexposed) !== 0) bits &= ~(1 << k)
  }
  return bits
}

/** Sweep over neighbouring rows: whatever touches takes the bit from each other. */
function clearBadNeighbours(pixels: Uint32Array, cols: number, bits: Uint8Array): void {
  for (let k = 0, above = 0; k < pixels.length; k++) {
    const pixel = pixels[k]
    const col = pixel % cols
    if (k > 0 && col > 0 && pixels[k - 1] === pixel - 1) {
      bits[k] &= ~(1 << 1)
      bits[k - 1] &= ~(1 << 4)
    }
    if (pixel < cols) continue
    const first = pixel - cols - (col > 0 ? 1 : 0)
    const last = pixel - cols + (col < cols - 1 ? 1 : 0)
    while (pixels[above] < first) above++
    for (let j = above; pixels[j] <= last; j++) {
      const step = pixels[j] - (pixel - cols)
      // Up left, up, up right of k; down right, down, down left of j.
      bits[k] &= ~(step < 0 ? 1 << 0 : step === 0 ? 1 << 6 : 1 << 3)
      bits[j] &= ~(step < 0 ? 1 << 5 : step === 0 ? 1 << 7 : 1 << 2)
    }
  }
}
