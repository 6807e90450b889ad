import t from 'tap'
import { DEFECT_FLAGS } from '../../../lib/maps/defect-flags.js'
import { checkLimits } from '../../../lib/quality/limits/check-limits.js'
import { compareCalibrations } from '../../../lib/quality/compare-calibrations.js'
import { METRIC_NAMES } from '../../../lib/quality/limits/metrics.js'
import { summarizeCalibration } from '../../../lib/quality/summarize-calibration.js'
import { formatNumber, formatQuantity } from '../../../lib/report/format-number.js'
import { formatTable } from '../../../lib/report/blocks/format-table.js'
import { renderText } from '../../../lib/report/blocks/render-text.js'
import { reportCalibration } from '../../../lib/report/report-calibration.js'
import { reportChanges } from '../../../lib/report/report-changes.js'
import { reportVerification } from '../../../lib/report/report-verification.js'
import { knownNoiseCalibration } from '../../fixtures/known-noise-calibration.js'
import type { Limits } from '../../../lib/quality/limits/limits.js'
import type { VerificationReport } from '../../../lib/quality/verification/verification-report.js'

t.test('numbers have sensible digits', async (t) => {
  const cases: [number | null, string][] = [
    [null, 'unknown'],
    [0, '0'],
    [-3, '-3'],
    [9437184, '9437184'],
    [12345678901, '12345678901'],
    [0.2138, '0.2138'],
    [0.21384, '0.2138'],
    [1.00004, '1.000'],
    [1234.56, '1235'],
    [-12.3456, '-12.35'],
    [0.000123456, '0.0001235'],
    [0.0000123456, '1.235e-5'],
    [1.5e9 + 0.5, '1.500e+9'],
    [NaN, 'NaN'],
    [Infinity, 'Infinity']
  ]
  for (const [value, text] of cases) t.equal(formatNumber(value), text)
  t.equal(formatNumber(12.3456, 3), '12.3')
  t.equal(formatQuantity(12.5, 'DN', 3), '12.5 DN')
  t.equal(formatQuantity(12.5, '', 3), '12.5')
  t.equal(formatQuantity(null, 'DN'), 'unknown')
})

t.test('columns line up; no trailing space', async (t) => {
  t.equal(
    formatTable(
      [
        ['a', '1', 'x'],
        ['longer', '22'],
        ['µ', '333', 'yy']
      ],
      { align: ['left', 'right'] }
    ),
    '  a         1  x\n  longer   22\n  µ       333  yy'
  )
  t.equal(formatTable([['a', 'b']], { indent: 0, gap: 1 }), 'a b')
  t.equal(formatTable([]), '')
})

const unknown = (name: string) => ({ name, value: null, unit: 'DN', reason: 'one flat has no pair' })
const report: VerificationReport = {
  schema: 'flatpanel.verify/1',
  calibration: { serialNumber: 'SN7', created: null, shape: [10, 10], darkFrames: 3, flatFrames: 4, badPixels: 2 },
  flats: [
    {
      index: 0,
      name: 'a.tif',
      sha256: null,
      newDefects: [],
      figures: [
        { name: 'cvPercent', value: 0.2138, unit: '%' },
        { name: 'newDefects', value: 3, unit: 'pixels' }
      ]
    },
    { index: 1, name: null, sha256: null, newDefects: [], figures: [{ name: 'cvPercent', value: 0.5, unit: '%' }] }
  ],
  overall: {
    frames: 2,
    figures: [{ name: 'cvPercent', value: 0.3569, unit: '%' }, unknown('temporalNoiseDn')],
    newDefects: [{ row: 5, col: 17, valueDn: 900, deviationPercent: -12.345, limitPercent: 1 }]
  },
  warnings: ['a.tif is one of the flats']
}

t.test('a verification: figures, reasons, flats, defects, warnings', async (t) => {
  const text = renderText(reportVerification(report), { verbose: true })
  t.match(text, /^verified 2 flats of panel SN7: no limits were given\n/)
  t.match(text, /\n {2}cvPercent +0\.3569 % {2}coefficient of variation/)
  t.match(text, /\n {2}temporalNoiseDn +unknown +temporal noise of one flat, from pairs: one flat\n +has no pair\n/)
  t.match(text, /\n {2}a\.tif +unknown +0\.2138 +unknown +3 +unknown +unknown\n/)
  t.match(text, /\n {2}flat 2 +unknown +0\.5000 /)
  t.match(text, /\nnew defects on the mean of the flats, worst first\n {2}\[5, 17\] {2}-12\.3 % {2}limit 1 %\n/)
  t.match(text, /\nwarnings\n {2}- a\.tif is one of the flats$/)
  t.notMatch(text, /NaN|undefined|null| \n/)
  const overall = { ...report.overall, frames: 1, newDefects: [] }
  const plain = { ...report, warnings: [], calibration: { ...report.calibration, serialNumber: null }, overall }
  t.match(renderText(reportVerification(plain)), /^verified 1 flat of a panel of unknown serial number/)
  t.notMatch(renderText(reportVerification(plain)), /warnings|worst first/)
})

t.test('a verification with limits: the verdict comes first, the missed ones next', async (t) => {
  const check = (limits: object) =>
    renderText(reportVerification(report, checkLimits(report, { schema: 'flatpanel.limits/1', limits: limits as Limits['limits'] })))
  t.match(
    check({ cvPercent: { max: 1 } }),
    /^PASSED: 2 flats of panel SN7, all 3 limits met\n\nlimits\n {2}verdict {2}metric +where +figure {2}limit\n {2}PASS +cvPercent +overall +0\.3569 % {2}at most 1\n/
  )
  const failed = check({ cvPercent: { min: 0.1, max: 0.4 }, temporalNoiseDn: { max: 3 }, newDefects: { min: 4 } })
  t.match(failed, /^FAILED: 2 flats of panel SN7, 3 of 5 limits missed\n\nlimits\n/)
  t.match(failed, /\n {2}FAIL +cvPercent +flat 2 +0\.5000 % {2}at least 0\.1000 and at most\n +0\.4000\n/)
  t.match(failed, /\n {2}UNKNOWN +temporalNoiseDn +overall +unknown {2}at most 3; cannot be known: one\n +flat has no pair\n/)
  t.match(failed, /\n {2}FAIL +newDefects +a\.tif +3 pixels {2}at least 4\n/)
  t.match(check({}), /the limits name no metric/)
  const baseline = { calibration: { serialNumber: 'SN7' }, overall: { figures: [{ name: 'cvPercent', value: 0.3, unit: '%' }] } }
  const limits = { schema: 'flatpanel.limits/1', limits: { cvPercent: { maxChange: 0.01, maxChangePercent: 30 } } } as const
  const changed = renderText(reportVerification(report, checkLimits(report, limits, { baseline })))
  t.match(
    changed,
    /\n {2}FAIL +cvPercent +overall +0\.3569 % {2}change at most 0\.01000 % and change at\s+most 30 % of the baseline \(changed by\s+0\.05690 % from 0\.3000 %, by 18\.97 % of\s+it\)\n/
  )
  t.ok(METRIC_NAMES.includes('cvPercent'))
})

t.test('a calibration: what is known, what is not', async (t) => {
  const base = knownNoiseCalibration({ shape: [10, 10], level: 1000 }, { pixelPitch: [0.148, 0.148] })
  base.defects.data.set([DEFECT_FLAGS.dead | DEFECT_FLAGS.cluster, DEFECT_FLAGS.dead])
  const frame = { name: 'x.tif', sha256: null, verdict: 'dropped', reason: 'beam on' } as const
  const stacks = [
    { role: 'dark' as const, level: 0, frames: [{ index: 4, ...frame }], kept: 0, combine: 'mean', passes: 1 },
    { role: 'flat' as const, level: 2, frames: [{ index: 5, ...frame, name: null, reason: null }], kept: 0, combine: 'median', passes: 2 }
  ]
  const full = { ...base, provenance: { ...base.provenance, stacks, warnings: ['one dark'] } }
  const text = renderText(reportCalibration(full, summarizeCalibration(full)))
  t.match(text, /^calibration of panel SN1234 µ, 10 x 10 pixels: 2 bad pixels \(2 %\), 1 warning\n/)
  t.match(text, /\n {2}mode +binning 1x1, integrationTime 100\.5\n {2}beam +70 kV, filter 21 mm Al/)
  t.match(text, /\n {2}temperature +unknown\n {2}pixel pitch +0\.1480 x 0\.1480 mm\n {2}saturation +16383 DN\n {2}reference +1000 DN\n/)
  t.match(text, /\n {2}darks +0 of 1 kept {2}mean +1 pass\n {2}flats, level 2 {2}0 of 1 kept {2}median {2}2 passes\n/)
  t.match(text, /\ndropped frames\n {2}- dark 4, x\.tif: beam on\n {2}- flat \(level 2\) 5: no reason recorded\n/)
  t.match(text, /\n {2}noise in the dark +3 +3 +3 {2}DN\n/)
  t.match(text, /\n {2}one sigma of the gain +none\n/)
  t.match(
    text,
    /\ndefects: 2 of 100 pixels \(2 %\), 98 good; a pixel of several\s+classes\s+counts\s+in\s+each\n {2}dead or stuck +2 {2}2 %\n {2}member of a cluster +1 {2}1 %\n\nwarnings\n {2}- one dark$/
  )
  t.notMatch(text, /NaN|undefined|null/)

  const bare = {
    ...knownNoiseCalibration({ shape: [2, 2], level: 1000 }),
    serialNumber: null,
    localName: null,
    saturation: null
  }
  const provenance = { ...bare.provenance, created: null, mode: {}, kilovolts: null, filter: null, temperature: 31 }
  bare.defects.data[0] = DEFECT_FLAGS.hot
  const short = renderText(reportCalibration({ ...bare, provenance }, summarizeCalibration({ ...bare, provenance })))
  t.match(short, /^calibration of a panel of unknown serial number, 2 x 2 pixels: 1 bad pixel\n {2}\(25 %\), no warnings\n/)
  t.match(
    short,
    /\n {2}created +unknown\n.*\n {2}mode +unknown\n {2}beam +unknown\n {2}temperature +31 degC\n {2}pixel pitch +unknown\n {2}saturation +unknown\n/
  )
  t.notMatch(short, /\n {2}name /)
  const half = { ...bare, provenance: { ...provenance, filter: 'Cu' } }
  t.match(
    renderText(reportCalibration(half, { ...summarizeCalibration(half), warnings: ['a', 'b'] })),
    /, 2 warnings\n[^]*kV unknown, filter Cu/
  )
  bare.defects.data[0] = 0
  t.match(
    renderText(reportCalibration(half, summarizeCalibration({ ...half, provenance: { ...provenance, kilovolts: 70, filter: null } }))),
    /\ndefects: 0 of 4 pixels \(0 %\), 4 good$/
  )
  const noFilter = { ...half, provenance: { ...provenance, kilovolts: 70, filter: null } }
  t.match(renderText(reportCalibration(noFilter, summarizeCalibration(noFilter))), /70 kV, filter unknown/)
})

t.test('changes between calibrations', async (t) => {
  const base = knownNoiseCalibration({ shape: [10, 10], level: 1000 })
  const errors = { data: new Float32Array(100).fill(0.3), shape: base.shape }
  const next = {
    ...knownNoiseCalibration({ shape: [10, 10], level: 1100 }),
    offset: { data: new Float32Array(100).fill(1.5), shape: base.shape },
    offsetErrors: errors
  }
  next.defects.data[3] = DEFECT_FLAGS.noisy
  const text = renderText(reportChanges(compareCalibrations({ ...base, offsetErrors: errors }, next)))
  t.match(text, /^1 new bad pixels, 0 healed, 0 persisting since 2026-11-21T02:15:00\.000Z\n/)
  t.match(
    text,
    /\n {2}offset drift +1\.50 DN \(0\.500 of the dark noise\)\n {2}offset pattern +sd 0 DN \(noise of the two maps alone: 0\.424 DN\)\n/
  )
  t.match(text, /\n {2}gain change +0 %\n {2}gain pattern +sd 0 %\n {2}reference +10\.0 % \(the level of the flats\)\n/)
  t.match(text, /\n {2}defects +new {2}healed {2}persisting\n {2}noisy +1 +0 +0$/)
  const unknown = { ...base, noise: null, serialNumber: null, provenance: { ...base.provenance, created: null } }
  const same = renderText(reportChanges({ ...compareCalibrations(unknown, unknown), warnings: ['w'] }))
  t.match(same, /^0 new bad pixels, 0 healed, 0 persisting since an unknown date/)
  t.match(same, /\n {2}before +unknown date, panel unknown\n/)
  t.match(same, /\n {2}offset drift +0 DN\n/)
  t.match(same, /\(the level of the flats\)\n\nwarnings\n {2}- w$/)
})
