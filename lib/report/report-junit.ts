import { version } from '../version.js'
import { describeLimit } from './describe-limit.js'
import { formatQuantity } from './format-number.js'
import type { LimitCheck, LimitVerdict } from '../quality/limits/check-limits.js'
import type { VerificationReport } from '../quality/verification/verification-report.js'

export interface ReportJunitOptions {
  /** When the verification ran. @default not said */
  readonly time?: Date | null
}

/**
 * Write a check of limits as JUnit XML for test systems: one test case per verdict, named `<metric> (<where>)`; a missed limit is a
 * failure of type `limit`, a figure that cannot be known one of type `unknown`. Times are 0: measuring is not timed.
 * @returns XML 1.0 in UTF-8, closed by a line feed; characters that XML cannot hold become U+FFFD
 * @see junit-10.xsd of the xUnit plug-in of Jenkins
 */
export function reportJunit(report: VerificationReport, check: LimitCheck, { time = null }: ReportJunitOptions = {}): string {
  const { serialNumber, created } = report.calibration
  const panel = serialNumber ?? 'unknown panel'
  const counts = { tests: check.rows.length, failures: check.missed, errors: 0 }
  // Readers of the format know no fractions of a second and no zone: UTC.
  const timestamp = time && time.toISOString().slice(0, 19)
  const suite = { name: `flatpanel verify ${panel}`, ...counts, skipped: 0, time: 0, ...(timestamp !== null && { timestamp }) }
  const properties = { version, serialNumber: panel, calibration: created ?? 'unknown date', flats: report.overall.frames }
  const names = uniqueNames(check.rows.map(({ metric, where }) => `${metric} (${where})`))
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${attributes({ ...counts, time: 0 })}>`,
    `  <testsuite ${attributes(suite)}>`,
    '    <properties>',
    ...Object.entries(properties).map(([name, value]) => `      <property ${attributes({ name, value })}/>`),
    '    </properties>',
    ...check.rows.map((row, i) => testCase(row, names[i], panel)),
    ...outputOf([...report.warnings, ...check.warnings]),
    '  </testsuite>',
    '</testsuites>',
    ''
  ].join('\n')
}

// Test systems follow a case by its name; two flats may be called the same.
function uniqueNames(names: readonly string[]): string[] {
  const seen = new Map<string, number>()
  return names.map((name) => {
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    return count === 1 ? name : `${name} #${count}`
  })
}

function testCase(row: LimitVerdict, name: string, panel: string): string {
  // What stands before the last dot is taken for a package.
  const classname = `flatpanel.verify.${panel.replaceAll('.', '_')}`
  const opening = `    <testcase ${attributes({ name, classname, time: 0 })}>`
  const measured = describeVerdict(row)
  if (row.verdict === 'pass') return `${opening}\n      <system-out>${escapeXml(measured)}</system-out>\n    </testcase>`
  const failure = attributes({ message: measured, type: row.verdict === 'fail' ? 'limit' : 'unknown' })
  return `${opening}\n      <failure ${failure}>${escapeXml(measured)}</failure>\n    </testcase>`
}

function describeVerdict(row: LimitVerdict): string {
  return `${row.metric}: ${formatQuantity(row.value, row.unit)}, limit: ${describeLimit(row)}${row.reason === null ? '' : `; ${row.reason}`}`
}

function outputOf(warnings: readonly string[]): string[] {
  return warnings.length === 0
    ? []
    : [`    <system-out>${escapeXml(warnings.map((warning) => `warning: ${warning}`).join('\n'))}</system-out>`]
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escapeXml(String(value))}"`)
    .join(' ')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\n': '&#10;',
  '\t': '&#9;',
  '\r': '&#13;'
}

// Names of files may hold anything; XML 1.0 has no way to write most control characters, lone surrogates, U+FFFE and U+FFFF.
function escapeXml(text: string): string {
  return text
    .replace(/[\0-\b\v\f\x0e-\x1f\ufffe\uffff\p{Surrogate}]/gu, '\ufffd')
    .replace(/[&<>"'\n\t\r]/g, (character) => ENTITIES[character])
}
