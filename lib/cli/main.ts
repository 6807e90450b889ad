#!/usr/bin/env node
// The first line that runs: Ctrl-C is heard while the rest is still being loaded.
const INTERRUPTED = 130
const interrupt = new AbortController()
process.on('SIGINT', () => {
  if (interrupt.signal.aborted) process.exit(INTERRUPTED)
  interrupt.abort()
})
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

/** Whatever the command waits for, the process does not end before it has said how it went. */
const alive = setInterval(() => {}, 2 ** 30)

void import('./run.js')
  .then(({ run }) => run(process.argv.slice(2), { stdout: process.stdout, stderr: process.stderr, signal: interrupt.signal }))
  .then((code) => {
    process.exitCode = interrupt.signal.aborted && code === 0 ? INTERRUPTED : code
    clearInterval(alive)
  })
