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

/** One statistic alone, as numpy makes it. */
function alone(operation) {
  return async (side, frames) => {
    const calibration = await ours('calibration/index.js')
    if (calibration[operation] === undefined) throw missing('this build has no such operation')
    const stack = drawStack(side, frames)
    return () => calibration[operation](stack)
  }
}

function sliding(radius) {
  return async (side) => {
    const { medianFilter } = await ours('lib/kernels/median/median-filter.js')
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
  mean: alone('averageStack'),
  median: alone('medianOfStack'),
  clip: alone('clippedMeanOfStack'),
  'combine-mean': combining('mean'),
  'combine-median': combining('median'),
  'combine-clip': combining('clip'),
  sliding9: sliding(4),
  sliding21: sliding(10)
})
