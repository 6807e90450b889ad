import { readFile } from 'node:fs/promises'
import { createCorrector } from '../../correction/create-corrector.js'
import { AbortedError, FormatError, IoError, OptionError } from '../../errors.js'
import { countFrames } from '../../io/count-frames.js'
import { findFrames } from '../../io/find-frames.js'
import { loadCalibration } from '../../io/load-calibration.js'
import { readFrames } from '../../io/read-frames.js'
import { EXIT } from '../exit-code-of.js'
import { rawLayout } from '../raw-layout.js'
import type { RawOptions } from '../raw-layout.js'
import type { Terminal } from '../terminal.js'

/** Options of `flatpanel verify`, as the argument parser gives them. */
export interface VerifyCommandOptions extends RawOptions {
  readonly calibration: string
  readonly flat?: readonly string[][]
  readonly limits?: string
}
