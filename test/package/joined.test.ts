import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, posix, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import ndarray from 'ndarray'
import t from 'tap'
import type * as Core from '../../lib/index.js'
import { madeCalibration } from '../fixtures/made-calibration.js'

/** What the build makes of the modules: rollup.config.js. */
const built = existsSync('dist/joined/core.js') ? {} : { skip: 'no build in dist/: npm run build' }

const { exports, dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<string, { default: string }>
  dependencies: Record<string, string>
}
const main = 'dist/lib/cli/main.js'
const entries = Object.keys(exports).filter((entry) => !entry.endsWith('.json'))

function distFiles(): { path: string; text: string }[] {
  const paths = readdirSync('dist', { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.js'))
  return paths.map((path) => ({ path: posix.join('dist', ...path.split(sep)), text: readFileSync(join('dist', path), 'utf8') }))
}

/** Paths and packages that a file imports at once. */
function importsOf(text: string): string[] {
  return [...text.matchAll(/^(?:import|export)(?:[^'"();]*\sfrom)? ["']([^"']+)["']/gm)].map(([, name]) => name)
}

/** Those that it imports when they are needed. */
function lazyImportsOf(text: string): string[] {
  return [...text.matchAll(/\bimport\(["']([^"']+)["']\)/g)].map(([, name]) => name)
}

const hooks = `import { writeSync } from 'node:fs'
export async function load(url, context, next) {
  writeSync(1, 'OPENED ' + url + '\\n')
  return next(url, context)
}`
const registering = `import { register } from 'node:module'
register('data:text/javascript,' + ${JSON.stringify(encodeURIComponent(hooks))})`

/** The files that a fresh Node opens for these arguments: paths from here, others (packages) by their whole address. */
function opened(...words: string[]): string[] {
  const { NODE_OPTIONS: _, ...env } = process.env
  const preload = `data:text/javascript,${encodeURIComponent(registering)}`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', preload, ...words], {
    encoding: 'utf8',
    env,
    timeout: 60_000
  })
  if (status !== 0) throw new Error(`exit ${status}: ${stderr}`)
  const here = pathToFileURL(resolve('.')).href
  const urls = [...stdout.matchAll(/^OPENED (.*)$/gm)].map(([, url]) => url)
  return urls.filter((url) => !/^(node|data):/.test(url)).map((url) => (url.startsWith(`${here}/`) ? url.slice(here.length + 1) : url))
}

/** ndarray and zeros, with what they need themselves. */
const isOfCore = (file: string): boolean => /node_modules\/(ndarray|zeros|iota-array|is-buffer)\//.test(file)

const importing = (entry: string): string[] => opened('--input-type=module', '--eval', `await import('flatpanel${entry.slice(1)}')`)

t.test('an import opens a few files', built, async (t) => {
  t.strictSame(
    importing('.').filter((file) => !isOfCore(file)),
    ['dist/lib/index.js', 'dist/joined/core.js'],
    'the core needs no other package'
  )
  for (const entry of entries) {
    const files = importing(entry)
    const ours = files.filter((file) => file.startsWith('dist/'))
    t.ok(ours.includes(posix.normalize(exports[entry].default)), `${entry} was opened`)
    t.ok(ours.length <= 12, `${entry}: ${ours.length} files`)
    // The limits of quality are checked by zod.
    if (entry !== './quality')
      t.strictSame(
        files.filter((file) => !ours.includes(file) && !isOfCore(file)),
        [],
        `${entry}: nothing else`
      )
  }
})

t.test('the command opens a few files, and of the packages the parser of its arguments', built, async (t) => {
  const files = opened(main, '--version')
  const ours = files.filter((file) => file.startsWith('dist/'))
  t.ok(ours.includes(main))
  t.ok(ours.length <= 12, `${ours.length} files`)
  const others = files.filter((file) => !ours.includes(file))
  t.strictSame(
    others.filter((file) => !isOfCore(file) && !/node_modules\/commander\//.test(file)),
    []
  )
})

t.test('every module stands in one file, and no two files import each other', built, async (t) => {
  const places = new Map<string, Set<string>>()
  for (const { path } of distFiles()) {
    for (const module of sourcesOf(path)) places.set(module, (places.get(module) ?? new Set()).add(path))
  }
  t.ok(places.size > 400, `${places.size} modules`)
  t.strictSame(
    [...places].filter(([, paths]) => paths.size !== 1),
    []
  )
  t.strictSame([...places.get('lib/errors.ts')!], ['dist/joined/core.js'])

  const edges = new Map(distFiles().map(({ path, text }) => [path, local(path, importsOf(text))]))
  t.ok([...edges.values()].flat().length > 20, 'there are imports between them')
  const wayBack = (path: string, start: string, seen = new Set<string>()): boolean => {
    const next = edges.get(path)!.filter((other) => !seen.has(other))
    for (const other of next) seen.add(other)
    return next.some((other) => other === start || wayBack(other, start, seen))
  }
  t.strictSame(
    [...edges.keys()].filter((path) => wayBack(path, path)),
    []
  )
})

t.test('what the files import is there, and package.json names the packages', built, async (t) => {
  const packages = new Set<string>()
  const missing: string[] = []
  for (const { path, text } of distFiles()) {
    const names = [...importsOf(text), ...lazyImportsOf(text)]
    for (const name of names) if (!name.startsWith('.') && !name.startsWith('node:')) packages.add(name.split('/')[0])
    const threads = [...text.matchAll(/new URL\(["'](\.[^"']+)["'], import\.meta\.url\)/g)].map(([, name]) => name)
    const others = local(path, [...names, ...threads])
    missing.push(...others.filter((other) => !existsSync(other)).map((other) => `${path}: ${other}`))
  }
  t.strictSame(missing, [])
  // @types/ndarray: our declarations name NdArray.
  t.strictSame(
    [...packages].sort(),
    Object.keys(dependencies)
      .filter((name) => name !== '@types/ndarray')
      .sort()
  )
})

t.test('the declarations of the entries are complete', built, async (t) => {
  const paths = readdirSync('dist', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.d.ts'))
    .map((path) => join('dist', path))
  const missing = paths.flatMap((path) => {
    const names = [...readFileSync(path, 'utf8').matchAll(/(?:from|import\()\s*['"](\.[^'"]+)\.js['"]/g)].map(([, name]) => `${name}.d.ts`)
    return names.map((name) => place(path.split(sep).join('/'), name)).filter((other) => !existsSync(other))
  })
  t.ok(paths.length > 100, `${paths.length} declarations`)
  t.strictSame(missing, [])
})

t.test('source maps lead to the sources, and hold them', built, async (t) => {
  for (const { path, text } of distFiles()) {
    t.ok(text.endsWith(`\n//# sourceMappingURL=${posix.basename(path)}.map\n`), `${path} names its map`)
    const { sourcesContent } = mapOf(path)
    const texts = sourcesOf(path).map((source) => readFileSync(source, 'utf8'))
    t.ok(
      texts.every((source, i) => source === sourcesContent[i]),
      path
    )
  }
  const program = "import { assertShape } from 'flatpanel'\nassertShape('frame', { data: [], shape: [0, 0] })"
  const { NODE_OPTIONS: _, ...env } = process.env
  const words = ['--enable-source-maps', '--input-type=module', '--eval', program]
  const { stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', env, timeout: 60_000 })
  const [, file = '', line] = /^ +at .*?((?:lib|calibration)\/[^:]+\.ts):(\d+):\d+\)?$/m.exec(stderr) ?? []
  t.equal(file, 'lib/frame/assert-shape.ts', stderr)
  t.match(readFileSync(file, 'utf8').split('\n')[Number(line) - 1], /throw new ShapeError\(/)
})

t.test('all entries have one set of error classes, under their own names', built, async (t) => {
  const load = (entry: string): Promise<any> => import(pathToFileURL(resolve(exports[entry].default)).href)
  const core = (await load('.')) as typeof Core
  const raise: [string, new (...facts: any[]) => Error, (module: any) => unknown][] = [
    ['.', core.ShapeError, ({ assertShape }) => assertShape('frame', { data: [], shape: [0, 0] })],
    ['./calibration', core.StackError, ({ calibrate }) => calibrate({ darks: [], flats: [[]] }, { bits: 14 })],
    ['./quality', core.OptionError, ({ parseLimits }) => parseLimits({ limits: 3 })],
    ['./simulation', core.OptionError, ({ createVirtualDetector }) => createVirtualDetector({ rows: -1, cols: 1 })],
    ['./io', core.IoError, ({ loadCalibration }) => loadCalibration(join(t.testdirName, 'none.nxs'))],
    ['./io/browser', core.FormatError, ({ parseCalibration }) => parseCalibration(new Uint8Array(3))],
    ['./workers', core.OptionError, ({ createCorrectionPool }) => createCorrectionPool({}, { threads: -1 })],
    ['./jobs', core.OptionError, ({ calibrateScan }) => calibrateScan({ out: join(t.testdirName, 'none.nxs') })]
  ]
  t.strictSame(
    raise.map(([entry]) => entry),
    entries
  )
  for (const [entry, , act] of raise) {
    const error = await load(entry)
      .then(act)
      .then(
        () => null,
        (error: unknown) => error
      )
    t.ok(core.isDetectorError(error), `${entry}: ${String(error)}`)
    const known = Object.values(core)
      .filter((value) => typeof value === 'function' && /Error$/.test(value.name))
      .map((value: any) => value.name)
    t.ok(known.includes((error as Error).name), `${entry}: ${(error as Error).name}`)
    t.equal((core as any)[(error as Error).name], (error as object).constructor, entry)
  }
})

t.test('ndarrays of the package, of the user and of another copy mix', built, async (t) => {
  const { createCorrector, isNdarray, toNdarray } = (await import(pathToFileURL(resolve('dist/lib/index.js')).href)) as typeof Core
  const shape: [number, number] = [2, 3]
  const ours = toNdarray({ data: Float32Array.of(1, 2, 3, 4, 5, 6), shape })
  t.equal(ours.constructor, ndarray(new Float32Array(6), shape).constructor, 'the user has the same package')
  const turned = copyOfNdarray()(ours.data, ours.shape, ours.stride, ours.offset).transpose(1, 0)
  t.not(turned.constructor, ours.transpose(1, 0).constructor, 'another copy, as under another version')
  t.strictSame([turned.get(2, 1), ours.get(1, 2), ours.transpose(1, 0).get(2, 1)], [6, 6, 6])
  t.ok(isNdarray(turned))
  const map = (value: number) => ({ data: new Float32Array(6).fill(value), shape })
  const defects = { data: new Uint32Array(6), shape }
  const calibration = madeCalibration(shape, 1, { offset: map(10), gain: { ...map(2), reference: 100 }, defects })
  const corrected = createCorrector(calibration, { output: 'float32' }).correct(ndarray(new Uint16Array(6).fill(60), shape)) as any
  t.ok(isNdarray(corrected))
  // (60 - 10) * 2
  t.strictSame([...corrected.data], [100, 100, 100, 100, 100, 100])
})

t.test('threads are found where the joined files start them', built, async (t) => {
  // In a process of its own: the loaders of this one would be loaded by each thread.
  const program = `
    import { readDefects, readFrames, writeDefects, writeHdf5 } from 'flatpanel/io'
    const [frames, mask] = process.argv.slice(1)
    const shape = [2, 3]
    await writeHdf5(frames, [{ data: Uint16Array.of(1, 2, 3, 4, 5, 6), shape }])
    for await (const { data } of readFrames([frames])) console.log(...data)
    const defects = { data: Uint32Array.of(0, 2, 0, 0, 0, 16), shape }
    await writeDefects(mask, { defects, layers: { factory: [], found: [], user: [] } })
    console.log(...(await readDefects(mask)).defects.data)`
  const folder = t.testdir()
  const { NODE_OPTIONS: _, ...env } = process.env
  const words = ['--input-type=module', '--eval', program, join(folder, 'frames.h5'), join(folder, 'mask.nxs')]
  const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', env, timeout: 60_000 })
  t.equal(stdout, '1 2 3 4 5 6\n0 2 0 0 0 16\n', stderr)
})

/** The package loaded a second time, as where a user depends on another version of it. */
function copyOfNdarray(): typeof ndarray {
  const require = createRequire(import.meta.url)
  const path = require.resolve('ndarray')
  const { [path]: kept } = require.cache
  delete require.cache[path]
  const copy = require(path) as typeof ndarray
  require.cache[path] = kept
  return copy
}

function mapOf(path: string): { sources: string[]; sourcesContent: string[] } {
  return JSON.parse(readFileSync(`${path}.map`, 'utf8'))
}

/** The source files whose code stands in a file of dist/. */
function sourcesOf(path: string): string[] {
  return local(path, mapOf(path).sources)
}

function local(path: string, names: readonly string[]): string[] {
  return names.filter((name) => name.startsWith('.')).map((name) => place(path, name))
}

function place(path: string, name: string): string {
  return posix.join(posix.dirname(path), name)
}
