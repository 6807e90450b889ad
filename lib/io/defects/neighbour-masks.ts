import { badPixels } from '../../maps/bad-pixels.js'
import { NEIGHBOUR_STEPS } from '../../maps/good-neighbour-bits.js'
import type { DefectMap } from '../../maps/maps.js'

/** Bad pixels in the order in which they are filled, each with the neighbours that it is filled from. */
export interface NeighbourMasks {
  /** Index of every bad pixel: pass by pass, row-major within a pass. */
  readonly pixels: Uint32Array
  /** Mask byte of each: bit set = that neighbour is good (first pass), or was filled in the pass before. */
  readonly masks: Uint8Array
  /**
   * Pass of each, from 1: its distance to the nearest good pixel, the larger of rows and columns. 0 where the panel has no good
   * pixel and nothing can be filled.
   */
  readonly passes: Uint32Array
}

const unfilled = 0xffffffff

/**
 * Work out the Mask byte of every bad pixel as bad-pixel maps of PerkinElmer panels have it. Bits 0 to 7 stand for the neighbours
 * at (dx, dy) = (-1,-1), (-1,0), (-1,+1), (+1,-1), (+1,0), (+1,+1), (0,-1), (0,+1); a set bit is a neighbour to fill from: a good pixel
 * inside the panel, or, for a pixel without any, one that was filled in the pass before, so that clusters fill from the rim inwards.
 * @see decoded from the maps of DetectorChecker (Alan Turing Institute): PerkinElmerCropped, PerkinElmerRefurbished, PerkinElmerFull
 */
export function neighbourMasks(defects: DefectMap): NeighbourMasks {
  const [rows, cols] = defects.shape
  const bad = badPixels(defects)
  const pass = new Uint32Array(bad.length)
  let front: number[] = []
  for (let i = 0; i < bad.length; i++) {
    if (bad[i] === 0) continue
    pass[i] = unfilled
    front.push(i)
  }
  const all = front
  const count = all.length
  const found = { pixels: new Uint32Array(count), masks: new Uint8Array(count), passes: new Uint32Array(count) }
  let done = 0
  for (let number = 1; front.length > 0; number++) {
    const start = done
    for (const i of front) {
      const mask = maskOf(pass, rows, cols, i, number - 1)
      if (mask === 0) continue
      found.pixels[done] = i
      found.masks[done] = mask
      found.passes[done++] = number
    }
    for (let k = start; k < done; k++) pass[found.pixels[k]] = number
    front = unfilledBeside(pass, rows, cols, found.pixels.subarray(start, done))
  }
  // Only a panel without a good pixel leaves any.
  if (done === 0) found.pixels.set(all)
  return found
}

/** Neighbours of pixel `i` that belong to pass `before`. */
function maskOf(pass: Uint32Array, rows: number, cols: number, i: number, before: number): number {
  const row = Math.floor(i / cols)
  const col = i % cols
  let mask = 0
  for (let bit = 0; bit < 8; bit++) {
    const r = row + NEIGHBOUR_STEPS[bit][0]
    const c = col + NEIGHBOUR_STEPS[bit][1]
    if (r >= 0 && r < rows && c >= 0 && c < cols && pass[r * cols + c] === before) mask |= 1 << bit
  }
  return mask
}

/** Ascending, each once. */
function unfilledBeside(pass: Uint32Array, rows: number, cols: number, pixels: Uint32Array): number[] {
  const found = new Set<number>()
  for (const i of pixels) {
    const row = Math.floor(i / cols)
    const col = i % cols
    for (const [down, right] of NEIGHBOUR_STEPS) {
      const inside = row + down >= 0 && row + down < rows && col + right >= 0 && col + right < cols
      const next = i + down * cols + right
      if (inside && pass[next] === unfilled) found.add(next)
    }
  }
  return [...found].sort((a, b) => a - b)
}
