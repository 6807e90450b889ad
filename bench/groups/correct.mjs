import { c, node, python } from '../contenders.mjs'

const OWN = 'raw, out and maps in the memory of the corrector, nothing is allocated'
const GIVEN = 'raw and out are arrays of the caller, nothing is allocated'
const ALLOCATES = 'allocates its result'
const KEPT = 'results into arrays made before, nothing is allocated'

/** One frame on one thread. */
export const correct = {
  sizes: [1024, 2048, 3072, 4302],
  frames: 1,
  contests: (side, frames) => [
    { title: `one frame of ${side} x ${side}, one thread`, side, frames, contenders: contenders(side), rows: rows(side) }
  ]
}

function contenders(side) {
  const common = { clock: 'cpu', per: side * side, unit: 'ns/px', repetitions: side > 2000 ? 4 : 8 }
  const flatpanel = (name, does, allocates) => ({
    ...common,
    open: node('flatpanel-frame.mjs'),
    case: name,
    name: `flatpanel ${name}`,
    does,
    allocates
  })
  const other = (open, name, key, does, allocates, shares) => ({ ...common, open, case: key, name, does, allocates, shares })
  const counted = 'offset, gain; saturated counted'
  const counted16 = 'offset, gain, rounded half to even and clamped; saturated and clamped counted'
  return {
    float32: flatpanel('float32', counted, OWN),
    foreignRaw: flatpanel('float32-foreign-raw', `${counted}; raw is an array of the caller`, 'out of the corrector, nothing is allocated'),
    foreign: flatpanel('float32-foreign', counted, GIVEN),
    bad: flatpanel('float32-bad', `${counted}; 1 % bad pixels repaired, a quarter of them in rows`, OWN),
    uint16: flatpanel('uint16', counted16, OWN),
    foreign16: flatpanel('uint16-foreign', counted16, GIVEN),
    bad16: flatpanel('uint16-bad', `${counted16}; 1 % bad pixels repaired`, OWN),
    compact: flatpanel('compact', `${counted16}; maps of 4 bytes a pixel`, OWN),
    typescript: flatpanel('typescript', `${counted}; kernels in TypeScript`, GIVEN),
    typescript16: flatpanel('typescript16', `${counted16}; kernels in TypeScript`, GIVEN),
    c: other(c(), 'C', 'float32', 'offset, gain; AVX-512 where there is any', KEPT, 'C'),
    c16: other(c(), 'C uint16', 'uint16', 'offset, gain, rounded and clamped; AVX-512 where there is any', KEPT, 'C'),
    copy: other(c(), 'memcpy', 'copy', 'float32 frame copied: 8 bytes a pixel', KEPT, 'C'),
    loop: other(node('plain.mjs'), 'plain loop', 'loop', '(raw - offset) * gain in JavaScript', KEPT),
    ndarray: other(node('plain.mjs'), 'ndarray-ops', 'ndarray', 'sub, then muleq', KEPT),
    naive: other(python(), 'numpy', 'numpy-naive', '(raw - offset) * gain', ALLOCATES, 'numpy'),
    out: other(python(), 'numpy out=', 'numpy-out', 'subtract, multiply', KEPT, 'numpy'),
    out16: other(python(), 'numpy uint16', 'numpy-out16', 'subtract, multiply, rint, clip, copyto', KEPT, 'numpy'),
    opencv: other(python(), 'OpenCV', 'opencv', 'subtract, multiply', KEPT, 'OpenCV'),
    opencv16: other(python(), 'OpenCV uint16', 'opencv16', 'subtract, multiply to 16 bits', KEPT, 'OpenCV'),
    pyfai: other(python(), 'pyFAI', 'pyfai', 'preproc with dark, flat and dummy', ALLOCATES),
    ccdproc: other(python(), 'ccdproc', 'ccdproc', 'subtract_dark, flat_correct of float32 without uncertainty', ALLOCATES)
  }
}

function rows(side) {
  const real = side >= 1024
  const always = (bar) => (real ? bar : null)
  const at = (small, large) => (side === 1024 ? small : side === 3072 ? large : null)
  const ratio = (what, ours, against, bar, note) => ({ what, form: 'ratio', ours, against, bar, note })
  const gain = (what, against, bar, ours = 'float32') => ({ what, form: 'gain', ours, against, bar })
  return [
    ratio('float32 frame / C', 'float32', 'c', at(1.15, 1.15)),
    ratio('uint16 frame / C uint16', 'uint16', 'c16', always(1.25)),
    ratio('float32 frame, 1 % bad pixels / C without any', 'bad', 'c', at(1.2, 1.4)),
    ratio('uint16 frame, 1 % bad pixels / C uint16 without any', 'bad16', 'c16', null),
    ratio('compact maps, uint16 frame / C with float32 maps', 'compact', 'c', always(0.7)),
    ratio('compact maps, uint16 frame / C uint16 with float32 maps', 'compact', 'c16', null),
    ratio('TypeScript fallback / C', 'typescript', 'c', at(4.3, 2.7)),
    ratio('TypeScript fallback, uint16 / C uint16', 'typescript16', 'c16', null),
    ratio('foreign raw buffer / own buffer', 'foreignRaw', 'float32', always(1.15)),
    ratio('foreign raw and output / own', 'foreign', 'float32', null),
    ratio('foreign raw and output, uint16 / own', 'foreign16', 'uint16', null),
    ratio('float32 frame / memcpy of a float32 frame', 'float32', 'copy', null),
    gain('against numpy out=', 'out', always(1.1)),
    gain('against numpy, allocating', 'naive', null),
    gain('against OpenCV', 'opencv', always(1.1)),
    gain('uint16 against numpy', 'out16', always(2.2), 'uint16'),
    gain('uint16 against OpenCV', 'opencv16', always(1.6), 'uint16'),
    gain('against pyFAI preproc', 'pyfai', always(8)),
    gain('against ccdproc', 'ccdproc', always(2.5)),
    gain('against a plain loop', 'loop', null),
    gain('against ndarray-ops', 'ndarray', null)
  ]
}
