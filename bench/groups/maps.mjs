import { node, python } from '../contenders.mjs'

const MAKES = 'allocates its maps'

/** Mean and variance of a stack of uint16 frames in memory, on one thread. */
export const maps = {
  sizes: [1024],
  frames: 32,
  contests: (side, frames) => [
    {
      title: `mean and variance of ${frames} frames of ${side} x ${side}, per pixel and frame, one thread`,
      side,
      frames,
      contenders: contenders(side, frames),
      rows: rows(side)
    }
  ]
}

function contenders(side, frames) {
  const common = { clock: 'cpu', per: side * side * frames, unit: 'ns/px', repetitions: 4, allocates: MAKES }
  const flatpanel = (key, does) => ({ ...common, open: node('flatpanel-stack.mjs'), case: key, name: `flatpanel ${key}`, does })
  const other = (name, key, does) => ({ ...common, open: python(), case: key, name, does })
  return {
    mean: flatpanel('mean', 'averageStack: mean and variance, ddof 1, from exact sums'),
    combine: flatpanel('combine-mean', 'location, errors, sd, steps and half means of an opened stack'),
    build: flatpanel('build-mean', 'buildOffsetMap: verdicts on the frames, levels taken out, then the same'),
    numpy: other('numpy mean, var', 'numpy-meanvar', 'mean and var, ddof 1, in float64'),
    ccdproc: other('ccdproc average', 'ccdproc-mean', 'average_combine of float32: mean, with its sd as uncertainty')
  }
}

function rows(side) {
  const bar = (value) => (side >= 1024 ? value : null)
  const gain = (what, ours, against, bar) => ({ what, form: 'gain', ours, against, bar })
  return [
    gain('mean and variance against numpy', 'mean', 'numpy', bar(15)),
    gain('mean and variance against ccdproc', 'mean', 'ccdproc', bar(12)),
    gain('location, errors, sd, steps, halves against numpy', 'combine', 'numpy', null),
    gain('location, errors, sd, steps, halves against ccdproc', 'combine', 'ccdproc', null),
    gain('whole buildOffsetMap against numpy', 'build', 'numpy', null),
    gain('whole buildOffsetMap against ccdproc', 'build', 'ccdproc', null)
  ]
}
