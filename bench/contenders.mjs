import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { reasonIn, startServer } from './line-server.mjs'

const fileOf = (name) => fileURLToPath(new URL(`contenders/${name}`, import.meta.url))
const absent = (reason) => ({ ask: async () => ({ missing: reason }), end: async () => {} })

/** A contender in JavaScript. Each case has a process of its own, so that what the engine learns from one is no burden to another. */
export const node = (file) => () => startServer({ command: process.execPath, args: ['--expose-gc', fileOf(file)] })

// One thread each; spinning pools would take whole time slices from the others.
const oneThread = {
  OMP_NUM_THREADS: '1',
  OPENBLAS_NUM_THREADS: '1',
  MKL_NUM_THREADS: '1',
  NUMBA_NUM_THREADS: '1',
  OMP_WAIT_POLICY: 'passive'
}

/** A contender in Python, with the interpreter that has most of the packages. */
export const python = () => () => {
  const command = findPython()
  return command === null ? absent('no python3') : startServer({ command, args: [fileOf('peers.py')], environment: oneThread })
}

const packages = ['numpy', 'scipy', 'cv2', 'pyFAI', 'ccdproc', 'astropy']
let interpreter

function findPython() {
  if (interpreter !== undefined) return interpreter
  const probe = `import importlib.util as u; print(sum(u.find_spec(m) is not None for m in ${JSON.stringify(packages)}))`
  const found = [process.env.PYTHON, 'python3', '/usr/bin/python3'].filter(Boolean).map((command) => {
    try {
      return { command, has: Number(execFileSync(command, ['-c', probe], { stdio: ['ignore', 'pipe', 'ignore'] })) }
    } catch {
      return { command, has: -1 }
    }
  })
  const best = found.reduce((a, b) => (b.has > a.has ? b : a))
  return (interpreter = best.has < 0 ? null : best.command)
}

export function describePython() {
  const command = findPython()
  if (command === null) return 'no python3'
  const version = `import importlib.metadata as m, sys
def v(n):
  try: return n + " " + m.version(n)
  except Exception: return "no " + n
print(", ".join(["Python " + sys.version.split()[0]] + [v(n) for n in ("numpy", "scipy", "opencv", "pyFAI", "ccdproc", "astropy")]))
try:
  import cv2; print("cv2 " + cv2.__version__)
except Exception: pass`
  return execFileSync(command, ['-c', version], { stdio: ['ignore', 'pipe', 'ignore'] })
    .toString()
    .trim()
    .replace('no opencv, ', '')
    .replace('\n', ', ')
}

/** The kernels in C, compiled on the spot for this machine. */
export const c = () => () => {
  const { program, reason } = compile()
  return program === null ? absent(reason) : startServer({ command: program })
}

let compiled

function compile() {
  if (compiled) return compiled
  const folder = mkdtempSync(join(tmpdir(), 'flatpanel-bench-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const program = join(folder, 'kernels')
  for (const compiler of [process.env.CC, 'cc', 'gcc', 'clang'].filter(Boolean)) {
    try {
      execFileSync(compiler, ['-O3', '-march=native', '-fno-math-errno', fileOf('kernels.c'), '-o', program, '-lm', '-pthread'], {
        stdio: 'ignore'
      })
      const version = execFileSync(compiler, ['--version']).toString().split('\n')[0]
      return (compiled = { program, reason: null, version })
    } catch {}
  }
  return (compiled = { program: null, reason: 'no C compiler', version: 'no C compiler' })
}

export const describeCompiler = () => compile().version

/**
 * A contender that is a fresh process each time. Its figures are what it prints, `{ wall, cpu }`, or where it is silent the wall time from
 * its start to its end.
 * @param {(side: number, frames: number) => { command?: string, args: string[], before?: () => void }} describe
 */
export const fresh = (describe) => () => ({
  async ask(_, side, frames, repetitions) {
    const wall = []
    const cpu = []
    for (let k = 0; k < repetitions; k++) {
      const figures = await runOnce(describe(side, frames))
      if (figures.missing) return figures
      wall.push(figures.wall)
      cpu.push(figures.cpu)
    }
    return { wall, cpu }
  },
  end: async () => {}
})

function runOnce({ command = process.execPath, args, before }) {
  before?.()
  return new Promise((resolve) => {
    const start = process.hrtime.bigint()
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let printed = ''
    let said = ''
    child.stdout.on('data', (text) => (printed += text))
    child.stderr.on('data', (text) => (said = (said + text).slice(-2000)))
    child.on('error', ({ message }) => resolve({ missing: message }))
    child.on('close', (code) => {
      const wall = Number(process.hrtime.bigint() - start)
      if (code !== 0) return resolve({ missing: `ended with ${code}: ${reasonIn(said)}` })
      resolve(printed.startsWith('{"') ? JSON.parse(printed) : { wall, cpu: wall })
    })
  })
}

export const script = (name, ...args) => ({ args: [fileOf(name), ...args] })
