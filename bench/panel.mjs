/** Frames and maps that all contenders in JavaScript are given: the same numbers in every process. */

/** @param {number} seed */
export function createRandom(seed) {
  let state = seed | 0
  return () => ((state = (Math.imul(state, 1664525) + 1013904223) | 0) >>> 0) / 4294967296
}

/**
 * A raw frame spread over the range: constant frames would flatter filters. From 1200 to 50 000 DN nothing is clamped or saturated with the
 * maps below.
 */
export function fillRaw(raw, random) {
  for (let i = 0; i < raw.length; i++) raw[i] = 1200 + 48800 * random()
  return raw
}

/** A dark frame: 3000 DN, sd 40 DN; the sum of four uniform numbers is as good as normal here. */
export function fillDark(raw, random) {
  for (let i = 0; i < raw.length; i++) raw[i] = 3000 + 69.3 * (random() + random() + random() + random() - 2)
  return raw
}

/** Not 0 where a pixel is bad: a quarter of them in whole rows, the rest singles and, one time in ten, blocks of 3 x 3. */
export function drawBadPixels(side, fraction, random) {
  const count = side * side
  const bad = new Uint32Array(count)
  const wanted = Math.round(count * fraction)
  let done = 0
  for (let row = Math.floor(side / 3); done < wanted / 4 && row < side; row += 97) {
    for (let col = 0; col < side && done < wanted / 4; col++, done++) bad[row * side + col] = 2
  }
  while (done < wanted) {
    const at = Math.floor(random() * count)
    const width = random() < 0.1 ? 3 : 1
    for (let row = 0; row < width; row++) {
      for (let col = 0; col < width; col++) {
        const place = at + row * side + col
        if (place >= count || bad[place] !== 0) continue
        bad[place] = 2
        done++
      }
    }
  }
  return bad
}

/** Maps of a panel of side x side pixels: offset 900 to 1100 DN, gain 0.8 to 1.2. */
export function createCalibration(side, badFraction = 0) {
  const random = createRandom(1)
  const count = side * side
  const shape = [side, side]
  const offset = new Float32Array(count)
  const gain = new Float32Array(count)
  for (let i = 0; i < count; i++) {
    offset[i] = 900 + 200 * random()
    gain[i] = 0.8 + 0.4 * random()
  }
  return {
    shape,
    offset: { data: offset, shape },
    gain: { data: gain, shape, reference: 10000 },
    defects: { data: drawBadPixels(side, badFraction, random), shape },
    saturation: 65000,
    serialNumber: null,
    provenance: { mode: {} }
  }
}
