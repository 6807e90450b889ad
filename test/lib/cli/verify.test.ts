import { copyFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createHash } from 'node:crypto'
import { findRepeatedName } from '../../../lib/jobs/verify/find-repeated-name.js'
import { documentsSchema } from '../../../lib/report/documents-schema.js'
import { version } from '../../../lib/version.js'
import { needsPython, runPython } from '../../fixtures/python.js'
import { runCommand } from '../../fixtures/run-command.js'
import { writeStacks } from '../../fixtures/write-stacks.js'

const folder = t.testdir()
const at = (...parts: string[]): string => join(folder, ...parts)
const verify = (...more: string[]) => runCommand(['verify', '--calibration', at('SN1.nxs'), '--flat', at('check'), ...more])
const document = async (...more: string[]): Promise<any> => JSON.parse((await verify(...more, '--json')).stdout)
const writeLimits = (limits: object, more: object = {}) =>
  writeFile(at('limits.json'), JSON.stringify({ schema: 'flatpanel.limits/1', ...more, limits }))

t.before(async () => {
  await writeStacks(folder, { rows: 64, cols: 64, darks: 8, flats: 8 })
  const calibrated = await runCommand([
    'calibrate',
    '--dark',
    at('darks'),
    '--flat',
    at('flats'),
    '--out',
    at('SN1.nxs'),
    '--bits',
    '14',
    '--serial',
    'SN1'
  ])
  if (calibrated.code !== 0) throw new Error(calibrated.stderr)
  await writeFile(at('baseline.json'), (await verify('--json')).stdout)
})

t.test('the document is that of the published schema, with limits, baseline, JUnit and log and without', async (t) => {
  const { data: plain, error } = documentsSchema['flatpanel.verify/1'].safeParse(await document())
  t.equal(error, undefined)
  t.match(plain, { limits: null, baseline: null, junit: null, log: null })
  await writeLimits({ noiseRatio: { min: 0.5, max: 2 }, meanDn: { maxChangePercent: 1 } }, { baseline: 'baseline.json' })
  const full = documentsSchema['flatpanel.verify/1'].parse(
    await document('--limits', at('limits.json'), '--junit', at('full.xml'), '--log', at('full.jsonl'))
  )
  t.match(full, {
    limits: { passed: true, missed: 0, warnings: [] },
    baseline: at('baseline.json'),
    junit: at('full.xml'),
    log: { file: at('full.jsonl'), tornLine: false }
  })
  // One row over all and one for each of two flats; the change is judged over all flats only.
  t.strictSame(
    full.limits!.rows.map(({ metric, where }) => [metric, where.replace(/.*c-/, '')]),
    [
      ['noiseRatio', 'overall'],
      ['noiseRatio', '1.tif'],
      ['noiseRatio', '2.tif'],
      ['meanDn', 'overall']
    ]
  )
  t.match(full.limits!.rows[3], { change: 0, changePercent: 0, verdict: 'pass' }, 'the same flats: no change')
})

t.test('a change from the baseline is missed: figure, limit and verdict in the table, exit 4', async (t) => {
  const baseline = JSON.parse(await readFile(at('baseline.json'), 'utf8'))
  const mean = baseline.overall.figures.find(({ name }: any) => name === 'meanDn')
  const now = mean.value
  mean.value = now / 1.1
  await writeFile(at('older.json'), JSON.stringify(baseline))
  await writeLimits({ meanDn: { maxChangePercent: 9.9 } })
  const missed = await verify('--limits', at('limits.json'), '--baseline', at('older.json'))
  t.equal(missed.code, 4)
  t.match(
    missed.stdout,
    /^FAILED: 2 flats of panel SN1, 1 of 1 limits missed\n\nlimits\n {2}verdict {2}metric +where +figure {2}limit\n {2}FAIL +meanDn +overall +\d+ DN {2}change at most 9\.900 % of the baseline\n +\(changed by [\d.]+ DN from \d+ DN, by\n +10\.00 % of it\)\n/
  )
  await writeLimits({ meanDn: { maxChangePercent: 10.1 } })
  t.equal((await verify('--limits', at('limits.json'), '--baseline', at('older.json'))).code, 0)
})

t.test('a figure that is missing misses its limit, and the reason is said', async (t) => {
  await writeLimits({ globalSnrNonUniformityPercent: { max: 50 } })
  const { code, stdout } = await verify('--limits', at('limits.json'))
  t.equal(code, 4)
  t.match(
    stdout,
    /\n {2}UNKNOWN +globalSnrNonUniformityPercent +overall +unknown {2}at most 50; cannot[^]*the\s+pixel\s+pitch\s+is\s+unknown\n/
  )
})

t.test('a baseline of another panel is refused, unless it is meant; one of another frame size always', async (t) => {
  const baseline = JSON.parse(await readFile(at('baseline.json'), 'utf8'))
  const of = async (calibration: object): Promise<string> => {
    await writeFile(at('other.json'), JSON.stringify({ ...baseline, calibration: { ...baseline.calibration, ...calibration } }))
    return at('other.json')
  }
  await writeLimits({ meanDn: { maxChange: 1 } })
  const argv = ['--limits', at('limits.json'), '--baseline']
  const refused = await verify(...argv, await of({ serialNumber: 'SN2' }))
  t.equal(refused.code, 3)
  t.match(refused.stderr, /ERR_CALIBRATION: baseline: expected a verification of panel SN1, received one of panel SN2/)
  t.notMatch(refused.stderr, /verifying flats/, 'before the work')
  const meant = await verify(...argv, await of({ serialNumber: 'SN2' }), '--any-panel')
  t.equal(meant.code, 0)
  t.match(meant.stdout, /warnings\n[^]*the baseline is of another panel, SN2\n/)
  const doubtful = await verify(...argv, await of({ serialNumber: null }))
  t.equal(doubtful.code, 0)
  t.match(doubtful.stdout, /the serial number of the panel of the baseline is unknown/)
  const binned = await verify(...argv, await of({ shape: [32, 32] }), '--any-panel')
  t.equal(binned.code, 3)
  t.match(binned.stderr, /ERR_SHAPE: baseline: expected frames of 64 x 64, received frames of 32 x 32/)
  await writeLimits({ meanDn: { max: 1e6 } })
  t.match((await verify(...argv, at('baseline.json'))).stdout, /no limit is on a change: the baseline was not used/)
})

t.test('limits and baselines that cannot be read are refused before the work', async (t) => {
  const refuse = async (code: number, error: RegExp, ...argv: string[]): Promise<void> => {
    const { code: received, stderr, stdout } = await verify(...argv)
    t.equal(received, code, stderr)
    t.match(stderr, error)
    t.notMatch(stderr, /verifying flats/)
    t.equal(stdout, '')
  }
  const limits = async (text: string): Promise<string> => {
    await writeFile(at('bad.json'), text)
    return at('bad.json')
  }
  const wrap = (inside: string): string => `{ "schema": "flatpanel.limits/1", "limits": ${inside} }`
  await refuse(2, /ERR_OPTION: .*bad\.json: expected limits as JSON, received /, '--limits', await limits('{'))
  await refuse(
    2,
    /expected limits with every name once, received "limits\.cvPercent" twice/,
    '--limits',
    await limits(wrap('{ "cvPercent": { "max": 1 }, "cvPercent": { "max": 9 } }'))
  )
  await refuse(
    2,
    /received "limits\.cvPercent\.max" twice/,
    '--limits',
    await limits(wrap('{ "cvPercent": { "max": 1, "m\\u0061x": 9 } }'))
  )
  await refuse(2, /limits: expected at least one limit, received none/, '--limits', await limits(wrap('{}')))
  await refuse(2, /limit "beauty": expected a metric: meanDn/, '--limits', await limits(wrap('{ "beauty": { "max": 1 } }')))
  await refuse(
    2,
    /limit "meanDn": expected a baseline to measure the change against, received none/,
    '--limits',
    await limits(wrap('{ "meanDn": { "maxChange": 1 } }'))
  )
  await refuse(
    2,
    /bad\.json: expected a document of flatpanel verify --json, received schema: /,
    '--limits',
    await limits(wrap('{ "meanDn": { "maxChange": 1 } }')),
    '--baseline',
    at('bad.json')
  )
  await refuse(
    2,
    /received Invalid input: expected object, received null/,
    '--limits',
    at('limits.json'),
    '--baseline',
    await limits('null')
  )
  await refuse(
    3,
    /ERR_IO: .*none\.json: expected a file of a baseline that can be read, received ENOENT/,
    '--limits',
    at('limits.json'),
    '--baseline',
    at('none.json')
  )
  await refuse(3, /expected a file of limits that can be read, of at most 67108864 bytes, received a folder/, '--limits', at('check'))
  for (const stray of [['--junit', at('x.xml')], ['--baseline', at('baseline.json')], ['--any-panel']]) {
    await refuse(2, new RegExp(`option "${stray[0]}": expected --limits with it, received none`), ...stray)
  }
  await limits(`\ufeff${wrap('{ "meanDn": { "min": 1 } }')}`)
  t.equal((await verify('--limits', at('bad.json'))).code, 0, 'a byte order mark is no fault')
})

t.test('a name given twice is found wherever it stands, and only then', async (t) => {
  for (const text of [
    '{}',
    '[]',
    '{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}',
    '{"a":"\\"a\\":","b":"{\\"b\\":1,\\"b\\":2}"}',
    '"a"',
    '{"a":{"x":1},"b":{"x":1}}'
  ]) {
    t.equal(findRepeatedName(text), null, text)
  }
  t.equal(findRepeatedName('{"a":[1,{"b":2,"c":{},"b" : 3}]}'), 'a.b')
  t.equal(findRepeatedName('{"a\\"":1, "a\\u0022":2}'), 'a"')
})

t.test('names that hold something else are never replaced or appended to', async (t) => {
  await writeLimits({ meanDn: { min: 1 } })
  await copyFile(at('check', 'c-1.tif'), at('frame.tif'))
  for (const name of ['SN1.nxs', 'limits.json', 'frame.tif', 'baseline.json']) {
    const before = await readFile(at(name))
    const junit = await verify('--limits', at('limits.json'), '--junit', at(name))
    t.equal(junit.code, 3)
    t.match(junit.stderr, /ERR_EXISTS: .*: expected a free name, or an XML file to replace, received a file that is no XML/)
    const log = await verify('--log', at(name))
    t.equal(log.code, 3)
    t.match(log.stderr, /ERR_FORMAT: .* at byte 0: expected a log whose lines begin with/)
    t.ok(before.equals(await readFile(at(name))), name)
  }
  t.equal((await verify('--limits', at('limits.json'), '--junit', at('check'))).code, 3)
  t.match(
    (await verify('--limits', at('limits.json'), '--junit', at('none', 'x.xml'))).stderr,
    /ERR_IO: .*none: expected a folder for the JUnit report/
  )
  const both = await verify('--limits', at('limits.json'), '--junit', at('both'), '--log', at('both'))
  t.equal(both.code, 2)
  t.match(both.stderr, /option "--log": expected another file than --junit/)
  t.notOk((await readdir(folder)).includes('both'))
})

t.test('JUnit: read by another program, a case for each verdict; an older report is replaced', needsPython('xml.etree'), async (t) => {
  await writeLimits({ noiseRatio: { min: 0.5, max: 2 }, cvPercent: { max: 1e-6 } })
  await writeFile(at('junit.xml'), '<?xml version="1.0"?><testsuites/>')
  const { code } = await verify('--limits', at('limits.json'), '--junit', at('junit.xml'))
  t.equal(code, 4)
  const program =
    'import sys, json, xml.etree.ElementTree as e; r = e.parse(sys.argv[1]).getroot(); print(json.dumps([[c.get("name"), [f.get("type") for f in c.findall("failure")]] for c in r.iter("testcase")]))'
  const name = (metric: string, flat: number) => `${metric} (${at('check', `c-${flat}.tif`)})`
  t.strictSame(runPython(program, at('junit.xml')), [
    ['noiseRatio (overall)', []],
    [name('noiseRatio', 1), []],
    [name('noiseRatio', 2), []],
    ['cvPercent (overall)', ['limit']],
    [name('cvPercent', 1), ['limit']],
    [name('cvPercent', 2), ['limit']]
  ])
  t.strictSame(
    (await readdir(folder)).filter((entry) => entry.endsWith('.tmp')),
    []
  )
})

t.test('the log gains one line a run: who, when, which calibration, which program, figures with units, the verdict', async (t) => {
  const log = at('qc.jsonl')
  await verify('--log', log)
  await writeLimits({ cvPercent: { max: 1e-6 }, noiseRatio: { min: 0.5 } })
  t.equal((await verify('--limits', at('limits.json'), '--log', log)).code, 4, 'a run that misses its limits is recorded too')
  const lines = (await readFile(log, 'utf8')).trimEnd().split('\n')
  const [first, second] = lines.map((line) => documentsSchema['flatpanel.qc-record/1'].parse(JSON.parse(line)))
  t.equal(lines.length, 2)
  const bytes = await readFile(at('SN1.nxs'))
  // The trailer of 64 bytes has the length of the header, which stands before it, at byte 24.
  const header = bytes.subarray(0, -64).subarray(-Number(bytes.readBigUInt64LE(bytes.length - 40)))
  const sha256 = createHash('sha256').update(header).digest('hex')
  t.match(first, { version, serialNumber: 'SN1', frames: 2, passed: null, missed: null, calibration: { file: at('SN1.nxs'), sha256 } })
  t.match(second, { passed: false, missed: 3 })
  t.ok(Math.abs(Date.parse(second.time) - Date.now()) < 60_000)
  const { overall, warnings } = await document()
  t.strictSame(second.figures, overall.figures)
  t.equal(second.warnings, warnings.length)
  t.match(
    second.figures.find(({ name }) => name === 'cvPercent'),
    { unit: '%' }
  )
  await writeFile(log, `${lines[0]}\n${lines[1].slice(0, 100)}`)
  const torn = await verify('--log', log, '--json')
  t.match(torn.stderr, /the last line was torn .*; it was closed, and flatpanel qc leaves it out/)
  t.match(JSON.parse(torn.stdout), { log: { tornLine: true } })
  t.equal((await readFile(log, 'utf8')).split('\n').length, 4)
  await mkdir(at('unwritable'))
  t.equal((await verify('--log', at('unwritable'))).code, 3)
  t.equal((await stat(at('unwritable'))).isDirectory(), true)
})

t.test('errors are documents too', async (t) => {
  for (const argv of [['--limits', at('nowhere.json')], ['--no-such-option'], ['--log', at('SN1.nxs')]]) {
    const { stdout } = await verify(...argv, '--json')
    const error = documentsSchema['flatpanel.error/1'].safeParse(JSON.parse(stdout))
    t.equal(error.error, undefined)
    t.equal(error.data?.schema, 'flatpanel.error/1')
  }
})
