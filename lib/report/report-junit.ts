import { describeLimit } from './describe-limit.js'
import { formatQuantity } from './format-number.js'
import type { LimitCheck, LimitVerdict } from '../quality/limits/check-limits.js'
import type { VerificationReport } from '../quality/verification/verification-report.js'

export interface ReportJunitOptions {
  /** When the verification ran, ISO 8601. @default none */
  readonly timestamp?: string | null
}

/**
 * Write a check of limits as JUnit XML for test systems: one test case per verdict, named `<metric> (<where>)`; a missed limit is a
 * failure of type `limit`, a figure that cannot be known one of type `unknown`. Times are 0: measuring is not timed.
 * @returns XML 1.0 in UTF-8, closed by a line feed; characters that XML cannot hold become U+FFFD
 * @see Apache Ant JUnit task, XML report format (JUnit.xsd of the Jenkins xUnit plug-in)
 */
export function reportJunit(report: VerificationReport, check: LimitCheck, { timestamp = null }: ReportJunitOptions = {}): string {
  const { serialNumber, created } = report.calibration
  const panel = serialNumber ?? 'unknown panel'
  const suite = attributes({
    name: `flatpanel verify ${panel}`,
    tests: check.rows.length,
    failures: check.missed,
    errors: 0,
    skipped: 0,
    time: 0,
    ...(timestamp !== null && { timestamp })
  })
  const properties = { serialNumber: panel, calibration: created ?? 'unknown date', flats: report.overall.frames }
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${attributes({ tests: check.rows.length, failures: check.missed, errors: 0, time: 0 })}>`,
    `  <testsuite ${suite}>`,
    '    <properties>',
    ...Object.entries(properties).map(([name, value]) => `      <property ${attributes({ name, value })}/>`),
    '    </properties>',
    ...check.rows.map(row => testCase(row, panel)),
    '  </testsuite>',
    '</testsuites>',
    ''
  ].join('\n')
}

function testCase(row: LimitVerdict, panel: string): string {
  const opening = `    <testcase ${attributes({ name: `${row.metric} (${row.where})`, classname: `flatpanel.verify.${panel}`, time: 0 })}`
  const measured = `${row.metric}: ${formatQuantity(row.value, row.unit)}, ${describeLimit(row)}${row.reason === null ? '' : `; ${row.reason}`}`
  if (row.verdict === 'pass') return `${opening}>\n      <system-out>${escapeXml(measured)}</system-out>\n    </testcase>`
  const failure = attributes({ message: measured, type: row.verdict === 'fail' ? 'limit' : 'unknown' })
  return `${opening}>\n      <failure ${failure}>${escapeXml(measured)}</failure>\n    </testcase>`
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escapeXml(String(value))}"`)
    .join(' ')
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;', '\n': '&#10;', '\t': '&#9;', '\r': '&#13;' }

// Names of files may hold anything; XML 1.0 has no way to write most control characters, lone surrogates, U+FFFE and U+FFFF.
function escapeXml(text: string): string {
  return text.replace(/[\0-\b\v\f\x0e-\x1f\ufffe\uffff\p{Surrogate}]/gu, '\ufffd').replace(/[&<>"'\n\t\r]/g, character => ENTITIES[character])
}
