/** What a user would write: a plain loop, or ndarray-ops in two passes. Argument: which, so that each is compiled for itself alone. */
import { createCalibration, createRandom, fillRaw } from '../panel.mjs'
import { missing, serveLines } from '../line-server.mjs'

function arrays(side) {
  const count = side * side
  const random = createRandom(2)
  const { offset, gain } = createCalibration(side)
  const raws = [0, 1, 2, 3].map(() => fillRaw(new Uint16Array(count), random))
  // touched, so that no page is made while the clock runs
  const outs = [0, 1].map(() => new Float32Array(count).fill(1))
  return { raws, outs, offset: offset.data, gain: gain.data }
}

function plainLoop(raw, offset, gain, out) {
  for (let i = 0; i < raw.length; i++) out[i] = (raw[i] - offset[i]) * gain[i]
}

await serveLines({
  loop(side) {
    const { raws, outs, offset, gain } = arrays(side)
    return (k) => plainLoop(raws[k & 3], offset, gain, outs[k & 1])
  },
  async ndarray(side) {
    const { default: ndarray } = await import('ndarray')
    const { default: ops } = await import('ndarray-ops').catch(() => {
      throw missing('no ndarray-ops')
    })
    const { raws, outs, offset, gain } = arrays(side)
    const view = (data) => ndarray(data, [side, side])
    const [rawViews, outViews, offsetView, gainView] = [raws.map(view), outs.map(view), view(offset), view(gain)]
    return (k) => {
      ops.sub(outViews[k & 1], rawViews[k & 3], offsetView)
      ops.muleq(outViews[k & 1], gainView)
    }
  }
})
