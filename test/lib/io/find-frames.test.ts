import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import t from 'tap'
import { findFrames } from '../../../lib/io/index.js'

const names = ['f1.tif', 'f10.TIF', 'f2.tiff', 'f02.tif', 'g1.btf', 'notes.txt', '.hidden.tif', 'x.raw']
const folder = t.testdir({
  darks: { ...Object.fromEntries(names.map((name) => [name, ''])), deeper: { 'd.tif': '' }, 'folder.tif': {} },
  'run [1]': { 'a(1).tif': '', 'a(2).tif': '', 'b.tif': '' },
  'run 1': { 'wrong.tif': '' },
  s10: { 'a.tif': '' },
  s9: { 'a.tif': '', 'b.tif': '' },
  empty: { 'readme.md': '' },
  'v1.2': { 'a.tif': '', '.b.tif': '' },
  'back\\slash*.tif': ''
})
const at = (...parts: string[]): string => join(folder, ...parts)
const found = async (...args: string[]): Promise<string[]> => (await findFrames(args)).map((path) => relative(folder, path))

t.test('literal paths, folders and patterns', async (t) => {
  t.strictSame(await found(at('run [1]', 'a(1).tif')), ['run [1]/a(1).tif'], 'what exists is no pattern')
  t.strictSame(await found(at('darks', 'notes.txt')), ['darks/notes.txt'], 'whatever its ending')
  const inOrder = ['f1.tif', 'f02.tif', 'f2.tiff', 'f10.TIF', 'g1.btf'].map((name) => `darks/${name}`)
  t.strictSame(await found(at('darks')), inOrder, 'a folder: its frame files, by number')
  t.strictSame(await found(`${at('darks')}/`), inOrder)
  t.strictSame(await found(at('darks', 'F*.tif')), ['darks/f1.tif', 'darks/f02.tif', 'darks/f10.TIF'], 'case does not matter')
  t.strictSame(await found(at('run [1]', 'a*.tif')), ['run [1]/a(1).tif', 'run [1]/a(2).tif'], 'existing folders are taken literally')
  t.strictSame(await found(at('s*', '*.tif')), ['s9/a.tif', 's9/b.tif', 's10/a.tif'], 'folders by number too')
  t.strictSame(await found(at('darks', '**', '*.tif')), ['darks/deeper/d.tif', 'darks/f1.tif', 'darks/f02.tif', 'darks/f10.TIF'])
  t.strictSame(await found(at('{s9,s10}', 'a.tif')), ['s9/a.tif', 's10/a.tif'], 'braces')
  const raw = await findFrames([at('darks')], { extensions: ['.RAW'] })
  t.strictSame(raw, [at('darks', 'x.raw')], 'endings asked for')
})

t.test('relative paths stay relative', async (t) => {
  const back = process.cwd()
  process.chdir(folder)
  t.teardown(() => process.chdir(back))
  t.strictSame(await findFrames(['s9/*.tif']), ['s9/a.tif', 's9/b.tif'])
  t.strictSame(await findFrames(['./s9/*.tif', 's10']), ['./s9/a.tif', './s9/b.tif', 's10/a.tif'])
  t.strictSame(await findFrames(['s?/a.tif']), ['s9/a.tif'], 'a question mark in the name of a folder')
  t.strictSame(await findFrames(['{s?,s1[0]}/?.tif']), ['s9/a.tif', 's9/b.tif', 's10/a.tif'])
})

t.test('a question mark is any character but a leading dot', async (t) => {
  t.strictSame(await found(at('v1?2', '?.tif')), ['v1.2/a.tif'])
  await t.rejects(found(at('v1?2', '?b.tif')), { code: 'ERR_STACK' })
  t.strictSame(
    await found(`${folder}/run \\[?\\]/[ab]?(*).tif`),
    ['run [1]/a(1).tif', 'run [1]/a(2).tif', 'run [1]/b.tif'],
    'escapes and sets stay'
  )
})

t.test('back-slashes', async (t) => {
  const windows = (path: string): string => path.replaceAll('/', '\\')
  t.strictSame(await found(windows(at('s9', 'a.tif'))), ['s9/a.tif'], 'a path as Windows writes it')
  t.strictSame(await found(windows(at('s9', '*.tif'))), ['s9/a.tif', 's9/b.tif'], 'a pattern')
  t.strictSame(await found(windows(at('s9'))), ['s9/a.tif', 's9/b.tif'], 'a folder')
  if (process.platform === 'win32') return
  t.strictSame(await found(at('back\\slash*.tif')), ['back\\slash*.tif'], 'a name that has one')
  t.strictSame(await found(`${folder}/run \\[1\\]/a*`), ['run [1]/a(1).tif', 'run [1]/a(2).tif'], 'an escape')
})

t.test('a file counts once, where it is first met', async (t) => {
  symlinkSync(at('s9', 'a.tif'), at('link.tif'))
  symlinkSync(at('s9'), at('same'))
  t.strictSame(await found(at('s9', 'b.tif'), at('s9'), at('same', '*.tif'), at('link.tif'), at('s9')), ['s9/b.tif', 's9/a.tif'])
  t.strictSame(await found(at('s10'), at('s9')), ['s10/a.tif', 's9/a.tif', 's9/b.tif'], 'arguments keep their order')
})

t.test('an argument that finds nothing is named', async (t) => {
  const refuse = (args: string[], message: RegExp): Promise<unknown> =>
    t.rejects(findFrames(args), { code: 'ERR_STACK', message }) as Promise<unknown>
  await refuse([], /frames: expected at least one path or pattern, received none/)
  await refuse([at('s9'), at('s9', '*.png')], /s9\/\*\.png: expected a file, a folder, or a pattern that matches files, received no match/)
  await refuse([at('s9', 'c.tif')], /s9\/c\.tif: .*received no match/)
  await refuse([at('s9', 'a.tif', 'b.tif')], /received no match/)
  await refuse([at('no such folder', '*.tif')], /no such folder\/\*\.tif: .*received no match/)
  await refuse([`${at('s9')}/${'a'.repeat(300)}*`], /received no match/)
  await refuse([at('empty')], /empty: expected a folder with frame files \(\.tif, \.tiff, .*\), received none among 1 names/)
})

t.test('what cannot be looked at is an error of the system', async (t) => {
  symlinkSync('round', at('round'))
  await t.rejects(findFrames([at('round')]), {
    code: 'ERR_IO',
    message: /round: expected a file or folder that can be looked at, received ELOOP/
  })
  mkdirSync(at('broken'))
  writeFileSync(at('broken', 'a.tif'), '')
  symlinkSync('gone', at('broken', 'b.tif'))
  await t.rejects(
    findFrames([at('broken')]),
    { code: 'ERR_IO', message: /b\.tif: expected a file that exists, received no such file or folder/ },
    'a link that leads nowhere is no frame less'
  )
})

t.test('a folder with frames of several formats is not guessed at', async (t) => {
  const mixed = t.testdir({ 'a.tif': '', 'b.tif': '', 'SN1.PNG': '', 'x.txt': '' })
  await t.rejects(findFrames([mixed]), {
    code: 'ERR_STACK',
    message: /a folder with frames of one format, or a pattern such as ".*\*\.tif", received 2 of TIFF, 1 of PNG/
  })
  t.equal((await findFrames([mixed], { extensions: ['.tif'] })).length, 2, 'endings asked for')
  const packed = t.testdir({ 'a.edf.gz': '', 'b.edf': '', 'c.gz': '' })
  t.strictSame(
    (await findFrames([packed])).map((path) => relative(packed, path)),
    ['a.edf.gz', 'b.edf'],
    'packed ones count'
  )
})

t.test('a path inside files goes with them', async (t) => {
  t.strictSame(await found(at('s9', '*.tif::/entry/data')), ['s9/a.tif::/entry/data', 's9/b.tif::/entry/data'])
  t.strictSame(await found(at('s9', 'a.tif::a'), at('s9', 'a.tif::b'), at('s9', 'a.tif::a')), ['s9/a.tif::a', 's9/a.tif::b'], 'each once')
  await t.rejects(found(at('s9', 'none.tif::a')), { code: 'ERR_STACK' })
})
