import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import t from 'tap'
import { appendJsonLine } from '../../../lib/io/append-json-line.js'
import { assertLogFile } from '../../../lib/io/assert-log-file.js'
import { readJsonLines } from '../../../lib/io/read-json-lines.js'

const schema = 'test/1'
const record = (number: number) => ({ number, schema, text: 'ä\n{' })
const head = '{"schema":"test/1"'

t.test('one record is one line; schema comes first; what was there stays', async (t) => {
  const path = join(t.testdir(), 'qc.jsonl')
  t.strictSame(await appendJsonLine(path, record(1)), { tornLine: false })
  t.equal(readFileSync(path, 'utf8'), '{"schema":"test/1","number":1,"text":"ä\\n{"}\n')
  t.strictSame(await appendJsonLine(path, record(2)), { tornLine: false })
  t.equal(readFileSync(path, 'utf8'), '{"schema":"test/1","number":1,"text":"ä\\n{"}\n{"schema":"test/1","number":2,"text":"ä\\n{"}\n')
  t.strictSame(await readJsonLines(path, { schema }), {
    lines: [
      { line: 1, value: record(1) },
      { line: 2, value: record(2) }
    ],
    torn: []
  })
})

t.test('a torn last line is closed, told and left out, wherever the crash cut it', async (t) => {
  const folder = t.testdir()
  const whole = `${head},"number":1}`
  // Cut after every byte, the line feed missing last; power loss may leave zeros.
  const cuts = [...Array.from({ length: whole.length - 1 }, (_, i) => whole.slice(0, i + 1)), `${head}\0\0\0`]
  for (const [i, cut] of cuts.entries()) {
    const path = join(folder, `${i}.jsonl`)
    writeFileSync(path, cut)
    const { tornLine } = await appendJsonLine(path, record(2))
    if (!tornLine || !readFileSync(path, 'utf8').startsWith(`${cut}\n{`)) t.fail(`cut after ${cut}`)
    const { lines, torn } = await readJsonLines(path, { schema })
    await appendJsonLine(path, record(3))
    if (lines.length !== 1 || lines[0].line !== 2 || torn.length !== 1 || torn[0] !== 1) t.fail(`read after ${cut}`)
  }
  const path = join(folder, 'no-line-feed.jsonl')
  writeFileSync(path, `${whole}\r\n\n${whole}`)
  t.strictSame(
    (await readJsonLines(path, { schema })).lines.map(({ line }) => line),
    [1, 3],
    'the last line feed may be missing'
  )
  t.same(await appendJsonLine(path, record(2)), { tornLine: true })
  t.strictSame(
    (await readJsonLines(path, { schema })).lines.map(({ line }) => line),
    [1, 3, 4]
  )
})

t.test('what is no log of this schema is refused and not touched', async (t) => {
  const folder = t.testdir({ folder: {} })
  for (const [name, content] of [
    ['notes.txt', 'kV 70\n'],
    ['other.jsonl', '{"schema":"test/2"}\n'],
    ['binary', '\0\0\0'],
    ['spaced.jsonl', '{ "schema": "test/1" }\n'],
    ['later.txt', '{"sch\nkV 70\n']
  ]) {
    const path = join(folder, name)
    writeFileSync(path, content)
    const { mtimeMs } = statSync(path)
    const refused = { code: 'ERR_FORMAT', offset: 0, message: /expected a log whose lines begin with \{"schema":"test\/1", received "/ }
    await t.rejects(appendJsonLine(path, record(1)), refused, name)
    await t.rejects(readJsonLines(path, { schema }), refused, name)
    await t.rejects(assertLogFile(path, schema), refused, name)
    t.equal(readFileSync(path, 'utf8'), content)
    t.equal(statSync(path).mtimeMs, mtimeMs)
  }
  const directory = join(folder, 'folder')
  await t.rejects(appendJsonLine(directory, record(1)), { code: 'ERR_IO', message: /EISDIR/ })
  await t.rejects(readJsonLines(directory, { schema }), { code: 'ERR_IO', message: /expected a log that can be read, received a folder/ })
  await t.rejects(readJsonLines(join(folder, 'none'), { schema }), { code: 'ERR_IO', message: /no such file/ })
  await t.rejects(appendJsonLine(join(folder, 'none', 'qc.jsonl'), record(1)), { code: 'ERR_IO', message: /no such file or folder/ })
  await t.rejects(assertLogFile(join(folder, 'none', 'qc.jsonl'), schema), {
    code: 'ERR_IO',
    message: /expected a folder for the log, received no such/
  })
  await t.rejects(assertLogFile(join(folder, 'notes.txt', 'qc.jsonl'), schema), { code: 'ERR_IO' })
  await t.resolves(assertLogFile(join(folder, 'new.jsonl'), schema))
  t.throws(() => statSync(join(folder, 'new.jsonl')), { code: 'ENOENT' }, 'looking makes no file')
  const pipe = join(folder, 'pipe')
  if (spawnSync('mkfifo', [pipe]).status === 0) {
    await t.rejects(
      appendJsonLine(pipe, record(1)),
      { code: 'ERR_IO', message: /something that is not a file/ },
      'does not wait for the other end'
    )
    await t.rejects(readJsonLines(pipe, { schema }), { code: 'ERR_IO', message: /something that is not a file/ })
  }
  await t.rejects(appendJsonLine(join(folder, 'long.jsonl'), { schema, text: 'x'.repeat(2 ** 20) } as { schema: string }), {
    code: 'ERR_OPTION',
    message: /at most 1048576 bytes, received 10486\d\d bytes/
  })
})

t.test('reading is bounded: by the size of the file, by the length of a line', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'large.jsonl')
  writeFileSync(path, `${head}}\n`.repeat(100))
  await t.rejects(readJsonLines(path, { schema, maximumBytes: 1999 }), {
    code: 'ERR_FORMAT',
    message: /at most 1999 bytes, received 2000 bytes/
  })
  t.equal((await readJsonLines(path, { schema, maximumBytes: 2000 })).lines.length, 100)
  const one = join(folder, 'one-line.jsonl')
  writeFileSync(one, `${head}}\n${head},"x":"${'x'.repeat(2 ** 21)}"}\n`)
  await t.rejects(readJsonLines(one, { schema }), {
    code: 'ERR_FORMAT',
    message: /lines of at most 1048576 bytes, received a longer line 2/
  })
  // Lines that lie across the pieces that are read, and characters of several bytes across them.
  const many = join(folder, 'many.jsonl')
  const values = Array.from({ length: 40 }, (_, i) => ({ schema, number: i, text: 'µ€'.repeat(i * 1000 + 333) }))
  for (const value of values) appendFileSync(many, `${JSON.stringify(value)}\n`)
  t.ok(statSync(many).size > 3 * 2 ** 20)
  t.strictSame(
    (await readJsonLines(many, { schema })).lines.map(({ value }) => value),
    values
  )
  mkdirSync(join(folder, 'links'))
  const linked = join(folder, 'links', 'qc.jsonl')
  symlinkSync(path, linked)
  await appendJsonLine(linked, record(1))
  t.equal((await readJsonLines(path, { schema })).lines.length, 101, 'a link is followed')
})

/** The fixture as one plain program: it starts quickly. */
async function bundledFixture(folder: string): Promise<string> {
  const entry = fileURLToPath(new URL('../../fixtures/append-in-a-loop.ts', import.meta.url))
  const outfile = join(folder, 'append-in-a-loop.mjs')
  await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' })
  return outfile
}

function startWriter(program: string, ...words: string[]) {
  const child = spawn(process.execPath, [program, ...words], { env: { ...process.env, NODE_OPTIONS: '' } })
  const said = { text: '', complaint: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.text += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.complaint += text))
  return { child, said, closed: once(child, 'close') }
}

t.test('several processes at once: every record whole, each writer in its order', async (t) => {
  const folder = t.testdir()
  const program = await bundledFixture(folder)
  const path = join(folder, 'qc.jsonl')
  const writers = ['a', 'b', 'c', 'd']
  const started = writers.map((name) => startWriter(program, path, name, '50', '3000'))
  for (const { closed, said } of started) t.strictSame([(await closed)[0], said.complaint], [0, ''])
  const { lines, torn } = await readJsonLines(path, { schema })
  t.strictSame(torn, [])
  t.equal(lines.length, 200)
  for (const name of writers) {
    const own = lines.map(({ value }) => value as any).filter(({ writer }) => writer === name)
    t.strictSame(
      own.map(({ number }) => number),
      Array.from({ length: 50 }, (_, i) => i),
      `writer ${name}`
    )
    t.ok(own.every(({ filling }) => filling.length === 3000))
  }
})

t.test('kill -9 in a loop: no record that was told is lost, what is torn is no more than one line a kill', async (t) => {
  const folder = t.testdir()
  const program = await bundledFixture(folder)
  const path = join(folder, 'qc.jsonl')
  const deadline = performance.now() + 5000
  const told: string[] = []
  let kills = 0
  for (; kills < 30 && (kills < 3 || performance.now() < deadline); kills++) {
    const { child, said, closed } = startWriter(program, path, `w${kills}`, '0', '20000')
    await Promise.race([once(child.stdout, 'data'), closed])
    const timer = setTimeout(() => child.kill('SIGKILL'), (kills * 7) % 40)
    await closed
    clearTimeout(timer)
    if (said.complaint !== '') t.fail(said.complaint)
    // The last number may have been cut; what ends in a line feed was told.
    told.push(
      ...said.text
        .split('\n')
        .slice(0, -1)
        .map((number) => `w${kills} ${number}`)
    )
  }
  const { lines, torn } = await readJsonLines(path, { schema })
  const found = new Set(lines.map(({ value }) => `${(value as any).writer} ${(value as any).number}`))
  t.strictSame(
    told.filter((record) => !found.has(record)),
    [],
    `${kills} kills, ${told.length} records told`
  )
  t.ok(torn.length <= kills, `${torn.length} torn lines`)
  t.equal(found.size, lines.length, 'no record twice')
  t.ok(told.length >= kills)
})
