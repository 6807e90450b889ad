import cliProgress from 'cli-progress'
import type { TextStream } from './terminal.js'

/** Shows how far long work is: a bar on a terminal, one line per stage elsewhere. */
export interface Progress {
  /** Work of `stage` has come to `done` of `total` (null: not known how many). */
  report(stage: string, done: number, total: number | null): void
  /** The work is over, well or not: leave the terminal tidy. */
  stop(): void
}

/**
 * Progress on `stream`: a bar where it is a terminal, one line per stage where it is a pipe or a file.
 * @param quiet nothing at all
 */
export function createProgress(stream: TextStream, quiet: boolean): Progress {
  if (quiet) return { report() {}, stop() {} }
  return stream.isTTY ? createBar(stream) : createLines(stream)
}

function createLines(stream: TextStream): Progress {
  let current = ''
  return {
    report(stage) {
      if (stage === current) return
      current = stage
      stream.write(`${stage}\n`)
    },
    stop() {}
  }
}

function createBar(stream: TextStream): Progress {
  let bar: cliProgress.SingleBar | null = null
  let current = ''
  const stop = (): void => {
    bar?.stop()
    bar = null
    current = ''
  }
  return {
    report(stage, done, total) {
      if (stage !== current) {
        stop()
        current = stage
        bar = new cliProgress.SingleBar({
          stream: stream as NodeJS.WriteStream,
          format: `${stage} [{bar}] {value}/{total}`,
          barCompleteChar: '#',
          barIncompleteChar: '-',
          hideCursor: true,
          clearOnComplete: false
        })
        bar.start(total ?? done, done)
        return
      }
      if (total !== null) bar?.setTotal(total)
      bar?.update(done)
    },
    stop
  }
}
