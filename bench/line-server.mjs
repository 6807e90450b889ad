import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** The line of what a process said on its error output that tells why it ended. */
export function reasonIn(said) {
  const lines = said.trim().split('\n')
  return lines.find((line) => /Error|flatpanel: /.test(line)) ?? lines.at(-1)
}

/**
 * A contender: a process that waits for lines `<case> <side> <frames> <repetitions>` and answers with one line of JSON:
 * `{ wall, cpu }`, ns of each repetition, or `{ missing }`, why there is nothing to measure.
 */
export function startServer({ command, args = [], environment = {} }) {
  const child = spawn(command, args, { env: { ...process.env, ...environment }, stdio: ['pipe', 'pipe', 'pipe'] })
  const waiting = []
  let said = ''
  let missing = null
  const end = (reason) => {
    missing ??= reason
    for (const resolve of waiting.splice(0)) resolve({ missing })
  }
  child.stderr.on('data', (text) => (said = (said + text).slice(-2000)))
  child.on('error', ({ message }) => end(message))
  child.on('close', (code) => end(`ended with ${code}: ${reasonIn(said)}`))
  child.stdin.on('error', () => {})
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('{')) waiting.shift()?.(JSON.parse(line))
  })
  return {
    ask: (name, side, frames, repetitions) =>
      new Promise((resolve) => {
        if (missing !== null) return resolve({ missing })
        waiting.push(resolve)
        child.stdin.write(`${name} ${side} ${frames} ${repetitions}\n`)
      }),
    end: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || missing !== null) return resolve()
        child.on('close', () => resolve())
        child.stdin.end()
      })
  }
}

/**
 * The other side, for contenders in JavaScript. A case makes what it needs for (side, frames) and returns the function to be timed; it
 * gets the number of the repetition. Small work is done for half a second before the first time is taken, so that compiled code runs.
 * @param {Record<string, (side: number, frames: number) => unknown>} cases
 */
export async function serveLines(cases) {
  const made = new Map()
  for await (const line of createInterface({ input: process.stdin })) {
    const [name, side, frames, repetitions] = line.split(' ')
    try {
      const key = `${name} ${side} ${frames}`
      if (!made.has(key)) {
        made.clear()
        const run = await cases[name](Number(side), Number(frames))
        made.set(key, run)
        const start = performance.now()
        let calls = 0
        do await run(calls++)
        while (performance.now() - start < 500 || (calls < 15 && performance.now() - start < 2000))
      }
      const run = made.get(key)
      await run(0)
      console.log(JSON.stringify(await timeOf(run, Number(repetitions))))
    } catch (error) {
      console.log(JSON.stringify({ missing: error.code === 'MISSING' ? error.message : String(error).slice(0, 200) }))
    }
  }
}

async function timeOf(run, repetitions) {
  const wall = []
  const cpu = []
  for (let k = 1; k <= repetitions; k++) {
    const before = process.cpuUsage()
    const start = process.hrtime.bigint()
    const result = run(k)
    if (result instanceof Promise) await result
    wall.push(Number(process.hrtime.bigint() - start))
    const { user, system } = process.cpuUsage(before)
    cpu.push((user + system) * 1000)
  }
  return { wall, cpu }
}

/** An error that says why a case is not there: it becomes a row without figures. */
export function missing(reason) {
  return Object.assign(new Error(reason), { code: 'MISSING' })
}
