import { fresh, script } from '../contenders.mjs'

/** What a fresh process costs. */
export const start = {
  sizes: [1024],
  frames: 1,
  contests: (side, frames) => [
    {
      title: `a fresh process; first frame of ${side} x ${side}`,
      side,
      frames,
      contenders: contenders(side),
      rows: [
        { what: 'import of flatpanel beyond an empty Node', form: 'beyond', ours: 'imported', against: 'empty', bar: 15 },
        { what: 'first frame, own buffers', form: 'figure', ours: 'first', bar: side >= 1024 ? 4 : null },
        { what: 'first frame, arrays of the caller', form: 'figure', ours: 'firstForeign', bar: null }
      ]
    }
  ]
}

function contenders(side) {
  const process = { clock: 'cpu', per: 1e6, unit: 'ms', repetitions: 5, allocates: 'whatever that takes' }
  const frame = { clock: 'cpu', per: side * side, unit: 'ns/px', repetitions: 3 }
  const kept = 'buffers touched before, memory of the kernels made before'
  return {
    empty: { ...process, open: fresh(() => script('fresh.mjs', 'empty')), name: 'empty Node', does: 'start of a process' },
    imported: {
      ...process,
      open: fresh(() => script('fresh.mjs', 'import')),
      name: 'import',
      does: 'start of a process and import of flatpanel'
    },
    first: {
      ...frame,
      open: fresh(() => script('fresh.mjs', 'first-frame', String(side))),
      name: 'first frame',
      allocates: kept,
      does: 'first call of correct in a process, float32'
    },
    firstForeign: {
      ...frame,
      open: fresh(() => script('fresh.mjs', 'first-frame-foreign', String(side))),
      name: 'first frame, foreign',
      allocates: kept,
      does: 'first call of correct in a process, float32'
    }
  }
}
