import { assertShape } from '../frame/assert-shape.js'
import type { Region } from '../frame/region.js'
import { badPixels } from './bad-pixels.js'
import type { DefectMap } from './maps.js'

/** Connected groups of bad pixels. A group of one is an isolated bad pixel, not a cluster. */
export interface ClusterLabels {
  /** For every pixel the number of its group from 1, in row-major order of the groups' first pixels; 0: good. */
  readonly labels: Int32Array
  /** Bad pixels of group k at index k - 1. */
  readonly sizes: readonly number[]
  /** Bounding rectangle of group k at index k - 1. */
  readonly regions: readonly Region[]
}

export interface LabelClustersOptions {
  /** 8: sides and corners connect (the standard); 4: sides only. @default 8 */
  connectivity?: 4 | 8
}

/**
 * Number the connected groups of bad pixels (two passes, union by the smaller root).
 * @param defects a pixel counts as bad when any of BAD_PIXEL_BITS is set
 * @throws {ShapeError} ERR_SHAPE
 * @see ASTM E2597/E2597M-14: two pixels are connected by a side or a corner
 */
export function labelClusters(defects: DefectMap, options: LabelClustersOptions = {}): ClusterLabels {
  const { connectivity = 8 } = options
  assertShape('defect map', defects)
  const [rows, cols] = defects.shape
  const labels = new Int32Array(rows * cols)
  const parents = joinNeighbours(badPixels(defects), rows, cols, connectivity === 8, labels)
  return numberGroups(labels, parents, rows, cols)
}

/** First pass: provisional labels and, per label, a label of the same group that is not larger. */
function joinNeighbours(bad: Uint8Array, rows: number, cols: number, corners: boolean, labels: Int32Array): number[] {
  const parents = [0]
  for (let row = 0, i = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++, i++) {
      if (bad[i] === 0) continue
      let label = col > 0 ? labels[i - 1] : 0
      if (row > 0) {
        label = join(parents, label, labels[i - cols])
        if (corners && col > 0) label = join(parents, label, labels[i - cols - 1])
        if (corners && col < cols - 1) label = join(parents, label, labels[i - cols + 1])
      }
      if (label === 0) {
        label = parents.length
        parents.push(label)
      }
      labels[i] = label
    }
  }
  return parents
}

function join(parents: number[], a: number, b: number): number {
  if (a === 0 || a === b) return b
  if (b === 0) return a
  const rootA = rootOf(parents, a)
  const rootB = rootOf(parents, b)
  const root = Math.min(rootA, rootB)
  parents[rootA] = root
  parents[rootB] = root
  return root
}

function rootOf(parents: number[], label: number): number {
  let root = label
  while (parents[root] !== root) root = parents[root]
  while (parents[label] !== root) {
    const next = parents[label]
    parents[label] = root
    label = next
  }
  return root
}

/** Second pass: final numbers in the order in which groups are met. */
function numberGroups(labels: Int32Array, parents: number[], rows: number, cols: number): ClusterLabels {
  const numbers = new Int32Array(parents.length)
  const sizes: number[] = []
  const boxes: { top: number; left: number; bottom: number; right: number }[] = []
  for (let row = 0, i = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++, i++) {
      if (labels[i] === 0) continue
      const root = rootOf(parents, labels[i])
      if (numbers[root] === 0) {
        numbers[root] = sizes.push(0)
        boxes.push({ top: row, left: col, bottom: row, right: col })
      }
      const number = numbers[root]
      labels[i] = number
      sizes[number - 1]++
      const box = boxes[number - 1]
      box.bottom = row
      if (col < box.left) box.left = col
      if (col > box.right) box.right = col
    }
  }
  const regions = boxes.map(({ top, left, bottom, right }) => ({ row: top, col: left, rows: bottom - top + 1, cols: right - left + 1 }))
  return { labels, sizes, regions }
}
