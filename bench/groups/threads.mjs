import { c, node } from '../contenders.mjs'

/** Two threads against one, in wall time: several frames under way, and one frame alone. */
export const threads = {
  sizes: [1024, 3072],
  frames: 16,
  contests: (side, frames) => [
    {
      title: `${frames} frames of ${side} x ${side}, two threads`,
      side,
      frames,
      contenders: contenders(side, frames),
      rows: rows(side)
    }
  ]
}

function contenders(side, frames) {
  const common = { open: node('flatpanel-threads.mjs'), clock: 'wall', per: side * side * frames, unit: 'ns/px', repetitions: 5 }
  const contender = (name, does, allocates) => ({ ...common, case: name, name: `flatpanel ${name}`, does, allocates })
  const inC = (name, does) => ({ ...common, open: c(), case: name, name: `C ${name}`, does, allocates: 'buffers made and touched before' })
  const kept = 'buffers of the pool, nothing is allocated'
  return {
    corrector: contender('corrector', 'the corrector alone, on the main thread', 'buffers of the corrector, nothing is allocated'),
    throughput1: contender('throughput1', 'pool of one thread, 8 frames under way', kept),
    throughput2: contender('throughput2', 'pool of two threads, 8 frames under way, each on one thread', kept),
    latency1: contender('latency1', 'pool of one thread, each frame waited for', kept),
    latency2: contender('latency2', 'pool of two threads, each frame waited for', kept),
    stream1: contender('stream1', 'correctStream on one thread', 'raw frames of the pool, corrected ones as the stream gives them'),
    stream2: contender('stream2', 'correctStream on two threads', 'raw frames of the pool, corrected ones as the stream gives them'),
    c1: inC('oneThread', 'kernels.c, float32, one thread'),
    c2: inC('twoThreads', 'kernels.c, float32, every second frame on a second thread')
  }
}

function rows(side) {
  const bar = side === 3072 ? 1.8 : null
  const gain = (what, ours, against, bar) => ({ what, form: 'gain', ours, against, bar })
  return [
    gain('throughput of two threads against the corrector alone', 'throughput2', 'corrector', bar),
    gain('latency of one frame, two threads against the corrector alone', 'latency2', 'corrector', bar),
    gain('throughput, pool of two against pool of one', 'throughput2', 'throughput1', null),
    gain('latency, pool of two against pool of one', 'latency2', 'latency1', null),
    gain('correctStream, two threads against the corrector alone', 'stream2', 'corrector', null),
    gain('correctStream, two threads against one', 'stream2', 'stream1', null),
    gain('what the machine gives: C, two threads against one', 'c2', 'c1', null),
    { what: 'throughput of two threads / C on two threads', form: 'ratio', ours: 'throughput2', against: 'c2', bar: null },
    { what: 'latency of one frame, two threads / C on two threads', form: 'ratio', ours: 'latency2', against: 'c2', bar: null }
  ]
}
