import t from 'tap'
import { readDefects } from '../../../../lib/io/defects/read-defects.js'
import { DEFECT_FLAGS } from '../../../../lib/maps/defect-flags.js'
import type { DefectMap } from '../../../../lib/maps/maps.js'
import { compareDefects } from '../../../../lib/quality/defects/compare-defects.js'
import { needsSharedData, sharedData } from '../../../fixtures/shared-data.js'

const { dead, noisy, clusterKernel } = DEFECT_FLAGS

function draw(...rows: string[]): DefectMap {
  const letters: Record<string, number> = { '.': 0, '#': dead, n: noisy, b: dead | noisy, i: clusterKernel }
  return { data: Uint32Array.from(rows.join(''), (letter) => letters[letter]), shape: [rows.length, rows[0].length] }
}

t.test('new, healed and persisting, by class; clusters new and grown', async (t) => {
  const before = draw('#......#..', '..........', '..nn......', '..........', 'i.........')
  const after = draw('.......b..', '..........', '..nn#...##', '..........', '..........')
  const changes = compareDefects(before, after, { beforeDate: '2025-01-01', afterDate: '2025-04-11' })
  t.strictSame(changes.defects, { added: 3, healed: 1, persisting: 3 })
  t.strictSame(
    changes.classes,
    {
      dead: { added: 3, healed: 1, persisting: 1 },
      noisy: { added: 1, healed: 0, persisting: 2 },
      clusterKernel: { added: 0, healed: 1, persisting: 0 }
    },
    'each class by itself; a bit that only informs makes no pixel bad'
  )
  t.match(changes.newClusters, [{ name: /cluster2/, region: { row: 2, col: 8, rows: 1, cols: 2 }, pixels: 2, oldPixels: 0 }])
  t.match(changes.grownClusters, [{ region: { row: 2, col: 2, rows: 1, cols: 3 }, pixels: 3, oldPixels: 2 }])
  // 2,9 stands at the border with a bad neighbour: 4 good of 8. 2,8: 7 good.
  t.equal(changes.newKernelPixels, 1)
  t.match(changes.before, { date: '2025-01-01', badPixels: 4, notCompared: 0 })
  t.match(changes.after, { date: '2025-04-11', badPixels: 6, notCompared: 0 })
  // 100 days, 2 pixels more than 4: half of them in 100 days, 50 % * 365.25 / 100 per year.
  t.match(changes.growth, { days: 100, pixelsPerDay: 0.02 })
  t.ok(Math.abs(changes.growth!.percentPerYear! - 182.625) < 1e-9)
  t.equal(changes.recommendation.action, 'inspect')
  const same = compareDefects(after, after)
  t.match(same, {
    defects: { added: 0, healed: 0, persisting: 6 },
    newClusters: [],
    grownClusters: [],
    newLines: [],
    growth: null,
    recommendation: { action: 'keep' }
  })
})

t.test('the advice follows the rules, the gravest first; what is not known decides nothing', async (t) => {
  const none = draw(...new Array(40).fill('.'.repeat(40)))
  const dots = (count: number): DefectMap => {
    const data = new Uint32Array(1600)
    for (let k = 0; k < count; k++) data[(1 + 2 * Math.floor(k / 10)) * 40 + 2 + 2 * (k % 10)] = dead
    return { data, shape: [40, 40] }
  }
  const line = (col: number, rows: number, start = 3): DefectMap => {
    const data = new Uint32Array(1600)
    for (let row = start; row < start + rows; row++) data[row * 40 + col] = dead
    return { data, shape: [40, 40] }
  }
  const advice = (before: DefectMap, after: DefectMap, options = {}): string => compareDefects(before, after, options).recommendation.action
  t.equal(advice(none, dots(10)), 'keep', '10 new pixels are not more than 10')
  t.equal(advice(none, dots(11)), 'recalibrate')
  t.equal(advice(none, dots(11), { limits: { newPixels: 11 } }), 'keep')
  t.equal(advice(none, draw(...new Array(39).fill('.'.repeat(40)), '#'.padEnd(40, '.'))), 'recalibrate', 'a kernel pixel, in a corner')
  t.equal(advice(none, line(7, 11)), 'inspect', 'a new line')
  t.equal(advice(line(7, 20), line(7, 24)), 'keep', 'a line that grew is no new one; its ends are no new kernel pixels but one')
  t.equal(compareDefects(none, line(7, 11)).newLines.length, 1)
  t.strictSame(compareDefects(none, line(7, 12, 14), { midline: 20 }).newLines, [], 'six pixels on each side of the midline are no line')
  t.equal(advice(dots(1), dots(3), { beforeDate: '2025-01-01', afterDate: '2025-12-31' }), 'inspect', 'more than doubled within a year')
  const rules = compareDefects(none, dots(3), { beforeDate: '2025-01-01', afterDate: '2025-12-31' }).recommendation.rules
  t.match(
    rules.find(({ name }) => name === 'growthPercentPerYear'),
    { figure: null, exceeded: null, limit: 100 },
    'no percentage of none'
  )
})

t.test('maps of a region: where both cover the panel', async (t) => {
  const full = draw('#....', '.#..#', '..#..', '...#.')
  const crop = draw('#..', '.#.')
  const changes = compareDefects(full, crop, { origin: [1, 1] })
  t.strictSame(changes.common, { row: 1, col: 1, rows: 2, cols: 3 })
  t.strictSame(changes.defects, { added: 0, healed: 0, persisting: 2 })
  t.equal(changes.before.notCompared, 3)
  const reverse = compareDefects(crop, full, { origin: [-1, -1] })
  t.strictSame(
    [reverse.common, reverse.defects, reverse.after.notCompared],
    [{ row: 0, col: 0, rows: 2, cols: 3 }, { added: 0, healed: 0, persisting: 2 }, 3]
  )
  t.strictSame(compareDefects(full, crop, { origin: [3, 3] }).common, { row: 3, col: 3, rows: 1, cols: 2 }, 'hanging over')
  t.throws(() => compareDefects(full, crop), {
    code: 'ERR_SHAPE',
    message: /shape \[4, 5\], or its origin on the earlier map, received \[2, 3\]/
  })
  for (const origin of [
    [4, 0],
    [0, -3],
    [0.5, 0]
  ] as [number, number][])
    t.throws(() => compareDefects(full, crop, { origin }), { code: 'ERR_OPTION', message: /both maps have pixels in common/ })
  t.throws(() => compareDefects(full, full, { beforeDate: '2026-01-02', afterDate: '2026-01-01' }), {
    code: 'ERR_OPTION',
    message: /the earlier map first/
  })
  t.throws(() => compareDefects(full, full, { beforeDate: 'long ago', afterDate: '2026-01-01' }), { code: 'ERR_OPTION' })
  t.equal(compareDefects(full, full, { beforeDate: '2026-01-01', afterDate: '2026-01-01' }).growth, null)
})

t.test('a real panel at two dates, whole and cropped', needsSharedData, async (t) => {
  const map = async (name: string): Promise<DefectMap> => (await readDefects(sharedData('perkinelmer-bpm', `${name}.bpm.xml`))).defects
  const first = await map('PerkinElmerFull_BadPixelMap_t1')
  const second = await map('PerkinElmerFull_BadPixelMap_t2')
  const cropped = await map('PerkinElmerCropped_BadPixelMap_t2')
  // Counted by others from the same files: they share 9095 pixels, 356 healed, 6784 are new.
  const changes = compareDefects(first, second)
  t.strictSame(changes.defects, { added: 6784, healed: 356, persisting: 9095 })
  t.equal(changes.recommendation.action, 'inspect')
  // The crop begins at row 200, and has 8466 pixels in common with the earlier map.
  const crop = compareDefects(first, cropped, { origin: [200, 0] })
  t.strictSame([crop.defects.persisting, crop.after.badPixels, crop.after.notCompared], [8466, 8746, 0])
  t.equal(crop.newLines.length, 0, 'the lines were there before')
})
