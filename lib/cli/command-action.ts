import type { Command } from 'commander'
import { renderText } from '../report/blocks/render-text.js'
import { createProgress } from './create-progress.js'
import type { Surroundings, Terminal } from './terminal.js'

type Action = (options: any, files: string[], terminal: Terminal) => Promise<number>

/**
 * Give an action its terminal, and leave the terminal tidy however it ends.
 * @param exit called with the exit code of the action
 */
export function commandAction({ stdout, stderr, signal }: Surroundings, exit: (code: number) => void, action: Action) {
  return async function (this: Command): Promise<void> {
    const options = this.opts()
    const json = options.json === true
    const quiet = options.quiet === true
    const verbose = options.verbose === true
    let printed = false
    const print: Terminal['print'] = (result) => {
      if (json) return
      const text = typeof result === 'string' ? result : renderText(result, { verbose })
      stdout.write(`${printed && typeof result !== 'string' ? '\n' : ''}${text}\n`)
      printed = true
    }
    const progress = await createProgress(stderr, quiet)
    const terminal: Terminal = {
      print,
      document: (value) => void (json && stdout.write(`${JSON.stringify(value, null, 2)}\n`)),
      say: (text) => void (quiet || stderr.write(`${text}\n`)),
      progress,
      signal,
      json
    }
    try {
      exit(await action(options, this.processedArgs.flat() as string[], terminal))
    } finally {
      progress.stop()
    }
  }
}
