import { loadCalibration } from '../../io/load-calibration.js'
import { readCalibrationHeader } from '../../io/read-calibration-header.js'
import { summarizeCalibration } from '../../quality/summarize-calibration.js'
import { reportCalibration } from '../../report/report-calibration.js'
import { reportHeader } from '../../report/report-header.js'
import { EXIT } from '../exit-code-of.js'
import type { Terminal } from '../terminal.js'

/** `flatpanel inspect`: what a calibration file holds, once its checksums have been verified; with `--header`, what it says alone. */
export async function runInspect(
  { file, header = false }: { readonly file: string; readonly header?: boolean },
  terminal: Terminal
): Promise<number> {
  if (header) {
    const found = await readCalibrationHeader(file)
    terminal.print(reportHeader(found))
    terminal.document({ schema: 'flatpanel.inspect-header/1', file, header: found })
    return EXIT.done
  }
  const calibration = await loadCalibration(file)
  const summary = summarizeCalibration(calibration)
  terminal.print(reportCalibration(calibration, summary))
  terminal.document({ schema: 'flatpanel.inspect/1', file, summary, provenance: calibration.provenance })
  return EXIT.done
}
