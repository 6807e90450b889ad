import { isDefect } from '../is-defect.js'
import { assertLayers } from './assert-layers.js'
import type { DefectLayers, LayerName } from './defect-layers.js'
import { resolveLayers } from './resolve-layers.js'

/** One layer, counted. */
export interface LayerCounts {
  readonly entries: number
  /** Pixels that its `add` entries make bad. */
  readonly pixels: number
  /** Of those, pixels that no other layer makes bad. */
  readonly alone: number
}

export interface LayersCounts {
  readonly layers: Readonly<Record<LayerName, LayerCounts>>
  /** `remove` entries of the user. */
  readonly vetoes: number
  /** Pixels that a lower layer calls bad and the user calls good. */
  readonly vetoedPixels: number
  /** Bad pixels that all layers add up to, before those with a bad neighbourhood. */
  readonly badPixels: number
}

/**
 * Count what each layer says, so that its precedence can be seen.
 * @throws {CalibrationError} ERR_CALIBRATION for layers that cannot be
 */
export function countLayers(layers: DefectLayers): LayersCounts {
  assertLayers('defect layers', layers)
  const none = { ...layers, factory: [], found: [], user: [] }
  const added = layers.user.filter(({ action }) => action === 'add')
  const effective = resolveLayers(layers).data
  const maps = [
    resolveLayers({ ...none, factory: layers.factory }).data,
    resolveLayers({ ...none, found: layers.found }).data,
    resolveLayers({ ...none, user: added }).data
  ]
  const pixels = [0, 0, 0]
  const alone = [0, 0, 0]
  let vetoedPixels = 0
  let badPixels = 0
  for (let i = 0; i < effective.length; i++) {
    const bad = maps.map((map) => isDefect(map[i]))
    const layersOfPixel = Number(bad[0]) + Number(bad[1]) + Number(bad[2])
    bad.forEach((isBad, k) => {
      if (!isBad) return
      pixels[k]++
      if (layersOfPixel === 1) alone[k]++
    })
    if (isDefect(effective[i])) badPixels++
    else if (bad[0] || bad[1]) vetoedPixels++
  }
  const counts = (name: LayerName, k: number): LayerCounts => ({ entries: layers[name].length, pixels: pixels[k], alone: alone[k] })
  return {
    layers: { factory: counts('factory', 0), found: counts('found', 1), user: counts('user', 2) },
    vetoes: layers.user.length - added.length,
    vetoedPixels,
    badPixels
  }
}
