import { createRandomState } from './random/create-random-state.js'
import { nextUint32 } from './random/next-uint32.js'
import { sampleUniform } from './random/sample-uniform.js'

const BLOCK = 8
const LEAST_SWITCHES = 3
/** Frames in which a given number of switches is counted. */
const LONG_BLOCK = 32

/** All courses of 8 frames (one bit each) in which the level switches at least three times; 198 of 256, closed under inversion. */
const courses = /* @__PURE__ */ Array.from({ length: 1 << BLOCK }, (_, course) => course).filter(
  (course) => switchesOf(course) >= LEAST_SWITCHES
)

/**
 * Level of a flickering pixel in a frame: 1 up, 0 down, each half of the time. In frames 0 to 7 of any stack, and in every
 * further block of eight, it switches at least three times; or, where `switches` is given, exactly so often in frames 0 to
 * 31 and in every further block of 32, at places of equal probability. The same key and index give the same level.
 * @param key what makes the course: seed, kind of stack, session, pixel
 * @param index of the frame in its stack
 * @param switches 0 to 31 in every 32 frames; null: at least three in every eight
 */
export function telegraphState(key: readonly number[], index: number, switches: number | null = null): 0 | 1 {
  if (switches !== null) return countedState(key, index, switches)
  const block = Math.floor(index / BLOCK)
  const course = courses[nextUint32(createRandomState(...key, block)) % courses.length]
  return ((course >> (index % BLOCK)) & 1) as 0 | 1
}

/** Blocks of their own, each beginning up or down by chance; the switches are a random choice of the 31 places (selection sampling). */
function countedState(key: readonly number[], index: number, switches: number): 0 | 1 {
  const state = createRandomState(...key, Math.floor(index / LONG_BLOCK))
  let level = nextUint32(state) & 1
  let left = switches
  for (let place = 1; place <= index % LONG_BLOCK; place++) {
    if (sampleUniform(state) * (LONG_BLOCK - place) < left) {
      level ^= 1
      left--
    }
  }
  return level as 0 | 1
}

function switchesOf(course: number): number {
  let switches = 0
  for (let i = 1; i < BLOCK; i++) if (((course >> i) & 1) !== ((course >> (i - 1)) & 1)) switches++
  return switches
}
