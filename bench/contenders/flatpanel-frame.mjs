/** One frame after the other through `Corrector.correct`, everything counted: saturated, clamped, not finite. One process per case. */
import { createCalibration, createRandom, fillRaw } from '../panel.mjs'
import { missing, serveLines } from '../line-server.mjs'
import { ours } from '../ours.mjs'

const { createCorrector } = await ours('lib/index.js')

/** An option that this build does not know is an answer, not a row of wrong figures. */
function assertKnown(calibration, options) {
  for (const name of ['kernels', 'maps']) {
    if (options[name] === undefined) continue
    try {
      createCorrector(calibration, { ...options, [name]: 'no such thing' })
    } catch {
      continue
    }
    throw missing(`this build has no option "${name}"`)
  }
}

/** @param {{ own?: boolean, bad?: number, options?: object }} what own: buffers of the corrector; bad: fraction of bad pixels */
function correcting({ own = true, bad = 0, options = {} }) {
  return (side) => {
    const count = side * side
    const random = createRandom(2)
    const calibration = createCalibration(side, bad)
    assertKnown(calibration, options)
    const corrector = createCorrector(calibration, options)
    if (own && corrector.allocRaw === undefined) throw missing('this build gives no buffers')
    const pixels = options.output === 'uint16' ? Uint16Array : Float32Array
    const raws = [0, 1, 2, 3].map(() => fillRaw(own ? corrector.allocRaw() : new Uint16Array(count), random))
    const outs = [0, 1].map(() => ({ out: (own ? corrector.allocOutput() : new pixels(count)).fill(1) }))
    return (k) => {
      corrector.correct(raws[k & 3], outs[k & 1])
    }
  }
}

await serveLines({
  float32: correcting({}),
  'float32-foreign-raw': (side) => {
    const random = createRandom(2)
    const corrector = createCorrector(createCalibration(side))
    if (corrector.allocOutput === undefined) throw missing('this build gives no buffers')
    const raws = [0, 1, 2, 3].map(() => fillRaw(new Uint16Array(side * side), random))
    const outs = [0, 1].map(() => ({ out: corrector.allocOutput().fill(1) }))
    return (k) => {
      corrector.correct(raws[k & 3], outs[k & 1])
    }
  },
  'float32-foreign': correcting({ own: false }),
  'float32-bad': correcting({ bad: 0.01 }),
  uint16: correcting({ options: { output: 'uint16' } }),
  'uint16-foreign': correcting({ own: false, options: { output: 'uint16' } }),
  'uint16-bad': correcting({ bad: 0.01, options: { output: 'uint16' } }),
  compact: correcting({ options: { output: 'uint16', maps: 'compact' } }),
  typescript: correcting({ own: false, options: { kernels: 'typescript' } }),
  typescript16: correcting({ own: false, options: { output: 'uint16', kernels: 'typescript' } })
})
