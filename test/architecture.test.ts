import { readFileSync, readdirSync } from 'node:fs'
import { join, posix, relative, sep } from 'node:path'
import t from 'tap'
import ts from 'typescript'

/**
 * Which room may import which, beside itself. Type imports are held to it too. This table is the one of CONTRIBUTING.md:
 * change both in one commit.
 */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  version: [],
  kernels: [],
  frame: ['errors'],
  maps: ['errors', 'frame', 'kernels'],
  calibration: ['errors', 'version', 'frame', 'kernels', 'maps'],
  correction: ['errors', 'version', 'frame', 'kernels', 'maps'],
  quality: ['errors', 'version', 'frame', 'kernels', 'maps'],
  simulation: ['errors', 'version', 'frame', 'kernels', 'maps'],
  report: ['version', 'quality', 'calibration', 'correction', 'maps'],
  io: ['errors', 'version', 'frame', 'maps'],
  workers: ['errors', 'version', 'frame', 'kernels', 'maps', 'correction', 'calibration'],
  jobs: ['errors', 'version', 'frame', 'maps', 'calibration', 'correction', 'quality', 'report', 'io', 'workers'],
  cli: ['errors', 'version', 'frame', 'maps', 'calibration', 'correction', 'quality', 'simulation', 'report', 'io', 'workers', 'jobs'],
  // lib/index.ts, the '.' surface
  index: ['errors', 'version', 'frame', 'maps', 'correction']
}

/** Which room may import which package; `node:` stands for all modules of Node. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'node:': ['io', 'workers', 'jobs', 'cli'],
  ndarray: ['frame', 'maps', 'calibration', 'correction', 'quality', 'simulation', 'io'],
  'ndarray-ops': ['calibration', 'quality'],
  zeros: ['frame', 'maps', 'calibration', 'correction', 'quality', 'simulation', 'io'],
  'fast-glob': ['io'],
  h5wasm: ['io'],
  zod: ['quality', 'report', 'io', 'cli'],
  commander: ['cli'],
  'cli-progress': ['cli']
}

const BROWSER_ENTRIES = [
  'lib/index.ts',
  'calibration/index.ts',
  'lib/quality/index.ts',
  'lib/simulation/index.ts',
  'lib/io/browser/index.ts'
]

/** Files that hold a family of small things instead of one of their own name. */
const COLLECTIONS = [
  'lib/cli/main.ts',
  'lib/cli/parse-defect-options.ts',
  'lib/cli/parse-options.ts',
  'lib/errors.ts',
  'lib/io/formats/tiff/tags.ts',
  'lib/io/nexus/calibration-layout.ts',
  'lib/io/nexus/trailer-layout.ts',
  'lib/kernels/simd/layouts.ts',
  'lib/maps/maps.ts'
]

interface Import {
  readonly specifier: string
  /** `import type`, `export type`, or a type reference: gone after compilation. */
  readonly typeOnly: boolean
}

const files = filesUnder('lib', 'calibration').filter((file) => file.endsWith('.ts') && !file.endsWith('.as.ts'))
const parsed = new Map(files.map((file) => [file, parse(file, readFileSync(file, 'utf8'))]))
const imports = new Map([...parsed].map(([file, source]) => [file, importsIn(source)]))

t.test('there is something to look at', async (t) => {
  t.ok(files.length > 40, `${files.length} source files`)
  t.ok([...imports.values()].flat().length > 80, 'imports were found')
  const rooms = new Set(files.map(roomOf))
  for (const room of [
    'errors',
    'kernels',
    'frame',
    'maps',
    'calibration',
    'correction',
    'quality',
    'simulation',
    'io',
    'workers',
    'jobs',
    'cli'
  ]) {
    t.ok(rooms.has(room), `room ${room} was found`)
  }
})

t.test('the parser sees every way of importing', async (t) => {
  const source = `
    import a from './a.js'
    import type { B } from './b.js'
    import { type C } from './c.js'
    export * from './d.js'
    export type { E } from './e.js'
    const f = await import('./f.js')
    type G = import('./g.js').G
    const h = new URL('./h.js', import.meta.url)
    import './i.js'
    const j = require('./j.js')`
  t.strictSame(importsIn(parse('x.ts', source)), [
    { specifier: './a.js', typeOnly: false },
    { specifier: './b.js', typeOnly: true },
    { specifier: './c.js', typeOnly: false },
    { specifier: './d.js', typeOnly: false },
    { specifier: './e.js', typeOnly: true },
    { specifier: './f.js', typeOnly: false },
    { specifier: './g.js', typeOnly: true },
    { specifier: './h.js', typeOnly: false },
    { specifier: './i.js', typeOnly: false },
    { specifier: './j.js', typeOnly: false }
  ])
})

t.test('every room imports only what the table allows', async (t) => {
  const wrong: string[] = []
  for (const [file, { specifier }] of edges()) {
    if (!specifier.startsWith('.')) continue
    const from = roomOf(file)
    const to = roomOf(target(file, specifier))
    if (!(from in ROOMS)) wrong.push(`${file}: room ${from} has no row in the table`)
    else if (from !== to && !ROOMS[from].includes(to)) wrong.push(`${file} (${from}) imports ${specifier} (${to})`)
  }
  t.strictSame(wrong, [])
})

t.test('packages are imported only where they belong', async (t) => {
  const wrong: string[] = []
  for (const [file, { specifier }] of edges()) {
    if (specifier.startsWith('.') || file.endsWith('.d.ts')) continue
    const name = specifier.startsWith('node:') ? 'node:' : specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
    if (!(name in PACKAGES)) wrong.push(`${file} imports ${specifier}, which has no row in the table`)
    else if (!PACKAGES[name].includes(roomOf(file))) wrong.push(`${file} imports ${specifier}`)
  }
  t.strictSame(wrong, [])
})

t.test('every import leads to a file of ours, with its .js ending', async (t) => {
  const wrong: string[] = []
  for (const [file, { specifier }] of edges()) {
    if (specifier.startsWith('.') && !(specifier.endsWith('.js') && files.includes(target(file, specifier))))
      wrong.push(`${file}: ${specifier}`)
  }
  t.strictSame(wrong, [])
})

t.test('what browsers load reaches no Node module, and the core no code generation at import', async (t) => {
  for (const entry of BROWSER_ENTRIES) {
    const packages = packagesReachableFrom(entry)
    t.strictSame(
      [...packages].filter((name) => name.startsWith('node:') || (name.startsWith('h5wasm') && entry !== 'lib/io/browser/index.ts')),
      [],
      entry
    )
  }
  const core = packagesReachableFrom('lib/index.ts')
  t.strictSame(
    [...core].filter((name) => !['ndarray', 'zeros'].includes(name)),
    [],
    'the core needs ndarray and zeros only'
  )
})

t.test('no two files import each other, however far around', async (t) => {
  t.strictSame(findCycles(), [])
})

t.test('an index.ts stands only where the package exports point', async (t) => {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    exports: Record<string, string | { types: string; default: string }>
  }
  const entries = Object.values(exports).filter((value) => typeof value === 'object')
  const sources = entries.map(({ default: file }) => file.replace(/^\.\/dist\//, '').replace(/\.js$/, '.ts'))
  t.strictSame(
    files.filter((file) => posix.basename(file) === 'index.ts'),
    [...sources].sort()
  )
  for (const { types, default: file } of entries) t.equal(types, file.replace(/\.js$/, '.d.ts'))
})

t.test('no compiled file stands beside its source', async (t) => {
  const compiled = filesUnder('lib', 'calibration').filter((file) => /\.(js|d\.ts|map)$/.test(file))
  t.strictSame(
    compiled.filter((file) => file !== 'lib/zeros.d.ts'),
    []
  )
})

t.test('files and folders are named in kebab-case, after what they hold', async (t) => {
  const wrong = files.filter((file) => !/^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*(\.d)?\.ts$/.test(file))
  t.strictSame(wrong, [])
  t.strictSame(
    files.filter((file) => /(^|[/-])(utils?|helpers?|commons?|misc|shared)([/.-]|$)/.test(file)),
    []
  )
})

t.test('a file exports something of its own name', async (t) => {
  const wrong = files.filter((file) => {
    if (file.endsWith('.d.ts') || COLLECTIONS.includes(file) || posix.basename(file) === 'index.ts') return false
    const name = posix.basename(file, '.ts').replaceAll('-', '')
    const names = exportedNames(file).map((exported) => exported.toLowerCase())
    return !names.some((exported) => exported.startsWith(name) || exported === `run${name}`)
  })
  t.strictSame(wrong, [])
})

t.test('tests mirror the sources folder for folder', async (t) => {
  const tests = filesUnder('test').filter((file) => file.endsWith('.test.ts'))
  t.ok(tests.length > 10, `${tests.length} test files`)
  const folders = new Set(files.map((file) => posix.dirname(file)))
  const others = ['test', 'test/package']
  t.strictSame(
    tests.filter((file) => !others.includes(posix.dirname(file)) && !folders.has(posix.dirname(file).slice('test/'.length))),
    []
  )
})

t.test('coverage leaves out exactly the files that hold types and nothing else', async (t) => {
  const { exclude } = JSON.parse(readFileSync('.c8rc.json', 'utf8')) as { exclude: string[] }
  const named = exclude.filter((pattern) => !pattern.includes('*'))
  const typeOnly = files.filter((file) => !file.endsWith('.d.ts') && holdsTypesOnly(file))
  t.strictSame(named, typeOnly)
  t.strictSame(
    exclude.filter((pattern) => pattern.includes('*')),
    ['**/*.d.ts', 'lib/kernels/simd/*.as.ts']
  )
})

function filesUnder(...folders: string[]): string[] {
  return folders
    .flatMap((folder) => readdirSync(folder, { withFileTypes: true, recursive: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative('.', join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
}

function roomOf(file: string): string {
  const [top, second] = file.split('/')
  return top === 'calibration' ? 'calibration' : second.replace(/(\.d)?\.ts$/, '')
}

function target(file: string, specifier: string): string {
  return posix.join(posix.dirname(file), specifier).replace(/\.js$/, '.ts')
}

function edges(): [string, Import][] {
  return [...imports].flatMap(([file, list]) => list.map((edge): [string, Import] => [file, edge]))
}

function parse(file: string, text: string): ts.SourceFile {
  return ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true)
}

function importsIn(source: ts.SourceFile): Import[] {
  const found: Import[] = []
  const add = (node: ts.Node | undefined, typeOnly: boolean): void => {
    if (node && ts.isStringLiteralLike(node)) found.push({ specifier: node.text, typeOnly })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword)
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly)
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true)
    else if (ts.isCallExpression(node) && isImportCall(node)) add(node.arguments[0], false)
    else if (ts.isNewExpression(node) && node.expression.getText() === 'URL' && node.arguments?.length === 2) add(node.arguments[0], false)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function isImportCall(node: ts.CallExpression): boolean {
  return node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === 'require'
}

/** Names of the packages that running `entry` loads, over any number of files. */
function packagesReachableFrom(entry: string): Set<string> {
  const packages = new Set<string>()
  const seen = new Set<string>()
  const queue = [entry]
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (seen.has(file)) continue
    seen.add(file)
    for (const { specifier, typeOnly } of imports.get(file) ?? []) {
      if (typeOnly) continue
      if (specifier.startsWith('.')) queue.push(target(file, specifier))
      else packages.add(specifier)
    }
  }
  return packages
}

function findCycles(): string[] {
  const cycles: string[] = []
  const done = new Set<string>()
  const path: string[] = []
  const visit = (file: string): void => {
    const start = path.indexOf(file)
    if (start >= 0) {
      cycles.push([...path.slice(start), file].join(' -> '))
      return
    }
    if (done.has(file)) return
    path.push(file)
    for (const { specifier } of imports.get(file) ?? []) if (specifier.startsWith('.')) visit(target(file, specifier))
    path.pop()
    done.add(file)
  }
  files.forEach(visit)
  return cycles
}

function exportedNames(file: string): string[] {
  return parsed
    .get(file)!
    .statements.filter(
      (statement) => ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
    )
    .flatMap((statement) => {
      if (ts.isVariableStatement(statement))
        return statement.declarationList.declarations.map(({ name }) => name.getText().replaceAll('_', ''))
      return (statement as ts.DeclarationStatement).name?.getText() ?? []
    })
}

/** True for a file of interfaces, type aliases and type-only imports and exports: it compiles to nothing. */
function holdsTypesOnly(file: string): boolean {
  return parsed.get(file)!.statements.every((statement) => {
    if (ts.isImportDeclaration(statement)) return statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
    if (ts.isExportDeclaration(statement)) return statement.isTypeOnly
    return ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)
  })
}
