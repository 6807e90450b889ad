import type { MeasureCommand } from '../../measure-command.js'
import { dqeCommand } from './dqe.js'
import { driftCommand } from './drift.js'
import { emvaCommand } from './emva.js'
import { lagCommand } from './lag.js'
import { mtfCommand } from './mtf.js'
import { noiseCommand } from './noise.js'
import { npsCommand } from './nps.js'
import { uniformityCommand } from './uniformity.js'

/** What `flatpanel measure` can measure. A new metric is a file of this folder and a line here. */
export const measureCommands: readonly MeasureCommand[] = [
  uniformityCommand,
  noiseCommand,
  npsCommand,
  mtfCommand,
  dqeCommand,
  lagCommand,
  emvaCommand,
  driftCommand
]
