/** Frames of float32 through a pool of threads, in the buffers of the pool; wall time counts. */
import { createCalibration, createRandom, fillRaw } from '../panel.mjs'
import { missing, serveLines } from '../line-server.mjs'
import { ours } from '../ours.mjs'

const inFlight = 8

async function workers() {
  return ours('lib/workers/index.js').catch(() => {
    throw missing('this build has no flatpanel/workers')
  })
}

async function openPool(side, threads, ring = 4) {
  const { createCorrectionPool } = await workers()
  const pool = await createCorrectionPool(createCalibration(side), { threads })
  const random = createRandom(2)
  const raws = Array.from({ length: ring }, () => fillRaw(pool.allocRaw(), random))
  const outs = Array.from({ length: inFlight }, () => pool.allocOutput().fill(1))
  return { pool, raws, outs }
}

/** As many frames as `frames` says, several under way at any time, each on one thread: what an acquisition at full rate does. */
function throughput(threads) {
  return async (side, frames) => {
    const { pool, raws, outs } = await openPool(side, threads)
    const options = outs.map((out) => ({ out, threads: 1 }))
    return async () => {
      let next = 0
      const lane = async (at) => {
        while (next < frames) await pool.correct(raws[next++ & 3], options[at])
      }
      await Promise.all(options.map((_, at) => lane(at)))
    }
  }
}

/** One frame, waited for, then the next: all threads work on the same frame. */
function latency(threads) {
  return async (side, frames) => {
    const { pool, raws, outs } = await openPool(side, threads)
    return async () => {
      for (let k = 0; k < frames; k++) await pool.correct(raws[k & 3], { out: outs[k & 1] })
    }
  }
}

/** The same through `correctStream`, from a ring of raw frames in the memory of the pool. */
function stream(threads) {
  return async (side, frames) => {
    const { correctStream } = await workers()
    const { pool, raws } = await openPool(side, threads, 8)
    function* source() {
      for (let k = 0; k < frames; k++) yield raws[k % raws.length]
    }
    return async () => {
      let seen = 0
      for await (const corrected of correctStream(source(), pool)) if (corrected) seen++
      if (seen !== frames) throw missing(`${seen} of ${frames} frames came`)
    }
  }
}

await serveLines({
  async corrector(side, frames) {
    const { createCorrector } = await ours('lib/index.js')
    const corrector = createCorrector(createCalibration(side))
    if (corrector.allocRaw === undefined) throw missing('this build gives no buffers')
    const random = createRandom(2)
    const raws = [0, 1, 2, 3].map(() => fillRaw(corrector.allocRaw(), random))
    const outs = [0, 1].map(() => ({ out: corrector.allocOutput().fill(1) }))
    return () => {
      for (let k = 0; k < frames; k++) corrector.correct(raws[k & 3], outs[k & 1])
    }
  },
  throughput1: throughput(1),
  throughput2: throughput(2),
  latency1: latency(1),
  latency2: latency(2),
  stream1: stream(1),
  stream2: stream(2)
})
