// Lets Node run the TypeScript of this project as it stands: `node --import=./test/loader.mjs`. esbuild takes the types out, file by file,
// with a map for coverage and stack traces; what was made once is kept in .cache/. tsimp, the way of tap itself, costs ten times as much
// in each of its processes; tsx needs WebAssembly where tests take that away, and c8 cannot read its maps.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { register } from 'node:module'
import { fileURLToPath } from 'node:url'

const cache = fileURLToPath(new URL('../.cache/typescript/', import.meta.url))
const isOurs = (url) => url.startsWith('file:') && !url.includes('/node_modules/')

// In the thread where the hooks themselves run this module is loaded with a query.
if (import.meta.url.endsWith('.mjs')) register(`${import.meta.url}?hooks`)

/** './x.js' in a TypeScript file means './x.ts', also as the entry of a thread, and in what tap loads with replacements. */
export async function resolve(specifier, context, next) {
  const named = /^(\.{0,2}\/|file:)[^?]*(?=\.js(\?|$))/.exec(specifier)
  if (!named) return next(specifier, context)
  const source = new URL(`${named[0]}.ts`, context.parentURL)
  if (!(isOurs(source.href) && existsSync(source))) return next(specifier, context)
  // tap knows what it replaces by the name that the test gave
  const replaced = context.parentURL?.includes('tapmock=') ? await next(specifier, context).catch(() => null) : null
  return replaced ?? next(specifier.replace(/\.js(?=\?|$)/, '.ts'), context)
}

export async function load(url, context, next) {
  const { pathname } = new URL(url)
  if (!(pathname.endsWith('.ts') && isOurs(url))) return next(url, context)
  return { format: 'module', source: await transpiled(fileURLToPath(url)), shortCircuit: true }
}

async function transpiled(path) {
  const text = readFileSync(path, 'utf8')
  const kept = `${cache}${createHash('sha256').update(`${path}\n${text}`).digest('hex')}.js`
  if (existsSync(kept)) return readFileSync(kept, 'utf8')
  const { transform } = await import('esbuild')
  const { code } = await transform(text, { loader: 'ts', format: 'esm', target: 'es2022', sourcemap: 'inline', sourcefile: path })
  mkdirSync(cache, { recursive: true })
  writeFileSync(`${kept}.${process.pid}`, code)
  renameSync(`${kept}.${process.pid}`, kept)
  return code
}
