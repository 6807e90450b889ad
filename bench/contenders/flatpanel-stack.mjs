/** Maps of a stack that is in memory, each frame with its hash as frames from files bring it; and the window around every pixel. */
import { createCalibration, createRandom, fillDark } from '../panel.mjs'
import { missing, serveLines } from '../line-server.mjs'
import { ours } from '../ours.mjs'

const memory = 2 ** 33

function drawStack(side, frames) {
  const random = createRandom(3)
  return Array.from({ length: frames }, (_, k) => {
    const sha256 = (k + 1).toString(16).padStart(64, '0')
    return { data: fillDark(new Uint16Array(side * side), random), shape: [side, side], info: { sha256 } }
  })
}

/** All of it: verdicts on the frames, the level of each taken out, offset, errors, noise, steps, halves. */
function building(combine) {
  return async (side, frames) => {
    const { buildOffsetMap } = await ours('calibration/index.js')
    const stack = drawStack(side, frames)
    return () => buildOffsetMap(stack, { combine, memory })
  }
}

/** The stack opened and judged beforehand: only what makes the maps. */
function combining(combine) {
  return async (side, frames) => {
    const { openStack } = await ours('calibration/stacks/open-stack.js')
    const { judgeStack } = await ours('calibration/stacks/judge-stack.js')
    const { summarizeStack } = await ours('calibration/stacks/summarize-stack.js')
    const stack = await openStack(drawStack(side, frames), { role: 'dark', subject: 'darks', memory })
    const triage = judgeStack(stack, {})
    return () => summarizeStack(stack, triage, { combine, normalize: false, memory })
  }
}

/** The kernels for one statistic alone, as numpy makes it: strips of all frames copied into their memory, results copied out. */
function alone(statistic) {
  return async (side, frames) => {
    const { openKernels } = await ours('lib/kernels/simd/open-kernels.js')
    const { medianNetwork } = await ours('calibration/stacks/median-network.js')
    const space = openKernels()
    if (space?.kernels.meanVarianceU16 === undefined) throw missing('this build has no such kernel')
    const { kernels, memory } = space
    const stack = drawStack(side, frames).map(({ data }) => data)
    const strip = 4096
    // odd in lines of the cache: frames a power of two apart would all want the same few of them
    const stride = 2 * strip + 64
    const rawAt = space.reserve(stride * frames)
    const [firstAt, secondAt, scratchAt] = [strip * 4, strip * 4, 64 * frames].map((bytes) => space.reserve(bytes))
    const network = Uint32Array.from(medianNetwork(frames), ([low, high]) => low * 16 + high * 16 * 65536)
    const networkAt = space.reserve(network.byteLength)
    new Uint32Array(memory.buffer, networkAt, network.length).set(network)
    const raw = new Uint16Array(memory.buffer, rawAt, (stride / 2) * frames)
    const results = [firstAt, secondAt].map((at) => new Float32Array(memory.buffer, at, strip))
    const maps = statistic === 'mean' ? 2 : 1
    return () => {
      const out = Array.from({ length: maps }, () => new Float32Array(side * side))
      for (let start = 0; start < side * side; start += strip) {
        const count = Math.min(strip, side * side - start)
        for (let t = 0; t < frames; t++) raw.set(stack[t].subarray(start, start + count), (t * stride) / 2)
        if (statistic === 'mean') kernels.meanVarianceU16(rawAt, stride, frames, count, firstAt, secondAt)
        else kernels.medianU16(rawAt, stride, frames, count, networkAt, network.length, firstAt, scratchAt)
        for (const [k, map] of out.entries()) map.set(count === strip ? results[k] : results[k].subarray(0, count), start)
      }
      return out
    }
  }
}

function sliding(radius) {
  return async (side) => {
    const { medianFilter } = await ours('lib/kernels/median-filter.js')
    const { data } = createCalibration(side).gain
    const excluded = new Uint8Array(data.length)
    const out = new Float32Array(data.length).fill(1)
    return () => medianFilter(data, excluded, side, side, radius, radius, out)
  }
}

await serveLines({
  'build-mean': building('mean'),
  'build-median': building('median'),
  'build-clip': building('clip'),
  'mean': alone('mean'),
  'median': alone('median'),
  'combine-mean': combining('mean'),
  'combine-median': combining('median'),
  'combine-clip': combining('clip'),
  'sliding9': sliding(4),
  'sliding21': sliding(10)
})
