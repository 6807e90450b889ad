import { readFileSync } from 'node:fs'
import t from 'tap'
import { z } from 'zod'
import { DEFECT_FLAGS } from '../../../../lib/maps/defect-flags.js'
import { gradeDefects } from '../../../../lib/quality/defects/grade-defects.js'
import { gradeSchema } from '../../../../lib/quality/defects/grade-schema.js'
import { GRADES } from '../../../../lib/quality/defects/grades.js'
import { measureLocalDensity } from '../../../../lib/quality/defects/measure-local-density.js'
import { parseGrade } from '../../../../lib/quality/defects/parse-grade.js'
import { readBadPixelXml } from '../../../fixtures/read-bad-pixel-xml.js'
import { needsSharedData, sharedData } from '../../../fixtures/shared-data.js'
import type { DefectMap } from '../../../../lib/maps/maps.js'
import type { GradeLimit } from '../../../../lib/quality/defects/grade.js'

type Block = readonly [row: number, col: number, rows: number, cols: number]

/** A panel with bad rectangles. */
function panel(rows: number, cols: number, ...blocks: readonly Block[]): DefectMap {
  const data = new Uint32Array(rows * cols)
  for (const [top, left, height, width] of blocks) {
    for (let row = top; row < top + height; row++) data.fill(DEFECT_FLAGS.noisy, row * cols + left, row * cols + left + width)
  }
  return { data, shape: [rows, cols] }
}

/** Things in rows and columns of a grid of 20 px, from (10, 10). */
function many(count: number, ...things: readonly Block[]): Block[] {
  return Array.from({ length: count }, (_, k) => [10 + 20 * Math.floor(k / 90), 10 + 20 * (k % 90)] as const).flatMap(([row, col]) =>
    things.map(([down, right, rows, cols]): Block => [row + down, col + right, rows, cols])
  )
}

function grade(limits: readonly unknown[], zones: object = { rimPixels: 0 }): any {
  return { schema: 'flatpanel.grade/1', name: 'test', zones, limits }
}

t.test('every figure: what it counts, and its limit passes', async (t) => {
  // Rim 1 with a bad pixel; centre 20 x 20 from (30, 30). One cluster of 4 without, one of 9 with a kernel pixel (its middle and its sides: 5);
  // a column of 40 px through the centre; two columns of 12; a single pixel.
  const defects = panel(80, 80, [0, 40, 1, 1], [5, 5, 1, 4], [5, 20, 3, 3], [20, 40, 40, 1], [60, 10, 12, 2], [35, 35, 1, 1])
  const bad = 4 + 9 + 40 + 24 + 1
  const figures: [Partial<GradeLimit>, number, number | null][] = [
    [{ figure: 'badPixels' }, bad, 21],
    [{ figure: 'badPixels', class: 'noisy' }, bad, 21],
    [{ figure: 'badPixels', class: 'dead' }, 0, 0],
    [{ figure: 'badPercent' }, (100 * bad) / 78 ** 2, (100 * 21) / 400],
    [{ figure: 'isolatedPixels' }, 1, 1],
    // Of two columns all pixels are kernel ones, but the four ends, which have 5 good neighbours.
    [{ figure: 'kernelPixels' }, 5 + 20, 0],
    [{ figure: 'clusters' }, 3, 0],
    [{ figure: 'clusters', minimumPixels: 5 }, 2, 0],
    [{ figure: 'clusters', minimumPixels: 3, maximumPixels: 9 }, 2, 0],
    [{ figure: 'clusters', maximumPixels: 4 }, 1, 0],
    [{ figure: 'relevantClusters' }, 2, 0],
    [{ figure: 'relevantClusters', maximumPixels: 9 }, 1, 0],
    [{ figure: 'lines' }, 3, 1],
    [{ figure: 'segments' }, 1, 1],
    [{ figure: 'adjacentLines', minimumWidth: 2, maximumWidth: 2 }, 1, 0],
    [{ figure: 'adjacentLines', minimumWidth: 3 }, 0, 0],
    [{ figure: 'adjacentLines', minimumWidth: 1, maximumWidth: 4 }, 2, 1],
    [{ figure: 'groups', class: 'small' }, 1, 1],
    [{ figure: 'groups', class: 'medium' }, 1, 0],
    [{ figure: 'groups', class: 'large' }, 1, 0],
    [{ figure: 'groups', class: 'mega' }, 0, 0],
    [{ figure: 'localPixels', window: 5 }, 10, 5],
    [{ figure: 'localPercent', window: 5 }, 40, 20],
    [{ figure: 'localPixels', window: 1001 }, bad, 21]
  ]
  const zones = { rimPixels: 1, centre: [20, 20] }
  for (const [limit, general, centre] of figures) {
    const limits = [
      { ...limit, zone: 'general', max: general },
      { ...limit, zone: 'centre', max: centre }
    ]
    const check = gradeDefects(defects, grade(limits, zones))
    t.match(check, { grade: 'test', passed: true, missed: 0, rimBadPixels: 1 }, JSON.stringify(limit))
    t.strictSame(
      check.rows.map(({ value }) => value),
      [general, centre],
      check.rows[0].meaning
    )
    if (general === 0) continue
    const [row] = gradeDefects(defects, grade([{ ...limit, zone: 'general', max: general - 0.5 }], zones)).rows
    t.match(row, { verdict: 'fail', value: general, max: general - 0.5, zone: 'general', reason: null })
  }
  const { rows } = gradeDefects(
    defects,
    grade(
      [
        { figure: 'groups', class: 'large', zone: 'general', max: 0 },
        { figure: 'localPixels', window: 3, zone: 'general', max: 0 },
        { figure: 'relevantClusters', zone: 'general', max: 0 },
        { figure: 'clusters', minimumPixels: 3, maximumPixels: 9, zone: 'general', max: 9 },
        { figure: 'adjacentLines', minimumWidth: 3, maximumWidth: 4, zone: 'general', max: 9 },
        { figure: 'lines', zone: 'general', max: 9 }
      ],
      zones
    )
  )
  t.strictSame(
    rows.map(({ where }) => where),
    [
      { row: 5, col: 20, rows: 3, cols: 3 },
      { row: 5, col: 20, rows: 3, cols: 3 },
      { row: 60, col: 10, rows: 12, cols: 2 },
      { row: 5, col: 20, rows: 3, cols: 3 },
      null,
      null
    ],
    'the worst place'
  )
  t.strictSame(
    rows.map(({ meaning }) => meaning),
    [
      'groups of class large',
      'bad pixels in the worst 3 x 3',
      'relevant clusters',
      'clusters of 3 to 9 px',
      'groups of 3 to 4 lines side by side',
      'lines, one by one'
    ]
  )
})

t.test('the rim is not judged, the border and the mid-line are as asked', async (t) => {
  const defects = panel(60, 60, [0, 0, 6, 60], [0, 30, 60, 1])
  const lines = grade([{ figure: 'lines', zone: 'general', max: 1 }], { rimPixels: 6 })
  t.match(gradeDefects(defects, lines), { passed: true, rimBadPixels: 366, rows: [{ value: 1 }] })
  t.match(gradeDefects(defects, lines, { midline: 30 }), { passed: false, missed: 1, rows: [{ value: 2, verdict: 'fail' }] })
  const kernels = grade([{ figure: 'kernelPixels', zone: 'general', max: 0 }])
  t.match(gradeDefects(panel(9, 9, [0, 0, 1, 1]), kernels), { rows: [{ value: 1 }] })
  t.match(gradeDefects(panel(9, 9, [0, 0, 1, 1]), { ...kernels, outside: 'good' }), { rows: [{ value: 0 }] })
  t.throws(() => gradeDefects(panel(9, 9), lines), {
    code: 'ERR_OPTION',
    message: /"rimPixels": expected an integer from 0 to 4, received 6/
  })
})

t.test('a centre that does not fit cannot be known, and is missed', async (t) => {
  const check = gradeDefects(
    panel(100, 100),
    grade(
      [
        { figure: 'badPixels', zone: 'centre', max: 5 },
        { figure: 'localPixels', window: 3, zone: 'centre', max: 5 },
        { figure: 'badPixels', zone: 'general', max: 5 }
      ],
      { rimPixels: 2, centre: [97, 10] }
    )
  )
  t.match(check, { passed: false, missed: 2 })
  t.match(check.rows, [
    { verdict: 'unknown', value: null, reason: 'a central zone of 97 x 10 px does not fit inside the rim' },
    { verdict: 'unknown', value: null },
    { verdict: 'pass', value: 0 }
  ])
})

t.test('local density: as counted window by window', async (t) => {
  let state = 12345
  const data = Uint32Array.from({ length: 23 * 31 }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return state >>> 16 < 20000 ? DEFECT_FLAGS.dead : 0
  })
  const defects: DefectMap = { data, shape: [23, 31] }
  for (const [window, row, col, rows, cols] of [
    [5, 0, 0, 23, 31],
    [1, 3, 4, 9, 9],
    [7, 2, 3, 19, 24],
    [9, 4, 4, 6, 20],
    [50, 0, 0, 23, 31]
  ]) {
    const height = Math.min(window, rows)
    const width = Math.min(window, cols)
    let most = -1
    let place = [0, 0]
    for (let top = row; top <= row + rows - height; top++) {
      for (let left = col; left <= col + cols - width; left++) {
        let count = 0
        for (let k = 0; k < height * width; k++) if (data[(top + Math.floor(k / width)) * 31 + left + (k % width)] !== 0) count++
        if (count <= most) continue
        most = count
        place = [top, left]
      }
    }
    t.strictSame(measureLocalDensity(defects, window, { row, col, rows, cols }), {
      pixels: most,
      percent: (100 * most) / (height * width),
      region: { row: place[0], col: place[1], rows: height, cols: width }
    })
  }
})

t.test('nothing in a grade is passed over', async (t) => {
  const good = { figure: 'lines', zone: 'general', max: 3 }
  const fault = (json: unknown, message: RegExp) => t.throws(() => parseGrade(json), { code: 'ERR_OPTION', message })
  fault(null, /^grade: expected the schema flatpanel\.grade\/1, received \n/)
  fault({ ...grade([good]), colour: 'red' }, /Unrecognized key: "colour"/)
  fault(grade([{ ...good, minimumWidth: 2 }]), /Unrecognized key: "minimumWidth"[^]*limits\[0\]/)
  fault(grade([good, { ...good, figure: 'scratches' }]), /limits\[1\]/)
  fault(grade([{ figure: 'groups', class: 'huge', zone: 'general', max: 1 }]), /class/)
  fault(grade([{ ...good, zone: 'rim' }]), /zone/)
  fault(grade([{ figure: 'lines', zone: 'general' }]), /max/)
  fault(grade([{ ...good, max: -1 }]), /max/)
  fault(grade([{ ...good, max: null }]), /max/)
  fault(grade([]), /limits/)
  fault(grade([good], { rimPixels: 6, middle: 1 }), /Unrecognized key: "middle"/)
  fault(grade([good], {}), /rimPixels/)
  fault({ ...grade([good]), schema: 'flatpanel.grade/2' }, /flatpanel\.grade\/1/)
  fault(grade([good, { ...good, zone: 'centre' }]), /zone "centre", but zones has no centre[^]*limits\[1\]/)
  fault(
    grade([{ figure: 'adjacentLines', minimumWidth: 4, maximumWidth: 3, zone: 'general', max: 0 }]),
    /minimum <= maximum, received 4 and 3/
  )
  fault(grade([{ figure: 'clusters', maximumPixels: 5, minimumPixels: 6, zone: 'general', max: 0 }]), /received 6 and 5/)
  fault(grade([{ figure: 'localPixels', window: 2.5, zone: 'general', max: 0 }]), /window/)
  t.throws(() => gradeDefects(panel(9, 9), grade([{ ...good, figure: 'scratches' }])), { code: 'ERR_OPTION' }, 'written by hand')
  t.strictSame(parseGrade({ $schema: 'x', ...grade([good]) }), grade([good]))
})

t.test('the shipped tables: figures of the specification, files and schema as published', async (t) => {
  // XRD 1621 "underperforming pixel" specification: centre, general.
  const figures = (name: keyof typeof GRADES): unknown[] =>
    ['centre', 'general'].map((zone) => {
      const limits = GRADES[name].limits.filter((limit) => limit.zone === zone)
      const most = (figure: string, key?: string | number): number | undefined =>
        limits.find((limit) => limit.figure === figure && (key === undefined || Object.values(limit).includes(key)))?.max
      return [
        most('adjacentLines', 2),
        most('adjacentLines', 3),
        most('lines'),
        most('groups', 'mega'),
        most('groups', 'large'),
        most('groups', 'medium')
      ]
    })
  t.strictSame(figures('xrd1621-imaging'), [
    [4, 1, 8, 2, 15, 125],
    [8, 2, 20, 7, 40, 400]
  ])
  t.strictSame(figures('xrd1621-ct'), [
    [0, 0, 5, 0, 5, 50],
    [1, 0, 11, 1, 20, 200]
  ])
  for (const [name, table] of Object.entries(GRADES)) {
    const file = JSON.parse(readFileSync(`lib/quality/defects/grades/${name}.json`, 'utf8')) as { $schema: string }
    t.equal(file.$schema, '../grade.schema.json')
    t.strictSame(parseGrade(file), table, `${name}.json: to regenerate, write GRADES['${name}'] with "$schema" in front`)
  }
  const published = readFileSync('lib/quality/defects/grade.schema.json', 'utf8')
  const current = `${JSON.stringify(z.toJSONSchema(gradeSchema), null, 2)}\n`
  t.equal(published, current, 'to regenerate: write JSON.stringify(z.toJSONSchema(gradeSchema), null, 2) and a line feed')
})

t.test('panels at and beyond the limits of the imaging table', async (t) => {
  const imaging = GRADES['xrd1621-imaging']
  const verdicts = (...blocks: Block[]): string[] =>
    gradeDefects(panel(2048, 2048, ...blocks), imaging)
      .rows.filter(({ verdict }) => verdict !== 'pass')
      .map(({ zone, meaning }) => `${zone}: ${meaning}`)
  // Row 10 and on of the grid of 20 px: the central zone, rows and columns 512 to 1535, is not touched by the first 22 rows of 90.
  t.strictSame(verdicts(...many(400, [0, 0, 2, 2])), [])
  t.strictSame(verdicts(...many(401, [0, 0, 2, 2])), ['general: groups of class medium'])
  t.strictSame(verdicts(...many(40, [0, 0, 3, 3])), [])
  t.strictSame(verdicts(...many(41, [0, 0, 3, 3])), ['general: groups of class large'])
  t.strictSame(verdicts(...many(8, [0, 0, 5, 4])), ['general: groups of class mega'])
  t.strictSame(verdicts(...many(1, [0, 0, 7, 7])), ['general: groups of class beyond'])
  t.strictSame(verdicts([0, 0, 6, 2048], [0, 0, 2048, 6]), [], 'all of the rim')
  t.strictSame(verdicts(...many(8, [0, 0, 18, 2])), [], '8 pairs of lines, 16 lines')
  t.strictSame(verdicts(...many(9, [0, 0, 18, 2])), ['general: groups of 2 lines side by side'])
  t.strictSame(verdicts(...many(21, [0, 0, 11, 1])), ['general: lines, one by one'])
  t.strictSame(verdicts(...many(1, [0, 0, 18, 5])), ['general: groups of 5 or more lines side by side'])
  t.strictSame(verdicts(...many(5, [700, 700, 18, 2])), ['centre: groups of 2 lines side by side', 'centre: lines, one by one'])
  // 260 of 51 x 51: 65 groups of 4 would fit into no limit of their own; 260 singles on a grid of 3 px, 17 x 17 of them in a window.
  const singles = Array.from({ length: 289 }, (_, k): Block => [100 + 3 * Math.floor(k / 17), 100 + 3 * (k % 17), 1, 1])
  t.strictSame(verdicts(...singles.slice(0, 260)), [])
  t.strictSame(verdicts(...singles.slice(0, 261)), ['general: bad pixels in the worst 51 x 51'])
})

t.test('a real panel: what its known lines and its corner do', needsSharedData, async (t) => {
  const { defects } = readBadPixelXml(sharedData('perkinelmer-bpm', 'PerkinElmerFull_BadPixelMap_t2.bpm.xml'))
  const started = process.cpuUsage()
  const check = gradeDefects(defects, GRADES['xrd1621-ct'], { midline: 1000 })
  const { user, system } = process.cpuUsage(started)
  t.comment(`graded in ${(user + system) / 1000} ms of processor time`)
  const failed = check.rows.filter(({ verdict }) => verdict === 'fail').map(({ zone, meaning }) => `${zone}: ${meaning}`)
  // 12 columns of 340 px and more; a corner with thousands of bad pixels.
  for (const expected of ['general: lines, one by one', 'general: groups of class beyond', 'general: bad pixels in the worst 51 x 51']) {
    t.ok(failed.includes(expected), expected)
  }
  t.match(
    check.rows.find(({ limit }) => limit.figure === 'badPixels'),
    { value: 15879 - check.rimBadPixels, verdict: 'pass' }
  )
})
