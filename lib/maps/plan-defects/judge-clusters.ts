import { COL_STEPS, ROW_STEPS } from './locate-bad-pixels.js'
import type { BadPixels } from './locate-bad-pixels.js'

/** A line is longer than this (ASTM E2597: more than 10 pixels). */
const SHORTEST_LINE = 11
/** Widest line that is repaired with trust. */
const WIDEST_LINE = 2
/** Largest side of a cluster with kernel pixels that is repaired with trust. */
const LARGEST_CLUSTER = 3
/** A bad pixel with fewer good neighbours is a cluster kernel pixel (ASTM E2597). */
const KERNEL_NEIGHBOURS = 5

/** What {@link judgeClusters} says of each bad pixel. */
export interface ClusterVerdicts {
  /** 1: cluster kernel pixel. */
  readonly kernel: Uint8Array
  /** 1: member of a cluster that is too large for trustworthy repair. */
  readonly tooLarge: Uint8Array
  /** 1: pixel of a line (more than 10 px long) that is at most 2 px wide there. */
  readonly line: Uint8Array
}

/**
 * Say which bad pixels are cluster kernel pixels, and which belong to clusters beyond trustworthy repair. A cluster
 * without kernel pixels is repairable, one with kernel pixels up to 3 x 3 too, and so is anything up to 2 px wide. Lines
 * (more than 10 px long) are taken out before clusters are formed, so that a line does not condemn, and is not
 * condemned by, what it runs into. A neighbour outside the panel is not good.
 * @see ASTM E2597-14, cluster kernel pixel and bad line segment
 */
export function judgeClusters(bad: BadPixels): ClusterVerdicts {
  const count = bad.pixels.length
  const kernel = new Uint8Array(count)
  for (let place = 0; place < count; place++) kernel[place] = goodNeighbours(bad, place) < KERNEL_NEIGHBOURS ? 1 : 0
  const tooLarge = new Uint8Array(count)
  const line = findLines(bad)
  const seen = line.slice()
  const members = new Uint32Array(count)
  for (let place = 0; place < count; place++) {
    if (seen[place] === 0) judgeCluster(bad, place, kernel, tooLarge, seen, members)
  }
  return { kernel, tooLarge, line }
}

function goodNeighbours({ reach }: BadPixels, place: number): number {
  let count = 0
  for (let direction = 0; direction < 8; direction++) if (reach[8 * place + direction] === 1) count++
  return count
}

/** 1 for each bad pixel of a line that is at most 2 px wide there. */
function findLines(bad: BadPixels): Uint8Array {
  const along = measureRuns(bad, 1)
  const down = measureRuns(bad, bad.cols)
  const lines = new Uint8Array(bad.pixels.length)
  for (let place = 0; place < lines.length; place++) {
    const narrow = Math.min(along[place], down[place])
    const long = Math.max(along[place], down[place])
    if (narrow <= WIDEST_LINE && long >= SHORTEST_LINE) lines[place] = 1
  }
  return lines
}

/** Length of the run of bad pixels through each bad pixel; `step` 1 along the row, `cols` down the column. */
function measureRuns({ cols, pixels, places }: BadPixels, step: number): Int32Array {
  const runs = new Int32Array(pixels.length)
  for (let place = 0; place < pixels.length; place++) {
    const pixel = pixels[place]
    const before = step === 1 && pixel % cols === 0 ? 0 : (places[pixel - step] ?? 0)
    runs[place] = before <= 0 ? 1 : runs[before - 1] + 1
  }
  for (let place = pixels.length - 1; place >= 0; place--) {
    const pixel = pixels[place]
    const after = step === 1 && pixel % cols === cols - 1 ? 0 : (places[pixel + step] ?? 0)
    if (after > 0) runs[place] = runs[after - 1]
  }
  return runs
}

/** Flood the cluster of `first`, then judge it by its bounding rectangle. */
function judgeCluster(
  bad: BadPixels,
  first: number,
  kernel: Uint8Array,
  tooLarge: Uint8Array,
  seen: Uint8Array,
  members: Uint32Array
): void {
  const { rows, cols, pixels, places } = bad
  let count = 1
  let kernels = 0
  let top = rows
  let bottom = 0
  let left = cols
  let right = 0
  members[0] = first
  seen[first] = 1
  for (let done = 0; done < count; done++) {
    const place = members[done]
    const row = Math.floor(pixels[place] / cols)
    const col = pixels[place] - row * cols
    kernels += kernel[place]
    top = Math.min(top, row)
    bottom = Math.max(bottom, row)
    left = Math.min(left, col)
    right = Math.max(right, col)
    for (let direction = 0; direction < 8; direction++) {
      const nextRow = row + ROW_STEPS[direction]
      const nextCol = col + COL_STEPS[direction]
      if (nextRow < 0 || nextCol < 0 || nextRow >= rows || nextCol >= cols) continue
      const next = places[nextRow * cols + nextCol] - 1
      if (next < 0 || seen[next] === 1) continue
      seen[next] = 1
      members[count++] = next
    }
  }
  const shorter = 1 + Math.min(bottom - top, right - left)
  const longer = 1 + Math.max(bottom - top, right - left)
  if (kernels === 0 || longer <= LARGEST_CLUSTER || shorter <= WIDEST_LINE) return
  for (let k = 0; k < count; k++) tooLarge[members[k]] = 1
}
