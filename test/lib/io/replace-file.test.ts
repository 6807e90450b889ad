import { spawnSync } from 'node:child_process'
import { lstatSync, mkdirSync, readFileSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import * as fsPromises from 'node:fs/promises'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { AbortedError } from '../../../lib/errors.js'
import { replaceFile } from '../../../lib/io/replace-file.js'

const text = (path: string) => readFileSync(path, 'utf8')
const writing = (content: string) => (temporary: string) => writeFile(temporary, content)
const systemError = (code: string) => Object.assign(new Error(`${code}: made up`), { code, errno: -1 })

/** replaceFile on a file system with one operation replaced. */
async function replaceFileWith(replaced: Partial<typeof fsPromises>): Promise<typeof replaceFile> {
  const mocked = await t.mockImport<{ replaceFile: typeof replaceFile }>('../../../lib/io/replace-file.js', {
    'node:fs/promises': { ...fsPromises, ...replaced }
  })
  return mocked.replaceFile
}

t.test('writes a new file, replaces an old one, leaves nothing else', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'SN1.nxs')
  let seen = ''
  await replaceFile(path, async (temporary) => {
    seen = temporary
    await writeFile(temporary, 'one')
    t.notOk(readdirSync(folder).includes('SN1.nxs'), 'nothing under the name while writing')
  })
  t.match(seen.slice(folder.length + 1), new RegExp(`^\\.SN1\\.nxs\\.${process.pid}-[0-9a-f]{12}\\.tmp$`))
  t.equal(text(path), 'one')
  await replaceFile(path, async (temporary) => {
    await writeFile(temporary, 'two')
    t.equal(text(path), 'one', 'the old file stands until the end')
  })
  t.equal(text(path), 'two')
  t.same(readdirSync(folder), ['SN1.nxs'])
})

t.test('overwrite: false refuses before writing', async (t) => {
  const folder = t.testdir({ 'SN1.nxs': 'old' })
  let written = false
  const attempt = replaceFile(join(folder, 'SN1.nxs'), async () => void (written = true), { overwrite: false })
  await t.rejects(attempt, { code: 'ERR_EXISTS', message: /SN1\.nxs: expected a name that is free/ })
  t.equal(written, false)
  t.equal(text(join(folder, 'SN1.nxs')), 'old')
})

t.test('overwrite: false refuses at the end what came meanwhile', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'SN1.nxs')
  const attempt = replaceFile(
    path,
    async (temporary) => {
      await writeFile(temporary, 'ours')
      writeFileSync(path, 'theirs')
    },
    { overwrite: false }
  )
  await t.rejects(attempt, { code: 'ERR_EXISTS' })
  t.equal(text(path), 'theirs')
  t.same(readdirSync(folder), ['SN1.nxs'])
})

t.test('of ten that want one free name exactly one gets it', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'SN1.nxs')
  const all = await Promise.allSettled(
    Array.from({ length: 10 }, (_, i) => replaceFile(path, writing(`writer ${i}`), { overwrite: false }))
  )
  const winner = all.findIndex((one) => one.status === 'fulfilled')
  t.equal(all.filter((one) => one.status === 'fulfilled').length, 1)
  t.equal(text(path), `writer ${winner}`)
  t.same(readdirSync(folder), ['SN1.nxs'])
})

t.test('a failing writer leaves the old file and no temporary, and its error comes through', async (t) => {
  const folder = t.testdir({ 'SN1.nxs': 'old' })
  const path = join(folder, 'SN1.nxs')
  for (const error of [new AbortedError('saving'), new TypeError('bug'), 'a string', null]) {
    const attempt = replaceFile(path, async (temporary) => {
      await writeFile(temporary, 'half')
      throw error
    })
    t.equal(
      await attempt.then(
        () => 'no error',
        (caught) => caught
      ),
      error
    )
  }
  await t.rejects(
    replaceFile(path, async () => {}),
    { code: 'ERR_IO', cause: { code: 'ENOENT' } },
    'a writer that wrote nothing'
  )
  t.equal(text(path), 'old')
  t.same(readdirSync(folder), ['SN1.nxs'])
})

t.test('errors of the system are ERR_IO with their cause', async (t) => {
  const folder = t.testdir({ file: 'x', taken: {} })
  const under = join(folder, 'file', 'SN1.nxs')
  await t.rejects(replaceFile(under, writing('x')), { code: 'ERR_IO', subject: under, message: /ENOTDIR/, cause: { code: 'ENOTDIR' } })
  await t.rejects(replaceFile(under, writing('x'), { overwrite: false }), { code: 'ERR_IO', cause: { code: 'ENOTDIR' } })
  await t.rejects(replaceFile(join(folder, 'none', 'SN1.nxs'), writing('x')), { code: 'ERR_IO', cause: { code: 'ENOENT' } })
  await t.rejects(replaceFile(join(folder, 'taken'), writing('x')), { code: 'ERR_IO', cause: { code: 'EISDIR' } })
  const full = () => Promise.reject(systemError('ENOSPC'))
  await t.rejects(replaceFile(join(folder, 'SN1.nxs'), full), { code: 'ERR_IO', message: /ENOSPC/, cause: { code: 'ENOSPC' } })
  t.same(readdirSync(folder).sort(), ['file', 'taken'])
})

t.test('a symbolic link stays one, its target is replaced', async (t) => {
  const folder = t.testdir({ real: { 'SN1.nxs': 'old' }, 'SN1.nxs': t.fixture('symlink', 'real/SN1.nxs') })
  const path = join(folder, 'SN1.nxs')
  await replaceFile(path, writing('new'))
  t.ok(lstatSync(path).isSymbolicLink())
  t.equal(text(join(folder, 'real', 'SN1.nxs')), 'new')
  symlinkSync('nowhere', join(folder, 'dangling'))
  await t.rejects(replaceFile(join(folder, 'dangling'), writing('x'), { overwrite: false }), { code: 'ERR_EXISTS' })
})

t.test('temporaries of dead processes do not stand in the way and go when they are old', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'SN1.nxs')
  const dead = spawnSync(process.execPath, ['--version']).pid
  const old = `.SN1.nxs.${dead}-0123456789ab.tmp`
  const recent = `.SN1.nxs.${dead}-0123456789ac.tmp`
  const living = `.SN1.nxs.${process.ppid}-0123456789ab.tmp`
  const other = `.SN2.nxs.${dead}-0123456789ab.tmp`
  const foreign = `.SN1.nxs.${dead}-notes.tmp`
  const folderOfThatName = `.SN1.nxs.${dead}-0123456789ad.tmp`
  mkdirSync(join(folder, folderOfThatName))
  for (const name of [old, recent, living, other, foreign]) writeFileSync(join(folder, name), 'left')
  for (const name of [old, living, other, foreign, folderOfThatName]) utimesSync(join(folder, name), 1e9, 1e9)
  await replaceFile(path, writing('new'))
  t.same(readdirSync(folder).sort(), [recent, living, other, foreign, folderOfThatName, 'SN1.nxs'].sort())
  t.equal(text(path), 'new')
})

t.test('a stale temporary that is gone before we look is no trouble', async (t) => {
  const folder = t.testdir()
  const dead = spawnSync(process.execPath, ['--version']).pid
  const name = `.SN1.nxs.${dead}-0123456789ab.tmp`
  const replaceFile = await replaceFileWith({ readdir: (async () => [name]) as never })
  await replaceFile(join(folder, 'SN1.nxs'), writing('new'))
  t.same(readdirSync(folder), ['SN1.nxs'])
})

t.test('renames that the system refuses for a moment are tried again', async (t) => {
  const folder = t.testdir({ 'SN1.nxs': 'old' })
  const path = join(folder, 'SN1.nxs')
  let refusals = 2
  const busy = await replaceFileWith({
    rename: async (from, to) => {
      if (refusals-- > 0) throw systemError(refusals ? 'EPERM' : 'EBUSY')
      await fsPromises.rename(from, to)
    }
  })
  await busy(path, writing('new'))
  t.equal(text(path), 'new')
  const never = await replaceFileWith({ rename: () => Promise.reject(systemError('EBUSY')) })
  await t.rejects(never(path, writing('newer')), { code: 'ERR_IO', cause: { code: 'EBUSY' } })
  t.equal(text(path), 'new')
  t.same(readdirSync(folder), ['SN1.nxs'])
})

t.test('without hard links the name is still taken only when free', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'SN1.nxs')
  const link = () => Promise.reject(systemError('ENOTSUP'))
  const noLinks = await replaceFileWith({ link })
  await noLinks(path, writing('one'), { overwrite: false })
  t.equal(text(path), 'one')
  const late = join(folder, 'SN2.nxs')
  const comesMeanwhile = async (temporary: string) => {
    await writeFile(temporary, 'ours')
    await writeFile(late, 'theirs')
  }
  await t.rejects(noLinks(late, comesMeanwhile, { overwrite: false }), { code: 'ERR_EXISTS' })
  t.equal(await readFile(late, 'utf8'), 'theirs')
  const neither = await replaceFileWith({ link, rename: () => Promise.reject(systemError('EIO')) })
  await t.rejects(neither(join(folder, 'SN3.nxs'), writing('x'), { overwrite: false }), { code: 'ERR_IO', cause: { code: 'EIO' } })
  t.same(readdirSync(folder), ['SN1.nxs', 'SN2.nxs'])
})

t.test('a folder that cannot be flushed is no trouble', async (t) => {
  const folder = t.testdir()
  const replaceFile = await replaceFileWith({
    open: (async (path: string, flags: string) => {
      if (flags === 'r') throw systemError('EISDIR')
      return fsPromises.open(path, flags)
    }) as never
  })
  await replaceFile(join(folder, 'SN1.nxs'), writing('new'))
  t.equal(text(join(folder, 'SN1.nxs')), 'new')
})
