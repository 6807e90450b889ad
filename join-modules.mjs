// Second step of `npm run build`. tsc has compiled every source file into a module of its own in build/, with its types. Here the modules
// of a room become one file in dist/joined/, since Node takes most of a millisecond to open a module, however small. The entries of the
// package and the command stay in their places.
//
// - Every module goes into exactly one file: an error class, or a cache, is the same one for all entries.
// - What every room may use (errors, version, kernels, frame, maps) and the correction are joined/core.js. Beyond that rooms share modules
//   one way only, as the table in CONTRIBUTING.md says: no two files import each other.
// - What needs a package at import stands apart from what needs none (joined/quality-zod.js, joined/quality.js), so that nobody waits for a
//   package that he does not use; and what the command needs to start (joined/cli-start.js) from the commands that it loads later.
// - ndarray and zeros are CommonJS, and would take longer than all of the core: joined/core.js holds them, with their licences.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join, posix, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('.', import.meta.url))
const CORE = ['errors', 'version', 'kernels', 'frame', 'maps', 'correction']
const JOINED_PACKAGES = ['ndarray', 'zeros', 'iota-array', 'is-buffer']

const manifest = JSON.parse(read('package.json'))
const main = inDist(manifest.bin.flatpanel)
const entries = [
  main,
  ...Object.values(manifest.exports)
    .flatMap((entry) => entry.default ?? [])
    .map(inDist)
]
const threads = findThreads()
const options = {
  absWorkingDir: root,
  format: 'esm',
  platform: 'neutral',
  mainFields: ['main'],
  target: 'es2022',
  write: false,
  metafile: true
}
const imports = await readImports()
const startup = reach(main).modules

const names = await readExports()
const files = new Map()
for (const module of [...imports.keys()].sort()) files.set(fileOf(module), [...(files.get(fileOf(module)) ?? []), module])
for (const [file, modules] of files) await joinModules(file, modules)
copyTypes()

/** The file in dist/ that a module of build/ goes into. */
function fileOf(module) {
  if (entries.includes(module)) return module
  // A thread is started from beside the module that starts it.
  if (threads.includes(module)) return `joined/${posix.basename(module)}`
  const [top, second] = module.split('/')
  const room = top === 'lib' ? second.replace(/\.js$/, '') : top
  if (CORE.includes(room)) return 'joined/core.js'
  if (startup.has(module)) return `joined/${room}-start.js`
  return `joined/${[room, ...reach(module).packages].join('-')}.js`
}

/** The modules, and the packages in alphabetical order, that loading a module loads with it. */
function reach(module, modules = new Set(), packages = new Set()) {
  modules.add(module)
  for (const { path, kind, external } of imports.get(module)) {
    if (kind !== 'import-statement') continue
    if (!external && !modules.has(path)) reach(path, modules, packages)
    else if (external && !path.startsWith('node:') && !JOINED_PACKAGES.includes(path)) packages.add(path)
  }
  return { modules, packages: [...packages].sort() }
}

/** What each module imports, of all that the entries and the threads can reach. */
async function readImports() {
  const { metafile } = await build({
    ...options,
    bundle: true,
    outdir: 'dist',
    entryPoints: [...entries, ...threads].map(inBuild),
    packages: 'external'
  })
  const local = ({ path, ...rest }) => ({ ...rest, path: rest.external ? path : posix.relative('build', path) })
  return new Map(Object.entries(metafile.inputs).map(([path, input]) => [posix.relative('build', path), input.imports.map(local)]))
}

/** The names that each module exports. */
async function readExports() {
  const modules = [...imports.keys()].filter((module) => module.endsWith('.js'))
  const { metafile } = await build({
    ...options,
    outdir: 'build',
    allowOverwrite: true,
    outbase: 'build',
    entryPoints: modules.map(inBuild)
  })
  return new Map(modules.map((module) => [module, metafile.outputs[inBuild(module)].exports]))
}

async function joinModules(file, modules) {
  const isAlone = entries.includes(modules[0]) || threads.includes(modules[0])
  const contents = surfaceOf(file)
    .map((module) => exporting(module, `./${module}`))
    .join('\n')
  const { outputFiles, metafile } = await build({
    ...options,
    ...(isAlone ? { entryPoints: modules.map(inBuild) } : { stdin: { contents, resolveDir: join(root, 'build') } }),
    bundle: true,
    outfile: `dist/${file}`,
    plugins: [importsOf(file)]
  })
  // Loading a joined package has no effect: the bundlers of users may leave it out where nothing needs it.
  const text = outputFiles[0].text.replace(
    /(?<=^var \w+ = )(?=__commonJS\(|__toESM\()|(?<=^var \w+ = __toESM\()(?=require_)/gm,
    '/* @__PURE__ */ '
  )
  write(file, notice(Object.keys(metafile.inputs)) + text)
}

/** How imports inside a file resolve: a module of another file is taken from there; a package stays outside unless it is to be joined. */
function importsOf(file) {
  const isPackage = (path) => !/^\.{0,2}\//.test(path)
  const pathTo = (other) => posix.relative(posix.dirname(file), other).replace(/^(?!\.)/, './')
  const resolve = ({ path, kind, namespace, resolveDir }) => {
    if (namespace === 'other file') return { path, external: true, sideEffects: false }
    if (isPackage(path)) return JOINED_PACKAGES.includes(path) ? undefined : { path, external: true }
    const module = posix.relative(posixOf(join(root, 'build')), posixOf(join(resolveDir, path)))
    if (kind === 'entry-point' || !imports.has(module) || fileOf(module) === file) return undefined
    // What is loaded later stays so: read into this file it would be loaded with it.
    if (kind === 'dynamic-import') return { path: pathTo(fileOf(module)), external: true }
    return { path: fileOf(module), namespace: 'other file', sideEffects: false }
  }
  const load = ({ path }) => ({
    contents: surfaceOf(path)
      .map((module) => exporting(module, pathTo(path)))
      .join('\n')
  })
  return {
    name: 'imports',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /./ }, resolve)
      onLoad({ filter: /./, namespace: 'other file' }, load)
    }
  }
}

/** The modules of a file that other files import from. */
function surfaceOf(file) {
  const taken = new Set([...imports].flatMap(([module, list]) => (fileOf(module) === file ? [] : list.map(({ path }) => path))))
  return (files.get(file) ?? []).filter((module) => taken.has(module))
}

function exporting(module, path) {
  return `export { ${names.get(module).join(', ')} } from '${path}'`
}

/** Modules that are started as threads, from their place beside another: `new URL('./x.js', import.meta.url)`. */
function findThreads() {
  const started = (module) => [...read(`build/${module}`).matchAll(/new URL\('(\.[^']+)', import\.meta\.url\)/g)].map(([, path]) => path)
  const compiled = filesIn('build').filter((path) => path.endsWith('.js'))
  return compiled.flatMap((module) => started(module).map((path) => posix.join(posix.dirname(module), path))).sort()
}

/** The types stay one file per module; those that no entry names, not even by way of others, say nothing to users and stay away. */
function copyTypes() {
  const named = new Set(
    Object.values(manifest.exports)
      .flatMap(({ types }) => types ?? [])
      .map(inDist)
  )
  for (const types of named) {
    const text = read(`build/${types}`)
    for (const [, path] of text.matchAll(/(?:from|import\()\s*['"](\.[^'"]+)\.js['"]/g))
      named.add(posix.join(posix.dirname(types), `${path}.d.ts`))
    write(types, text)
  }
}

/** A comment that bundlers keep, with the licences of the packages that a file holds. */
function notice(inputs) {
  const packages = JOINED_PACKAGES.filter((name) => inputs.some((path) => path.includes(`node_modules/${name}/`)))
  if (packages.length === 0) return ''
  const licenceOf = (name) => {
    const folder = `node_modules/${name}`
    return `${name} ${JSON.parse(read(`${folder}/package.json`)).version}\n\n${read(`${folder}/LICENSE`).trim()}`
  }
  return `/*! This file holds these packages:\n\n${packages.map(licenceOf).join('\n\n')}\n*/\n`
}

function read(path) {
  return readFileSync(join(root, path), 'utf8')
}

function write(file, text) {
  const path = join(root, 'dist', file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

function filesIn(folder) {
  return readdirSync(join(root, folder), { recursive: true }).map(posixOf)
}

function inDist(path) {
  return posix.relative('dist', path)
}

function inBuild(module) {
  return `build/${module}`
}

function posixOf(path) {
  return path.split(sep).join('/')
}
