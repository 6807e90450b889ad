import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import {
  parseDefectArea,
  parseDefectClasses,
  parseDefectDate,
  parseDefectOrigin,
  parseDefectShape
} from '../../../lib/cli/parse-defect-options.js'
import { loadCalibration } from '../../../lib/io/load-calibration.js'
import { saveCalibration } from '../../../lib/io/save-calibration.js'
import { DEFECT_FLAGS } from '../../../lib/maps/defect-flags.js'
import { planDefects } from '../../../lib/maps/plan-defects.js'
import { madeCalibration } from '../../fixtures/made-calibration.js'
import { runCommand } from '../../fixtures/run-command.js'
import type { CommandResult } from '../../fixtures/run-command.js'
import { writeStacks } from '../../fixtures/write-stacks.js'

const { hot, noisy, user } = DEFECT_FLAGS
const WHY = ['--reason', 'seen at service', '--author', 'J. Doe']

function defects(...argv: string[]): Promise<CommandResult> {
  return runCommand(['defects', ...argv])
}

async function json(...argv: string[]): Promise<any> {
  const { stdout } = await defects(...argv, '--json')
  return JSON.parse(stdout)
}

/** A calibration of 30 x 40 with three hot pixels and a gain everywhere but at [9, 9]. */
async function writeCalibration(path: string): Promise<void> {
  const shape = [30, 40] as const
  const data = new Uint32Array(1200)
  for (const i of [45, 46, 700]) data[i] = hot
  data[9 * 40 + 9] = DEFECT_FLAGS.dead
  const gain = { data: Float32Array.from({ length: 1200 }, (_, i) => (i === 9 * 40 + 9 ? 0 : 1)), shape, reference: 1000 }
  await saveCalibration(path, madeCalibration(shape, 1, { gain, defects: { data, shape }, serialNumber: 'SN1' }))
}

t.test('edits of a calibration: add, veto, list, and the old file is kept', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'SN1.nxs')
  await writeCalibration(path)
  const original = await readFile(path)

  const added = await defects('add', path, '12,34', '20..21,5..7', '..,39', '--class', 'noisy', ...WHY, '--date', '2026-11-21')
  t.equal(added.code, 0, added.stderr)
  t.match(
    added.stdout,
    /^41 bad pixels, 4 before this edit: 37 more, 0 less\n\n {2}edited {2}.*SN1\.nxs:\s+3\s+entries\s+\(add\)\s+by\s+J\. Doe,\s+2026-11-21\n {2}kept {4}.*SN1\.\d{8}T\d{6}Z\.nxs/
  )
  const kept = (await readdir(folder)).find((name) => /^SN1\.\d/.test(name))!
  t.ok(original.equals(await readFile(join(folder, kept))), 'byte for byte')
  const calibration = await loadCalibration(path)
  t.equal(calibration.defects.data[12 * 40 + 34], noisy | user)
  t.equal(planDefects(calibration.defects).counts.bad, 41, 'the plan follows')
  t.equal(calibration.provenance.defectCounts.noisy, 37)

  const document = await json('remove', path, '1,5..6', ...WHY, '--no-archive')
  t.match(document, {
    schema: 'flatpanel.defects.edit/1',
    badBefore: 41,
    badAfter: 39,
    added: 0,
    removed: 2,
    archived: null,
    entries: [{ action: 'remove', classes: [], author: 'J. Doe', reason: 'seen at service' }]
  })
  t.ok(Math.abs(Date.parse(document.entries[0].date) - Date.now()) < 60_000, 'dated now')
  t.equal((await loadCalibration(path)).defects.data[45], 0)

  const text = await defects('list', path)
  t.match(text.stdout, /39 bad pixels of 30 x 40 \(3\.25 %\)/)
  t.match(text.stdout, /1 {2}factory +0 +0 +0\n +2 {2}found +3 +4 +4\n +3 {2}user +4 +37 +37\n/)
  t.match(text.stdout, /1 vetoes make 2 pixels good;\s+in\s+force:\s+39\s+bad\s+pixels/)
  t.match(text.stdout, /lines\n {2}30x1line30 +row 0, column 39|rel30x1line30/)
  t.match(text.stdout, /remove {2}1,5 \(1 x 2\) +all +20.*J\. Doe {2}seen at/)
  const listed = await json('list', path, '--entries')
  t.match(listed, {
    schema: 'flatpanel.defects.list/1',
    serialNumber: 'SN1',
    shape: [30, 40],
    layers: { vetoes: 1 },
    found: [{ region: { row: 1, col: 5, cols: 2 } }],
    user: { length: 4 },
    named: { counts: { panel: { badPixels: 39 } } }
  })
  const entries = await defects('list', path, '--entries', '--layer', 'user')
  t.equal(entries.stdout.trim().split('\n').length, 4)
  t.match(entries.stdout, /^user add line 0\.\.29 39 noisy 2026-11-21 "J\. Doe" "seen at service"$/m)

  const before = await readFile(path)
  const gainless = await defects('remove', path, '9,9', ...WHY)
  t.equal(gainless.code, 3)
  t.match(gainless.stderr, /ERR_CALIBRATION: .*pixel \[9, 9\]: expected a gain, without which no pixel can be good/)
  const nothing = await defects('remove', path, '0,0', ...WHY)
  t.equal(nothing.code, 3)
  t.match(nothing.stderr, /expected a bad pixel to remove, received good pixels only/)
  const outside = await defects('add', path, '30,0', ...WHY)
  t.equal(outside.code, 2)
  t.match(outside.stderr, /rows from 0 to 29 and columns from 0 to 39/)
  for (const [wrong, message] of [
    [['add', path, '1'], /is no area/],
    [['add', path, '1,2', '--class', 'cluster'], /--class takes names/],
    [['add', path], /missing required argument|required option/]
  ] as const) {
    const { code, stderr } = await defects(...wrong, ...WHY)
    t.equal(code, 2)
    t.match(stderr, message)
  }
  t.equal((await defects('add', path, '1,2')).code, 2, 'why is never optional')
  t.match((await defects('add', path, '1,2', '--reason', 'r', '--author', ' ')).stderr, /who edits the map, received an empty text/)
  t.ok(before.equals(await readFile(path)), 'what is refused changes nothing')
  const again = await defects('add', path, '12,34', '--reason', 'again')
  t.match(again.stdout, /no pixel changed sides/, 'the author is the user of the system where none is stated')
})

t.test('import, export, merge: one map through every form', async (t) => {
  const folder = t.testdir()
  const xml = join(folder, 'panel.bpm.xml')
  await writeFile(
    xml,
    '<BadPixelMap SizeX="40" SizeY="30"><BadPixels><BadPixel X="3" Y="2" Mask="255" NoisyPixel="true"/><BadPixel X="39" Y="29"/></BadPixels></BadPixelMap>'
  )
  const text = join(folder, 'SN1.defects')
  const begun = await defects(
    'import',
    xml,
    '--into',
    text,
    '--serial',
    'SN1',
    ...WHY,
    '--date',
    '2025-01-01',
    '--class-if-unknown',
    'dead'
  )
  t.equal(begun.code, 0, begun.stderr)
  t.equal(
    await readFile(text, 'utf8'),
    'flatpanel.defects/1\nshape 30 40\nserial "SN1"\nfactory add point 2 3 noisy 2025-01-01 "J. Doe" "seen at service"\nfactory add point 29 39 dead 2025-01-01 "J. Doe" "seen at service"\n'
  )
  const twice = await defects('import', xml, '--into', text, ...WHY)
  t.equal(twice.code, 3)
  t.match(twice.stderr, /ERR_EXISTS: .*factory layer: expected none yet \(--replace puts this one in its place\), received 2 entries/)
  t.match(await json('import', xml, '--into', text, '--replace', ...WHY), {
    schema: 'flatpanel.defects.import/1',
    format: 'bpm-xml',
    layer: 'factory',
    pixels: 2,
    badBefore: 2,
    badAfter: 2
  })

  const csv = join(folder, 'more.csv')
  await writeFile(csv, 'row,col\n0,0\n')
  t.equal((await defects('import', csv, '--into', text, '--layer', 'user', ...WHY, '--origin', '10,20')).code, 0)
  t.match(await readFile(text, 'utf8'), /^user add point 10 20 user 20/m)
  t.match(await json('remove', text, '29,39', ...WHY), { badBefore: 3, badAfter: 2, archived: null })

  const nxs = join(folder, 'SN1.nxs')
  await writeCalibration(nxs)
  const into = await defects('import', text, '--into', nxs, ...WHY)
  t.match(
    into.stdout,
    /^6 bad pixels, 4 before this import:\s+.*SN1\.nxs\n[^]*text, 2\s+bad\s+pixels, 2\s+entries of the factory layer\)\n {2}kept /
  )
  t.match((await loadCalibration(nxs)).layers, { factory: { length: 2 }, user: [] })

  for (const [name, more] of [
    ['a.bpm.xml', []],
    ['a.json', ['--action', 'replace']],
    ['a.csv', []],
    ['a.tif', ['--out-bad-value', '1', '--out-good-value', '0']],
    ['a.png', ['--out-bad-value', '0', '--out-good-value', '255']],
    ['a.txt', []]
  ] as const) {
    const out = join(folder, name)
    const written = await json('export', nxs, '--out', out, ...more)
    t.match(written, { schema: 'flatpanel.defects.export/1', shape: [30, 40], badPixels: 6 })
    const { classes } = await json(
      'list',
      out,
      '--shape',
      '30x40',
      ...(name === 'a.tif' ? ['--bad-value', '1'] : name === 'a.png' ? ['--good-value', '255'] : [])
    )
    t.equal(classes.user + classes.hot + classes.noisy + classes.dead > 0, true, name)
    const compared = await json(
      'compare',
      nxs,
      out,
      ...(name === 'a.json' || name === 'a.csv'
        ? ['--shape', '30x40']
        : name === 'a.tif'
          ? ['--bad-value', '1']
          : name === 'a.png'
            ? ['--good-value', '255']
            : [])
    )
    t.match(compared.defects, { added: 0, healed: 0, persisting: 6 }, name)
  }
  t.equal((await defects('export', nxs, '--out', join(folder, 'b.png'))).code, 2, 'values are never guessed')
  t.equal((await defects('list', join(folder, 'a.tif'))).code, 2)
  t.equal((await defects('export', nxs, '--out', join(folder, 'a.csv'))).code, 3, 'nothing is overwritten')
  t.equal((await defects('export', nxs, '--out', join(folder, 'a.csv'), '--force')).code, 0)
  t.equal((await defects('export', csv, '--shape', '30x40', '--out', join(folder, 'c.defects'))).code, 0)
  t.equal((await defects('import', csv, '--into', join(folder, 'new.nxs'), ...WHY)).code, 2, 'a calibration is not begun by an import')
  t.match((await defects('add', xml, '1,1', ...WHY)).stderr, /which have layers .*, received a map of form bpm-xml/)

  await writeFile(join(folder, 'one.csv'), 'row,col\n1,1\n2,2\n')
  await writeFile(join(folder, 'two.csv'), 'row,col\n2,2\n3,3\n')
  const merged = join(folder, 'merged.defects')
  const maps = [join(folder, 'one.csv'), join(folder, 'two.csv'), '--shape', '30x40']
  const or = await defects('merge', ...maps, '--out', merged)
  t.match(or.stdout, /merged: 2 maps, rule or: 3 bad pixels \(bad in at least 1 maps\), 0 left out/)
  t.match(await json('merge', ...maps, '--rule', 'and', '--out', merged, '--force'), {
    schema: 'flatpanel.defects.merge/1',
    needed: 2,
    kept: 1,
    left: 2,
    format: 'text'
  })
  t.match(await readFile(merged, 'utf8'), /^found add point 2 2 user .* "bad in at least 2 of 2 maps"$/m)
  t.match(await json('merge', ...maps, '--rule', 'fraction', '--fraction', '0.5', '--out', merged, '--force'), { needed: 1 })
  const noted = await defects('list', join(folder, 'a.json'), '--shape', '30x40')
  t.match(noted.stderr, /how the pixels were to be replaced \(Replace 6\) is not kept/)
})

t.test('compare and grade: verdicts as exit codes', async (t) => {
  const folder = t.testdir()
  const write = async (name: string, ...lines: string[]): Promise<string> => {
    await writeFile(
      join(folder, name),
      `flatpanel.defects/1\nshape 60 60\nserial unknown\n${lines.map((line) => `found add ${line} "A" "r"\n`).join('')}`
    )
    return join(folder, name)
  }
  const before = await write('before.defects', 'point 5 5 dead 2025-01-01')
  const after = await write('after.defects', 'point 5 5 dead 2025-07-01', 'line 10..40 30 dead 2025-07-01', 'point 59 59 noisy 2025-07-01')
  const { code, stdout } = await defects('compare', before, after)
  t.equal(code, 0)
  t.match(stdout, /^32 new bad pixels, 0 healed, 1 persisting: have the panel inspected, and\s+recalibrate/)
  t.match(stdout, /growth +0\.177 pixels per day/)
  t.match(stdout, /lines: 0 before, 1 after, 1 new\n {2}.*31x1line31.* {2}row 10, column 30/)
  const failed = await defects('compare', before, after, '--fail-on-new', '31')
  t.equal(failed.code, 4)
  t.match(failed.stdout, /^FAILED, 31 allowed: 32 new bad pixels/)
  t.match(await json('compare', before, after, '--fail-on-new', '32'), {
    schema: 'flatpanel.defects.compare/1',
    passed: true,
    recommendation: { action: 'inspect' }
  })
  t.match(await json('compare', before, before), { passed: null, recommendation: { action: 'keep' }, growth: null })
  t.match(await json('compare', before, after, '--before-date', '2024-07-01'), { growth: { days: 365 } })
  t.equal((await defects('compare', before, after, '--before-date', 'yesterday')).code, 2)
  t.match((await json('compare', before, after, '--origin', '-2,0')).common, { row: 0, rows: 58 })

  const grade = join(folder, 'grade.json')
  const limit = (max: number): string =>
    JSON.stringify({
      schema: 'flatpanel.grade/1',
      name: 'ours',
      zones: { rimPixels: 1 },
      limits: [
        { figure: 'lines', zone: 'general', max },
        { figure: 'badPixels', zone: 'general', max: 40 }
      ]
    })
  await writeFile(grade, limit(0))
  const bad = await defects('grade', after, '--grade', grade)
  t.equal(bad.code, 4)
  t.match(bad.stdout, /^FAILED: 1 of 2 limits missed,\s+.*,\s+grade ours/)
  t.match(bad.stdout, /FAIL +general +1 +<= 0 +lines/)
  t.match(bad.stdout, /not judged: 1 bad pixels in the rim/)
  await writeFile(grade, limit(1))
  t.match(await json('grade', after, '--grade', grade), { schema: 'flatpanel.defects.grade/1', passed: true, missed: 0 })
  t.equal((await defects('grade', after, '--grade', 'xrd1621-ct')).code, 4, 'no central zone of 1024 x 1024: cannot be known, so missed')
  t.match((await defects('grade', after, '--grade', 'gold')).stderr, /a JSON file, or one of xrd1621-ct, xrd1621-imaging, received gold/)
  await writeFile(grade, '{"schema": 1}')
  t.equal((await defects('grade', after, '--grade', grade)).code, 2)
})

t.test('maps of every kind go in and out, and reports say what is special', async (t) => {
  const folder = t.testdir()
  const write = async (name: string, serial: string, ...lines: string[]): Promise<string> => {
    await writeFile(
      join(folder, name),
      `flatpanel.defects/1\nshape 60 60\nserial ${serial}\n${lines.map((line) => `found add ${line} 2026-01-01 "A" "r"\n`).join('')}`
    )
    return join(folder, name)
  }
  const none = await write('none.defects', '"SN1"')
  const pairs = await write(
    'pairs.defects',
    '"SN1"',
    ...Array.from(
      { length: 25 },
      (_, k) => `rectangle ${1 + 4 * Math.floor(k / 5)}..${3 + 4 * Math.floor(k / 5)} ${1 + 5 * (k % 5)}..${3 + 5 * (k % 5)} dead`
    )
  )
  const empty = await defects('list', none)
  t.match(empty.stdout, /0 bad pixels of 60 x 60/)
  t.match(empty.stdout, /date +unknown/)
  const many = await defects('list', pairs)
  t.match(many.stdout, /relevant clusters, the largest first\n(.*\n){20} {2}and 5 more/)

  const grown = await defects('compare', none, pairs, '--before-date', '2025-01-01')
  t.match(grown.stdout, /growth +0\.616 pixels per day over 365 days/)
  t.match(grown.stdout, /new clusters: 25/)
  t.match(grown.stdout, /growth +unknown {2}above 100 % per year: inspect +not judged/)
  const cut = await defects('compare', pairs, none, '--origin', '10,0', '--after-date', '2027-01-01')
  t.match(cut.stdout, /\(and \d+ outside the common part\)/)

  const json4 = join(folder, 'a.json')
  t.equal((await defects('export', pairs, '--out', json4, '--action', 'set', '--set-value', '0')).code, 0)
  const again = await defects('export', json4, '--shape', '60x60', '--out', join(folder, 'b.csv'))
  t.match(again.stderr, /Set 225\) is not kept/)
  const noted = await defects('import', json4, '--shape', '60x60', '--into', join(folder, 'c.txt'), ...WHY)
  t.match(noted.stderr, /is not kept/)
  t.match(await readFile(join(folder, 'c.txt'), 'utf8'), /\nserial unknown\n/)
  t.equal((await defects('import', pairs, '--into', join(folder, 'd.txt'), ...WHY)).code, 0)
  t.match(await readFile(join(folder, 'd.txt'), 'utf8'), /\nserial "SN1"\nfactory add rectangle 1\.\.3 1\.\.3 dead 2026-01-01/)
  t.equal((await defects('list', json4, '--shape', '60x60', '--entries')).stdout, '', 'a map without layers has no entries')
  t.match(await json('list', json4, '--shape', '60x60', '--entries'), { found: null, layers: null, serialNumber: null })

  const merged = join(folder, 'm.defects')
  t.equal((await defects('merge', pairs, none, '--out', merged)).code, 0)
  t.match(await readFile(merged, 'utf8'), /^serial "SN1"$/m)
  const other = await write('other.defects', '"SN2"', 'point 0 0 dead')
  t.equal((await defects('merge', pairs, other, '--out', merged, '--force')).code, 0)
  t.match(await readFile(merged, 'utf8'), /^serial unknown$/m, 'of two panels the result is of none')

  const grade = join(folder, 'grade.json')
  await writeFile(
    grade,
    JSON.stringify({
      schema: 'flatpanel.grade/1',
      name: 'ours',
      source: 'the lab',
      zones: { rimPixels: 0, centre: [100, 100] },
      limits: [
        { figure: 'badPercent', zone: 'centre', max: 1 },
        { figure: 'localPixels', window: 5, zone: 'general', max: 3 }
      ]
    })
  )
  const graded = await defects('grade', pairs, '--grade', grade)
  t.match(graded.stdout, /after: the lab/)
  t.match(graded.stdout, /UNKNOWN {2}centre {3}unknown {2}<= 1 % .*: a central zone of 100 x 100 px\s+does not fit/)
  t.match(graded.stdout, /FAIL +general +\d+ +<= 3 .*, the\s+worst\s+at\s+row\s+\d+,\s+column\s+\d+/)
})

t.test('a new calibration keeps what people entered, when told', async (t) => {
  const folder = t.testdir()
  await writeStacks(folder, { rows: 48, cols: 40, checks: 1 })
  const path = join(folder, 'SN1.nxs')
  const calibrate = (...more: string[]): Promise<CommandResult> =>
    runCommand([
      'calibrate',
      '--dark',
      join(folder, 'darks'),
      '--flat',
      join(folder, 'flats'),
      '--out',
      path,
      '--bits',
      '14',
      '--serial',
      'SN1',
      ...more
    ])
  t.equal((await calibrate()).code, 0)
  t.equal((await defects('add', path, '7,8', '--class', 'unstable', ...WHY)).code, 0)
  const { code, stderr } = await calibrate('--force', '--keep-defects', path)
  t.equal(code, 0, stderr)
  const kept = await loadCalibration(path)
  t.equal(kept.defects.data[7 * 40 + 8] & (user | DEFECT_FLAGS.unstable), user | DEFECT_FLAGS.unstable)
  t.match(kept.provenance, { keptDefects: { file: path, factoryEntries: 0, userEntries: 1 } })
  const dropped = await calibrate('--force')
  t.match(
    dropped.stderr,
    /warning: the calibration that is replaced has defects entered by people \(0 factory and 1 user entries\); --keep-defects would keep them/
  )
  t.notOk('layers' in (await loadCalibration(path)))
  await writeFile(join(folder, 'other.defects'), 'flatpanel.defects/1\nshape 48 40\nserial "SN2"\n')
  t.match(
    (await calibrate('--force', '--keep-defects', join(folder, 'other.defects'))).stderr,
    /ERR_CALIBRATION: .*those of panel SN1, received those of panel SN2/
  )
})

t.test('help says what to type; arguments are refused before anything is read', async (t) => {
  const help = await defects('--help')
  t.equal(help.code, 0)
  for (const name of ['list', 'add', 'remove', 'merge', 'compare', 'grade', 'export', 'import']) {
    t.match(help.stdout, new RegExp(`^ {2}${name} `, 'm'))
    const page = await defects(name, '--help')
    t.equal(page.code, 0)
    t.match(page.stdout, /--json/)
    const longest = Math.max(...page.stdout.split('\n').map((line) => line.length))
    t.ok(longest <= 110, `${name}: lines of ${longest}`)
  }
  const shape = [30, 40] as const
  t.strictSame(parseDefectArea('12,34')(shape), { row: 12, col: 34, rows: 1, cols: 1 })
  t.strictSame(parseDefectArea('10..12, 20..23')(shape), { row: 10, col: 20, rows: 3, cols: 4 })
  t.strictSame(parseDefectArea('*,5')(shape), { row: 0, col: 5, rows: 30, cols: 1 })
  t.strictSame(parseDefectArea('3,..')(shape), { row: 3, col: 0, rows: 1, cols: 40 })
  for (const wrong of ['', '1', '1,2,3', '-1,2', '5..3,1', '1...2,3', 'a,b'])
    t.throws(() => parseDefectArea(wrong), { code: 'commander.invalidArgument' }, wrong)
  t.strictSame(
    [parseDefectShape('2000x1600'), parseDefectOrigin('200,-3'), parseDefectClasses('line,dead'), parseDefectDate('2026-11-21')],
    [[2000, 1600], [200, -3], ['dead', 'line'], '2026-11-21']
  )
  for (const wrong of [
    () => parseDefectShape('2000'),
    () => parseDefectOrigin('1'),
    () => parseDefectClasses(''),
    () => parseDefectDate('21.11.2026')
  ])
    t.throws(wrong, { code: 'commander.invalidArgument' })
})
