import { createRandomState } from './random/create-random-state.js'
import { nextUint32 } from './random/next-uint32.js'

const BLOCK = 8
const LEAST_SWITCHES = 3

/** All courses of 8 frames (one bit each) in which the level switches at least three times; 198 of 256, closed under inversion. */
const courses = /* @__PURE__ */ Array.from({ length: 1 << BLOCK }, (_, course) => course).filter(
  course => switchesOf(course) >= LEAST_SWITCHES
)

/**
 * Level of a flickering pixel in a frame: 1 up, 0 down, each half of the time. In frames 0 to 7 of any stack, and in every
 * further block of eight, it switches at least three times. The same key and index give the same level.
 * @param key what makes the course: seed, kind of stack, session, pixel
 * @param index of the frame in its stack
 */
export function telegraphState(key: readonly number[], index: number): 0 | 1 {
  const block = Math.floor(index / BLOCK)
  const course = courses[nextUint32(createRandomState(...key, block)) % courses.length]
  return ((course >> (index % BLOCK)) & 1) as 0 | 1
}

function switchesOf(course: number): number {
  let switches = 0
  for (let i = 1; i < BLOCK; i++) if (((course >> i) & 1) !== ((course >> (i - 1)) & 1)) switches++
  return switches
}
