import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { documentsSchema } from '../../../lib/report/documents-schema.js'
import { needsPython, runPython } from '../../fixtures/python.js'
import { runCommand } from '../../fixtures/run-command.js'

const folder = t.testdir()
const log = join(folder, 'qc.jsonl')
const qc = (...more: string[]) => runCommand(['qc', '--log', log, ...more])

const line = (day: number, cv: number | null, more: object = {}): string =>
  JSON.stringify({
    schema: 'flatpanel.qc-record/1',
    time: new Date(Date.UTC(2026, 0, 1 + day)).toISOString(),
    version: '1.0.0',
    serialNumber: 'SN1',
    calibration: { file: 'SN1.nxs', sha256: 'a', created: null },
    frames: 2,
    passed: null,
    missed: null,
    warnings: 0,
    figures: [{ name: 'cvPercent', value: cv, unit: '%' }],
    ...more
  })

/** Mean 1 %, sd sqrt(0.2 / 19) = 0.1026 %. */
const baseline = Array.from({ length: 20 }, (_, day) => line(day, day % 2 ? 1.1 : 0.9))
const write = (...more: string[]) => writeFile(log, [...baseline, ...more, ''].join('\n'))

t.test('in control: exit 0, a line for each metric; eight by default, the others have no figure', async (t) => {
  await write(line(20, 1.05))
  const { code, stdout, stderr } = await qc()
  t.equal(code, 0, stderr)
  t.match(
    stdout,
    /^IN CONTROL: 1 of 8 metrics judged, no alarm at the last run\n\n21 runs of panel SN1, 2026-01-01T00:00:00\.000Z to 2026-01-21T/
  )
  // z = 0.05 / 0.1026 = 0.487: EWMA 1 + 0.2 * 0.05 = 1.01, CUSUM 0 below the slack of 0.5.
  t.match(stdout, /\n {2}cvPercent +1\.050 % +in control\n/)
  t.match(
    stdout,
    /\n {2}noiseRatio +unknown +not judged: a baseline of 20 values\s+is\s+needed,\s+there\s+are\s+0\s+\(21\s+runs\s+without\s+it\)\n/
  )
  t.notMatch(stdout, /alarms|NaN|undefined/)
})

t.test('a step: alarm at the last run, exit 4; the alarms with their runs', async (t) => {
  // 2 sd up: EWMA 0.4, 0.72, 0.976, 1.1808 sd; CUSUM 1.5, 3, 4.5, 6: both at the fourth run.
  const up = 1 + 2 * Math.sqrt(0.2 / 19)
  await write(...[20, 21, 22, 23].map((day) => line(day, up)))
  const { code, stdout } = await qc('--metric', 'cvPercent')
  t.equal(code, 4)
  t.match(stdout, /^ALARM: cvPercent \(1 of 1 metrics judged\)\n/)
  t.match(stdout, /ALARM of EWMA and CUSUM\n\nalarms\n {2}2026-01-24T00:00:00\.000Z {2}run 24 {2}cvPercent {2}1\.205 % {2}EWMA and CUSUM$/m)
  // Back below: c+ = 6 - 4 * 2.5 < 0, e = 1.1808 * 0.8^4 - 2 (1 - 0.8^4) = -0.697 sd.
  const down = 1 - 2 * Math.sqrt(0.2 / 19)
  await write(...[20, 21, 22, 23].map((day) => line(day, up)), ...[24, 25, 26, 27].map((day) => line(day, day < 26 ? down : 1)))
  const after = await qc('--metric', 'cvPercent')
  t.equal(after.code, 0)
  t.match(after.stdout, /^IN CONTROL AGAIN: 1 of 1 metrics judged.*\n[^]*in control, \d+ earlier alarms\n/)
  const any = await qc('--metric', 'cvPercent', '--any', '--json')
  t.equal(any.code, 4)
  t.match(JSON.parse(any.stdout), { alarm: true, charts: [{ alarm: null, inControl: false }] })
})

t.test('the document is that of the published schema', async (t) => {
  await write('{"schema":"flatpanel.qc-reco', line(20, null), line(21, 1))
  const { code, stdout } = await qc('--json')
  t.equal(code, 0)
  const { data, error } = documentsSchema['flatpanel.qc/1'].safeParse(JSON.parse(stdout))
  t.equal(error, undefined)
  t.match(data, {
    log,
    serialNumber: 'SN1',
    runs: 22,
    tornLines: [21],
    alarm: false,
    warnings: ['line 21 of the log is torn (a run was killed while it wrote): left out']
  })
  t.match(data!.charts[0], { metric: 'cvPercent', missingCount: 1, judgedCount: 1, baselineCount: 20 })
  t.equal(data!.charts[0].points.length, 22)
})

t.test('the published schemas, by another validator', needsPython('jsonschema'), async (t) => {
  await write(line(20, 1))
  const document = (await qc('--json')).stdout
  const refused = (await qc('--json', '--metric', 'beauty')).stdout
  const program = `import sys, json, jsonschema
def faults(name, text):
  schema = json.load(open('lib/report/schemas/%s.json' % name))
  jsonschema.Draft202012Validator.check_schema(schema)
  return [e.message for e in jsonschema.Draft202012Validator(schema).iter_errors(json.loads(text))]
print(json.dumps([faults('qc', sys.argv[1]), faults('error', sys.argv[2]), faults('qc-record', sys.argv[3]), len(faults('qc', '{"schema":"flatpanel.qc/1"}')), faults('qc-record', sys.argv[3].replace('}]', '}],"later":1'))]))`
  const [good, error, record, bad, later] = runPython(program, document, refused, line(20, 1))
  t.strictSame([good, error, record], [[], [], []])
  t.ok(bad > 3, 'what is missing is named')
  t.strictSame(later, [], 'a field of a later version is no fault')
})

t.test('panels, moments and baselines are chosen', async (t) => {
  await write(line(20, 1), line(3, 5, { serialNumber: 'SN2' }), line(4, 5, { serialNumber: null }))
  const several = await qc()
  t.equal(several.code, 2)
  t.match(several.stderr, /ERR_OPTION: serial number: expected one of the panels in the log, received none; it holds SN1, SN2, unknown/)
  t.match((await qc('--serial', 'SN1')).stdout, /21 runs of panel SN1/)
  t.match(
    (await qc('--serial', 'unknown')).stdout,
    /^NOT JUDGED: no metric has a baseline and a run after it\n\n1 run of a panel of unknown serial number/
  )
  t.equal((await qc('--serial', 'SN9')).code, 3)
  t.match((await qc('--serial', 'SN1', '--since', '2026-01-11')).stdout, /11 runs of panel SN1, 2026-01-11T/)
  t.match((await qc('--serial', 'SN1', '--baseline', '21', '--verbose')).stdout, /21 \+\s/)
  for (const argv of [
    ['--since', 'yesterday'],
    ['--since', '2026-13-01'],
    ['--baseline', '19'],
    ['--metric', 'beauty']
  ]) {
    t.equal((await qc('--serial', 'SN1', ...argv)).code, 2, argv.join(' '))
  }
})

t.test('what is no log is refused', async (t) => {
  const refuse = async (content: string, error: RegExp): Promise<void> => {
    await writeFile(log, content)
    const { code, stderr } = await qc()
    t.equal(code, 3)
    t.match(stderr, error)
  }
  await refuse('kV 70\n', /ERR_FORMAT: .*qc\.jsonl at byte 0: expected a log whose lines begin with \{"schema":"flatpanel\.qc-record\/1"/)
  await refuse(
    `${line(0, 1)}\n{"schema":"flatpanel.qc-record/2"}\n`,
    /ERR_FORMAT: .*qc\.jsonl: expected lines of flatpanel verify --log, received line 2: schema: /
  )
  await refuse(`${line(0, 1)}\n12\n`, /received line 2: Invalid input: expected object/)
  await refuse('', /ERR_STACK: QC log: expected runs, received an empty log/)
  const missing = await runCommand(['qc', '--log', join(folder, 'none.jsonl')])
  t.equal(missing.code, 3)
  t.match(missing.stderr, /ERR_IO: .*none\.jsonl: expected a log that can be read, received no such file/)
})
