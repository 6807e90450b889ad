import t from 'tap'
import type { LimitCheck, LimitVerdict } from '../../../lib/quality/limits/check-limits.js'
import type { VerificationReport } from '../../../lib/quality/verification/verification-report.js'
import { reportJunit } from '../../../lib/report/report-junit.js'
import { version } from '../../../lib/version.js'
import { needsPython, runPython } from '../../fixtures/python.js'

const report: VerificationReport = {
  schema: 'flatpanel.verify/1',
  calibration: {
    serialNumber: 'SN.1 <&>"\'',
    created: '2026-11-21T02:15:00.000Z',
    shape: [4, 4],
    darkFrames: 8,
    flatFrames: 8,
    badPixels: 0
  },
  flats: [],
  overall: { frames: 2, figures: [], newDefects: [] },
  warnings: ['a ]]> b']
}

const row = (more: Partial<LimitVerdict>): LimitVerdict => ({
  metric: 'cvPercent',
  where: 'overall',
  value: 0.25,
  unit: '%',
  min: null,
  max: 1,
  maxChange: null,
  maxChangePercent: null,
  baseline: null,
  change: null,
  changePercent: null,
  verdict: 'pass',
  reason: null,
  ...more
})

const check: LimitCheck = {
  passed: false,
  missed: 2,
  rows: [
    row({}),
    row({
      where: 'f\u0000\u001b\ud800"\n<.tif',
      verdict: 'fail',
      max: null,
      maxChange: 0.01,
      baseline: 0.2,
      change: 0.05,
      changePercent: 25
    }),
    row({ where: 'same', value: null, verdict: 'unknown', reason: 'cannot be known: µ & <none>' }),
    row({ where: 'same' })
  ],
  warnings: ['the baseline is of another panel, SN2']
}

/** junit-10.xsd of the xUnit plug-in of Jenkins, as far as it concerns these elements: attributes (required ones first), children. */
const PROGRAM = `
import sys, json, re, xml.etree.ElementTree as e
S = {
 'testsuites': ([], ['name', 'time', 'tests', 'failures', 'errors'], ['testsuite']),
 'testsuite': (['name', 'tests', 'failures', 'errors'], ['group', 'time', 'skipped', 'timestamp', 'hostname', 'id', 'package', 'file', 'log', 'url'],
   ['testsuite', 'properties', 'testcase', 'system-out', 'system-err']),
 'properties': ([], [], ['property']), 'property': (['name', 'value'], [], []),
 'testcase': (['name'], ['time', 'classname', 'group'], ['skipped', 'error', 'failure', 'system-out', 'system-err']),
 'failure': ([], ['type', 'message'], []), 'system-out': ([], [], [])}
faults = []
def check(n):
  required, optional, children = S[n.tag]
  for a in required:
    if a not in n.attrib: faults.append('%s lacks %s' % (n.tag, a))
  for a in n.attrib:
    if a not in required + optional: faults.append('%s has %s' % (n.tag, a))
  if n.tag.startswith('testsuite') and not re.fullmatch(r'(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\\.[0-9]*)?', n.get('time', '0')): faults.append('time')
  for c in n:
    if c.tag not in children: faults.append('%s in %s' % (c.tag, n.tag))
    else: check(c)
root = e.fromstring(sys.argv[1].encode())
check(root)
suite = root[0]
print(json.dumps({'faults': faults, 'root': root.tag, 'suite': suite.attrib,
 'properties': {p.get('name'): p.get('value') for p in suite.iter('property')},
 'cases': [[c.get('name'), c.get('classname'), [[f.get('type'), f.get('message'), f.text] for c2 in [c] for f in c2.findall('failure')]] for c in suite.iter('testcase')],
 'out': suite.find('system-out').text}))
`

t.test('another program reads it, and finds what the schema of Jenkins allows', needsPython('xml.etree'), async (t) => {
  const read = runPython(PROGRAM, reportJunit(report, check, { time: new Date('2026-11-21T05:53:00.123Z') }))
  t.strictSame(read.faults, [])
  t.equal(read.root, 'testsuites')
  t.strictSame(read.suite, {
    name: 'flatpanel verify SN.1 <&>"\'',
    tests: '4',
    failures: '2',
    errors: '0',
    skipped: '0',
    time: '0',
    timestamp: '2026-11-21T05:53:00'
  })
  t.strictSame(read.properties, { version, serialNumber: 'SN.1 <&>"\'', calibration: '2026-11-21T02:15:00.000Z', flats: '2' })
  const classname = 'flatpanel.verify.SN_1 <&>"\''
  const changed = 'cvPercent: 0.2500 %, limit: change at most 0.01000 % (changed by 0.05000 % from 0.2000 %)'
  const unknown = 'cvPercent: unknown, limit: at most 1; cannot be known: µ & <none>'
  t.strictSame(read.cases, [
    ['cvPercent (overall)', classname, []],
    ['cvPercent (f\ufffd\ufffd\ufffd"\n<.tif)', classname, [['limit', changed, changed]]],
    ['cvPercent (same)', classname, [['unknown', unknown, unknown]]],
    ['cvPercent (same) #2', classname, []]
  ])
  t.equal(read.out, 'warning: a ]]> b\nwarning: the baseline is of another panel, SN2')
})

t.test('as a string', async (t) => {
  const xml = reportJunit(
    { ...report, warnings: [], calibration: { ...report.calibration, serialNumber: null, created: null } },
    { passed: true, missed: 0, rows: [row({})], warnings: [] }
  )
  t.equal(
    xml,
    [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<testsuites tests="1" failures="0" errors="0" time="0">',
      '  <testsuite name="flatpanel verify unknown panel" tests="1" failures="0" errors="0" skipped="0" time="0">',
      '    <properties>',
      `      <property name="version" value="${version}"/>`,
      '      <property name="serialNumber" value="unknown panel"/>',
      '      <property name="calibration" value="unknown date"/>',
      '      <property name="flats" value="2"/>',
      '    </properties>',
      '    <testcase name="cvPercent (overall)" classname="flatpanel.verify.unknown panel" time="0">',
      '      <system-out>cvPercent: 0.2500 %, limit: at most 1</system-out>',
      '    </testcase>',
      '  </testsuite>',
      '</testsuites>',
      ''
    ].join('\n')
  )
  const hostile = reportJunit(report, check)
  t.notMatch(hostile, /[\0-\x08\x0b\x0c\x0e-\x1f\ud800]/)
  t.notMatch(hostile, /\]\]>/, 'not allowed in text')
})
