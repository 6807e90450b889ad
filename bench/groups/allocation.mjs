import { fresh, script } from '../contenders.mjs'

/** What frames leave behind in memory. */
export const allocation = {
  sizes: [128],
  frames: 100_000,
  contests: (side, frames) => [
    {
      title: `memory, frames of ${side} x ${side}, 1 % bad pixels`,
      side,
      frames,
      contenders: contenders(side),
      rows: Object.entries(cases).flatMap(([key, what]) => [
        // below one byte per frame: what the measurement itself cannot tell from nothing
        { what: `allocated per frame, ${what}`, form: 'figure', ours: `heap ${key}`, bar: 0.5 },
        // 1 MiB: ten bytes per frame; less is pages that come and go
        { what: `growth over 100 000 frames, ${what}`, form: 'figure', ours: `growth ${key}`, bar: 1 }
      ])
    }
  ]
}

const cases = {
  float32: 'float32',
  uint16: 'uint16',
  'float32-foreign': 'float32, arrays of the caller',
  'uint16-foreign': 'uint16, arrays of the caller'
}

function contenders(side) {
  const list = Object.entries(cases).flatMap(([key, what]) => [
    contender('heap', key, side, {
      name: `bytes, ${what}`,
      per: 1,
      unit: 'B/frame',
      does: 'heap and external memory over 1000 frames, nothing collected'
    }),
    contender('growth', key, side, {
      name: `growth, ${what}`,
      per: 2 ** 20,
      unit: 'MiB',
      does: 'resident memory after 100 000 more frames, collected'
    })
  ])
  return Object.fromEntries(list)
}

function contender(what, key, side, rest) {
  const { args } = script('memory.mjs', what, key, String(side))
  const open = fresh(() => ({ args: ['--expose-gc', '--max-semi-space-size=64', '--min-semi-space-size=64', ...args] }))
  return [`${what} ${key}`, { open, clock: 'wall', repetitions: 1, allocates: 'buffers made before', ...rest }]
}
