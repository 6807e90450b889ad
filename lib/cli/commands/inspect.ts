import { loadCalibration } from '../../io/load-calibration.js'
import { summarizeCalibration } from '../../quality/summarize-calibration.js'
import { reportCalibration } from '../../report/report-calibration.js'
import { EXIT } from '../exit-code-of.js'
import type { Terminal } from '../terminal.js'

/** `flatpanel inspect`: what a calibration file holds, once its checksums have been verified. */
export async function runInspect({ file }: { readonly file: string }, terminal: Terminal): Promise<number> {
  const calibration = await loadCalibration(file)
  const summary = summarizeCalibration(calibration)
  terminal.print(reportCalibration(calibration, summary))
  terminal.document({ schema: 'flatpanel.inspect/1', file, summary, provenance: calibration.provenance })
  return EXIT.done
}
