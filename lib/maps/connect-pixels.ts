/** Listed pixels in connected groups. */
export interface ConnectedPixels {
  /** Group of each listed pixel, from 0, in row-major order of the groups' first pixels. */
  readonly groups: Int32Array
  readonly count: number
}

/**
 * Number the connected groups of listed pixels: a sweep over two neighbouring rows joins what touches (union by the
 * smaller root), and takes time and memory for the listed pixels only.
 * @param pixels row-major indices, ascending, each once
 * @param corners true: pixels connect by sides and corners; false: by sides only
 */
export function connectPixels(pixels: Uint32Array, cols: number, corners: boolean): ConnectedPixels {
  const parents = new Int32Array(pixels.length)
  for (let k = 0; k < pixels.length; k++) parents[k] = k
  const reach = corners ? 1 : 0
  // `above` follows in the row above: the first listed pixel there that the pixel k, or a later one, may touch.
  for (let k = 0, above = 0; k < pixels.length; k++) {
    const pixel = pixels[k]
    const col = pixel % cols
    if (k > 0 && col > 0 && pixels[k - 1] === pixel - 1) join(parents, k - 1, k)
    if (pixel < cols) continue
    const first = pixel - cols - (col > 0 ? reach : 0)
    const last = pixel - cols + (col < cols - 1 ? reach : 0)
    while (pixels[above] < first) above++
    for (let j = above; pixels[j] <= last; j++) join(parents, j, k)
  }
  return numberGroups(parents)
}

function join(parents: Int32Array, a: number, b: number): void {
  const rootA = rootOf(parents, a)
  const rootB = rootOf(parents, b)
  if (rootA < rootB) parents[rootB] = rootA
  else parents[rootA] = rootB
}

function rootOf(parents: Int32Array, place: number): number {
  let root = place
  while (parents[root] !== root) root = parents[root]
  while (parents[place] !== root) {
    const next = parents[place]
    parents[place] = root
    place = next
  }
  return root
}

/** A root is the first pixel of its group, so it is met, and numbered, before the others. */
function numberGroups(parents: Int32Array): ConnectedPixels {
  const groups = new Int32Array(parents.length)
  let count = 0
  for (let k = 0; k < parents.length; k++) {
    const root = rootOf(parents, k)
    groups[k] = root === k ? count++ : groups[root]
  }
  return { groups, count }
}
