// Second step of `npm run build`: joins the modules that tsc compiled into build/ to a few files in dist/, since Node takes most of a
// millisecond to open a module, however small. The entries that package.json names keep their places; a new one needs no line here.
// - What every room may use, and the correction, are joined/core.js; each other room is a file of its own.
// - What needs a package, or Node, at import stands apart from what needs none (joined/quality-zod.js, joined/quality.js), so that nobody
//   waits for a package that he does not use, and an entry for browsers may take the pure part of a room.
// - What the command needs to start (joined/cli-start.js) stands apart from the commands that it loads later.
import { cpSync, readFileSync } from 'node:fs'
import { isAbsolute, posix, relative, resolve, sep } from 'node:path'

const CORE = ['errors', 'version', 'kernels', 'frame', 'maps', 'correction']
/** What the core needs itself, so that nobody can do without. */
const OF_CORE = ['ndarray', 'zeros']

const { bin, exports } = JSON.parse(readFileSync('package.json', 'utf8'))
const main = inBuild(bin.flatpanel)
const named = [bin.flatpanel, ...Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? [] : Object.values(entry)))].map(
  inBuild
)
const entries = named.filter((path) => path.endsWith('.js'))

export default {
  input: Object.fromEntries(entries.map((path) => [path.slice('build/'.length, -'.js'.length), path])),
  external: isExternal,
  treeshake: { moduleSideEffects: false },
  plugins: [mapsOfTsc(), threads(), types()],
  output: {
    dir: 'dist',
    format: 'es',
    sourcemap: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'joined/[name].js',
    manualChunks: fileOf,
    minifyInternalExports: false,
    hoistTransitiveImports: false
  }
}

/** The name in dist/joined/ of the file that a module goes into. */
function fileOf(id, { getModuleInfo }) {
  if (getModuleInfo(id).isEntry) return undefined
  const [, top, second] = pathOf(id).split('/')
  const room = top === 'lib' ? second.replace(/\.js$/, '') : top
  if (CORE.includes(room)) return 'core'
  // The command hears Ctrl-C before it loads the rest of what it starts with.
  const start = getModuleInfo(resolve(main)).dynamicallyImportedIds
  if (start.some((first) => loadedBy(first, getModuleInfo).has(id))) return `${room}-start`
  const needs = new Set([...loadedBy(id, getModuleInfo)].filter(isExternal).map((name) => name.replace(/:.*/, '')))
  return [room, ...[...needs].filter((name) => !OF_CORE.includes(name)).sort()].join('-')
}

/** The modules and packages that loading a module loads, itself included. */
function loadedBy(id, getModuleInfo, found = new Set()) {
  found.add(id)
  for (const next of getModuleInfo(id).importedIds) if (!found.has(next)) loadedBy(next, getModuleInfo, found)
  return found
}

/** The source maps of tsc, so that those of dist/ lead on to the TypeScript. */
function mapsOfTsc() {
  return { name: 'maps of tsc', load: (id) => ({ code: readFileSync(id, 'utf8'), map: readFileSync(`${id}.map`, 'utf8') }) }
}

/** What is started as a thread by `new URL('./its-module.js', import.meta.url)` becomes a file beside those that start it. */
function threads() {
  return {
    name: 'threads',
    transform(code, id) {
      for (const [, path] of code.matchAll(/new URL\('(\.[^']+)', import\.meta\.url\)/g))
        this.emitFile({ type: 'chunk', id: resolve(id, '..', path), fileName: `joined/${posix.basename(path)}` })
    }
  }
}

/** The types stay one file per module; those that no entry names, not even by way of others, say nothing to users and stay away. */
function types() {
  const copy = () => {
    const found = new Set(named.filter((path) => path.endsWith('.d.ts')))
    for (const path of found) {
      const text = readFileSync(path, 'utf8')
      for (const [, other] of text.matchAll(/(?:from|import\()\s*['"](\.[^'"]+)\.js['"]/g))
        found.add(posix.join(posix.dirname(path), `${other}.d.ts`))
      cpSync(path, posix.join('dist', posix.relative('build', path)))
    }
  }
  return { name: 'types', writeBundle: copy }
}

function isExternal(id) {
  return !id.startsWith('.') && !isAbsolute(id)
}

function pathOf(id) {
  return relative('.', id).split(sep).join('/')
}

function inBuild(path) {
  return posix.join('build', posix.relative('dist', path))
}
