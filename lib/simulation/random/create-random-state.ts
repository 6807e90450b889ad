import { nextUint32 } from './next-uint32.js'
import type { RandomState } from './random-state.js'

export type { RandomState } from './random-state.js'

/**
 * A random stream of its own for every key: the same numbers give the same stream, another number anywhere in the key
 * gives an unrelated one. The key is absorbed by four lanes, each mixed with the finaliser of MurmurHash3, and starts
 * the generator sfc32 (chaotic, with a counter: period of at least 2^32 draws for any key), which is run in over 16 draws.
 * @param key any finite numbers; each counts with all bits of its float64
 * @returns the state for `nextUint32`, `sampleUniform`, `sampleNormal`, `samplePoisson`
 * @see C. Doty-Humphrey, PractRand (sfc32), 2010; A. Appleby, MurmurHash3 (fmix32), 2011
 */
export function createRandomState(...key: number[]): RandomState {
  const state = new Int32Array([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344])
  const view = new DataView(new ArrayBuffer(8))
  for (const part of key) {
    view.setFloat64(0, part)
    absorb(state, view.getInt32(0))
    absorb(state, view.getInt32(4))
  }
  for (let i = 0; i < 16; i++) nextUint32(state)
  return state
}

function absorb(state: RandomState, word: number): void {
  for (let lane = 0; lane < 4; lane++) state[lane] = mix((Math.imul(state[lane], 0x9e3779b1) + word + lane) | 0)
}

function mix(value: number): number {
  let h = value
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
