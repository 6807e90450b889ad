import t from 'tap'
import { figureRows } from '../../../lib/report/figure-rows.js'
import { finiteDocument } from '../../../lib/jobs/measure/finite-document.js'
import { renderText } from '../../../lib/report/blocks/render-text.js'
import type { ReportSection } from '../../../lib/report/report-measurement.js'
import { reportMeasurement } from '../../../lib/report/report-measurement.js'
import { figureFields } from '../../../lib/report/schemas/figure-fields.js'
import { unitOf } from '../../../lib/quality/unit-of.js'

t.test('the unit is the ending of the name, the longer ending first', async (t) => {
  const units: [string, string][] = [
    ['meanDn', 'DN'],
    ['varianceDn2', 'DN^2'],
    ['npsDn2Mm2', 'DN^2 mm^2'],
    ['npsDn2Px2', 'DN^2 px^2'],
    ['nnpsMm2', 'mm^2'],
    ['mtf50PerMm', '1/mm'],
    ['mtf50PerPixel', '1/px'],
    ['cvPercent', '%'],
    ['systemGainDnPerElectron', 'DN/e-'],
    ['responsivityDnPerPhoton', 'DN/photon'],
    ['darkNoiseElectrons', 'e-'],
    ['darkCurrentFromMeanElectronsPerS', 'e-/s'],
    ['meanSlopeDnPerS', 'DN/s'],
    ['varianceSlopeDn2PerS', 'DN^2/s'],
    ['timeMs', 'ms'],
    ['ageHours', 'h'],
    ['airKermaUGy', 'uGy'],
    ['dynamicRangeDb', 'dB'],
    ['angleDegrees', 'degrees'],
    ['limitSigmas', 'sigma'],
    ['usedPixels', 'pixels'],
    ['snr', ''],
    ['rowRatio', '']
  ]
  t.strictSame(
    units.map(([name]) => [name, unitOf(name)]),
    units
  )
  t.equal(figureFields('meanDn').meanDn.description, 'DN')
  t.equal(figureFields('snr').snr.description, undefined)
})

t.test('rows of figures: value with unit, words, and the reason of what is unknown', async (t) => {
  const result = { meanDn: 1000, snr: null, orientation: 'vertical', noiseDn: NaN, unknown: { snr: 'the frames do not differ' } }
  t.strictSame(figureRows(result, { meanDn: 'mean', snr: 'SNR', orientation: 'direction', noiseDn: 'noise', absent: 'not there' }), [
    { name: 'meanDn', value: 1000, unit: 'DN', meaning: 'mean' },
    { name: 'snr', value: null, meaning: 'SNR', reason: 'the frames do not differ' },
    { name: 'orientation', value: 'vertical', unit: '', meaning: 'direction' },
    { name: 'noiseDn', value: null, meaning: 'noise', reason: 'not known' },
    { name: 'absent', value: null, meaning: 'not there', reason: 'not known' }
  ])
  const bare: object = { a: 1 }
  t.strictSame(figureRows(bare, { b: 'of a result without reasons' }), [
    { name: 'b', value: null, meaning: 'of a result without reasons', reason: 'not known' }
  ])
})

t.test('a document holds no NaN and no typed array, and says what was lost', async (t) => {
  const input = {
    level: NaN,
    known: 1,
    absent: undefined,
    none: null,
    words: 'x',
    list: [1, Infinity, { deep: -Infinity }],
    map: Float32Array.of(1, NaN, 2),
    unknown: { none: 'never measured', level: 'a better reason' }
  }
  const expected = {
    level: null,
    known: 1,
    none: null,
    words: 'x',
    list: [1, null, { deep: null, unknown: { deep: 'not a finite number' } }],
    map: [1, null, 2],
    unknown: {
      list: '1 of its values are not finite',
      map: '1 of its values are not finite',
      none: 'never measured',
      level: 'a better reason'
    }
  }
  t.strictSame(finiteDocument(input), expected)
  t.strictSame(JSON.parse(JSON.stringify(finiteDocument(input))), expected, 'what JSON makes of it')
  t.equal(finiteDocument(NaN), null)
  t.ok(Number.isNaN(input.level), 'the input is left alone')
})

t.test('a measurement as text: verdict, title, facts, sections that have rows, standard, warnings', async (t) => {
  const facts: [string, string][] = [
    ['frames', 'raw'],
    ['pixel pitch', '0.1 mm']
  ]
  const sections: ReportSection[] = [
    {
      kind: 'figures',
      title: 'figures',
      rows: [
        { name: 'meanDn', value: 10, unit: 'DN', meaning: 'mean' },
        { name: 'sdDn', value: 1, unit: 'DN', meaning: 'spread' }
      ]
    },
    { kind: 'table', title: 'nothing', rows: [] },
    {
      kind: 'table',
      title: 'curve',
      rows: [
        ['1', 'a'],
        ['10', 'b']
      ],
      align: ['right']
    }
  ]
  const blocks = reportMeasurement({
    title: 'noise from 1 file',
    verdict: { outcome: 'good', text: 'FINE' },
    facts,
    sections,
    standard: 'a standard',
    warnings: ['few frames']
  })
  t.equal(
    renderText(blocks),
    [
      'FINE',
      '',
      'noise from 1 file',
      '  frames       raw',
      '  pixel pitch  0.1 mm',
      '',
      'figures',
      '  meanDn  10 DN  mean',
      '  sdDn     1 DN  spread',
      '',
      'curve',
      '   1  a',
      '  10  b',
      '',
      'after: a standard',
      '',
      'warnings',
      '  - few frames'
    ].join('\n')
  )
  t.equal(
    renderText(reportMeasurement({ title: 'x', facts: [['a', 'b']], sections: [], standard: 's', warnings: [] })),
    'x\n  a  b\n\nafter: s'
  )
})
