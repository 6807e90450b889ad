import { readFrames } from '../../io/read-frames.js'
import type { ReadFramesOptions } from '../../io/read-frames.js'

/** When the first frame of some files was taken, ISO 8601; empty: it does not say. */
export async function firstTime(inputs: readonly string[], reading: ReadFramesOptions): Promise<string> {
  for await (const { info } of readFrames(inputs, reading)) return info?.time ?? ''
  return ''
}
