import type { MeasureCommand } from '../../measure-command.js'
import { emvaCommand } from './emva.js'
import { mtfCommand } from './mtf.js'
import { npsCommand } from './nps.js'
import { uniformityCommand } from './uniformity.js'

/** What `flatpanel measure` can measure. A new metric is a file of this folder and a line here. */
export const measureCommands: readonly MeasureCommand[] = [uniformityCommand, npsCommand, mtfCommand, emvaCommand]
