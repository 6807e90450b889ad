import type { CorrectionCodec } from './correction-codec.js'
import { rowReferenceCodec } from './row-reference-codec.js'

/** Every further correction that a file can hold, in the order in which they are written and in which their steps are named. */
export const CORRECTION_CODECS: readonly CorrectionCodec[] = [rowReferenceCodec]
