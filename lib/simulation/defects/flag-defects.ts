import { DEFECT_FLAGS } from '../../maps/defect-flags.js'
import type { DefectMap } from '../../maps/maps.js'
import type { Shape } from '../../frame/shape.js'
import type { PlantedClass, PlantedDefect } from './planned-defect.js'

const FLAGS: Readonly<Record<PlantedClass, number>> = {
  dead: DEFECT_FLAGS.dead,
  stuck: DEFECT_FLAGS.dead,
  hot: DEFECT_FLAGS.hot,
  overResponding: DEFECT_FLAGS.overResponding,
  underResponding: DEFECT_FLAGS.underResponding,
  noisy: DEFECT_FLAGS.noisy,
  levelDependent: DEFECT_FLAGS.nonUniform,
  sessionDependent: DEFECT_FLAGS.nonUniform,
  unstable: DEFECT_FLAGS.unstable,
  line: DEFECT_FLAGS.dead | DEFECT_FLAGS.line,
  weakLine: DEFECT_FLAGS.line,
  cluster: DEFECT_FLAGS.dead,
  noisyLine: DEFECT_FLAGS.line,
  noisyExposed: DEFECT_FLAGS.noisy,
  nonLinear: DEFECT_FLAGS.nonLinear,
  lagging: DEFECT_FLAGS.lagging
}

/**
 * The true defect flags of planted defects. Each pixel has the flag of every class planted on it: `dead` for dead, stuck,
 * line and cluster; `nonUniform` for level- and session-dependent; `line` alone for a weak or noisy line, since it may lie
 * inside the limits of a single pixel. Then `cluster` for every pixel that has a bad neighbour (side or corner) and is not
 * part of a line; then `badNeighbourhood` for a pixel without a flag whose neighbours inside the panel are all bad. No bit above 15 is set.
 * @see ASTM E2597 classes as publicly described: groups are connected by side or corner
 */
export function flagDefects(planted: readonly PlantedDefect[], shape: Shape): DefectMap {
  const own = new Uint32Array(shape[0] * shape[1])
  for (const { class: name, pixels } of planted) for (const pixel of pixels) own[pixel] |= FLAGS[name]
  const data = own.slice()
  const touched = new Set<number>()
  for (let pixel = 0; pixel < own.length; pixel++) {
    if (own[pixel] === 0) continue
    const neighbours = neighboursOf(pixel, shape)
    if (!(own[pixel] & DEFECT_FLAGS.line) && neighbours.some((other) => own[other] !== 0)) data[pixel] |= DEFECT_FLAGS.cluster
    for (const other of neighbours) if (own[other] === 0) touched.add(other)
  }
  for (const pixel of touched) {
    if (neighboursOf(pixel, shape).every((other) => own[other] !== 0)) data[pixel] |= DEFECT_FLAGS.badNeighbourhood
  }
  return { data, shape }
}

function neighboursOf(pixel: number, [rows, cols]: Shape): number[] {
  const row = Math.floor(pixel / cols)
  const col = pixel % cols
  const result: number[] = []
  for (let r = Math.max(0, row - 1); r <= Math.min(rows - 1, row + 1); r++) {
    for (let c = Math.max(0, col - 1); c <= Math.min(cols - 1, col + 1); c++) {
      if (r !== row || c !== col) result.push(r * cols + c)
    }
  }
  return result
}
