import { node, python } from '../contenders.mjs'

const MAKES = 'allocates its maps'
const KEPT = 'result into an array made before'

/** Robust statistics of a stack of uint16 frames in memory, and the sliding median of a float32 map, on one thread. */
export const median = {
  sizes: [512],
  frames: 32,
  contests: (side, frames) => [
    {
      title: `robust statistics of ${frames} frames of ${side} x ${side}, per pixel of the stack, one thread`,
      side,
      frames,
      contenders: stackContenders(side),
      rows: stackRows(side)
    },
    { title: `sliding median of ${side} x ${side}, one thread`, side, frames, contenders: slidingContenders(side), rows: slidingRows(side) }
  ]
}

/** One of what takes seconds; else four, so that nothing is measured on cold caches alone. */
const common = (side) => ({ clock: 'cpu', per: side * side, unit: 'ns/px', repetitions: 4 })
const slow = { repetitions: 1 }
const flatpanel = (side, key, does, allocates) => ({
  ...common(side),
  open: node('flatpanel-stack.mjs'),
  case: key,
  name: `flatpanel ${key}`,
  does,
  allocates
})
const other = (side, name, key, does) => ({ ...common(side), open: python(), case: key, name, does, allocates: MAKES })

function stackContenders(side) {
  const maps = 'with errors, sd, steps and half means, of an opened stack'
  const build = 'buildOffsetMap: verdicts on the frames, levels taken out, then the same'
  return {
    median: flatpanel(side, 'median', 'medianOfStack: the median alone', MAKES),
    combine: flatpanel(side, 'combine-median', `median ${maps}`, MAKES),
    clip: flatpanel(side, 'combine-clip', `mean without what lies beyond 4 sigma, 2 passes from the median, ${maps}`, MAKES),
    clipAlone: flatpanel(
      side,
      'clip',
      'clippedMeanOfStack: mean without what lies beyond 4 sigma, 2 passes from the median, and how many frames are in it',
      MAKES
    ),
    buildMedian: flatpanel(side, 'build-median', build, MAKES),
    buildClip: flatpanel(side, 'build-clip', build, MAKES),
    numpy: other(side, 'numpy median', 'numpy-median', 'median'),
    ccdproc: { ...other(side, 'ccdproc median', 'ccdproc-median', 'median_combine of float32'), ...slow },
    astropy: { ...other(side, 'astropy clip', 'astropy-clip', 'sigma_clip at 4 sigma, 2 passes from the median, then nanmean'), ...slow },
    astropy3: { ...other(side, 'astropy clip, defaults', 'astropy-clip3', 'sigma_clip at 3 sigma, up to 5 passes, then nanmean'), ...slow },
    ccdprocClip: {
      ...other(side, 'ccdproc clip', 'ccdproc-clip', 'sigma_clipping at 4 sigma from the median, average_combine of float32'),
      ...slow
    }
  }
}

function stackRows(side) {
  const bar = (value) => (side >= 512 ? value : null)
  const gain = (what, ours, against, bar) => ({ what, form: 'gain', ours, against, bar })
  return [
    gain('median against numpy', 'median', 'numpy', bar(20)),
    gain('median against ccdproc', 'median', 'ccdproc', bar(150)),
    gain('median and clip, location alone, against astropy', 'clipAlone', 'astropy', bar(16)),
    gain('median and clip, location alone, against ccdproc', 'clipAlone', 'ccdprocClip', bar(16)),
    gain('median and clip, all maps, against astropy', 'clip', 'astropy', null),
    gain('median and clip, all maps, against astropy with its defaults', 'clip', 'astropy3', null),
    gain('median and clip, all maps, against ccdproc', 'clip', 'ccdprocClip', null),
    gain('median with errors, sd, steps, halves against numpy', 'combine', 'numpy', null),
    gain('whole buildOffsetMap, median, against numpy', 'buildMedian', 'numpy', null),
    gain('whole buildOffsetMap, clip, against astropy', 'buildClip', 'astropy', null)
  ]
}

function slidingContenders(side) {
  const does = 'exact median of the window, borders clipped'
  return {
    ours9: flatpanel(side, 'sliding9', does, KEPT),
    ours21: flatpanel(side, 'sliding21', does, KEPT),
    scipy9: { ...other(side, 'scipy 9 x 9', 'scipy-median9', 'ndimage.median_filter, borders mirrored'), ...slow },
    scipy21: { ...other(side, 'scipy 21 x 21', 'scipy-median21', 'ndimage.median_filter, borders mirrored'), ...slow }
  }
}

function slidingRows(side) {
  const bar = (value) => (side >= 512 ? value : null)
  return [
    { what: '9 x 9 against scipy', form: 'gain', ours: 'ours9', against: 'scipy9', bar: bar(15) },
    { what: '21 x 21 against scipy', form: 'gain', ours: 'ours21', against: 'scipy21', bar: bar(45) }
  ]
}
