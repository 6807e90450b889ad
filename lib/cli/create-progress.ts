import type { SingleBar } from 'cli-progress'
import type { Progress, TextStream } from './terminal.js'

/**
 * Progress on `stream`: a bar where it is a terminal, one line per stage where it is a pipe or a file.
 * @param quiet nothing at all
 */
export async function createProgress(stream: TextStream, quiet: boolean): Promise<Progress> {
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

async function createBar(stream: TextStream): Promise<Progress> {
  const { default: cliProgress } = await import('cli-progress')
  let bar: SingleBar | null = null
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
          format: total === null ? `${stage} {value}` : `${stage} [{bar}] {value}/{total}`,
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
