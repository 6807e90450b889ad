import { verifyScan } from '../../jobs/verify-scan.js'
import { reportVerification } from '../../report/report-verification.js'
import { reportWritten } from '../../report/report-written.js'
import { EXIT } from '../exit-code-of.js'
import { readingOf } from '../reading-of.js'
import type { ReadingOptions } from '../reading-of.js'
import type { Terminal } from '../terminal.js'

/** Options of `flatpanel verify`, as the argument parser gives them. */
export interface VerifyCommandOptions extends ReadingOptions {
  readonly calibration: string
  readonly flat?: readonly string[][]
  readonly limits?: string
  readonly baseline?: string
  readonly anyPanel?: boolean
  readonly junit?: string
  readonly log?: string
}

/** `flatpanel verify`: correct unseen flats, measure what is left, hold it against limits. */
export async function runVerify(options: VerifyCommandOptions, terminal: Terminal): Promise<number> {
  const { calibration, flat = [], limits, baseline, anyPanel, junit, log, allowCorrected } = options
  const document = await verifyScan({
    ...{ calibration, flats: flat.flat(), limits, baseline, anyPanel, junit, log, allowCorrected },
    ...readingOf(options),
    signal: terminal.signal,
    onEvent: ({ stage, done, total }) => terminal.progress.report(stage, done, total)
  })
  terminal.progress.stop()
  terminal.print(reportVerification(document, document.limits ?? undefined))
  if (document.junit !== null) terminal.print(reportWritten(`${document.junit} (JUnit)`))
  if (document.log) terminal.print([{ kind: 'note', text: `recorded in ${document.log.file}` }])
  if (document.log?.tornLine)
    terminal.say(`${log}: the last line was torn (a run before this one was killed); it was closed, and flatpanel qc leaves it out`)
  terminal.document(document)
  return document.limits?.passed === false ? EXIT.limits : EXIT.done
}
