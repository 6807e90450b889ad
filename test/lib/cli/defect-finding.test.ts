import { join } from 'node:path'
import t from 'tap'
import { DEFECT_FLAGS } from '../../../lib/maps/defect-flags.js'
import { loadCalibration } from '../../../lib/io/load-calibration.js'
import { readDefectFinding } from '../../../lib/maps/read-defect-finding.js'
import { parseDefectRule } from '../../../lib/cli/parse-defect-rule.js'
import { parseReadout } from '../../../lib/cli/parse-readout.js'
import { createVirtualDetector } from '../../../lib/simulation/create-virtual-detector.js'
import { runCommand } from '../../fixtures/run-command.js'
import { writeStack } from '../../fixtures/write-stacks.js'

t.test('numbers of the rules as words', (t) => {
  t.strictSame(parseDefectRule('hotSigma=8', parseDefectRule('overResponse=none')), { overResponse: null, hotSigma: 8 })
  t.strictSame(parseDefectRule(' hotSigma = budget '), { hotSigma: 'budget' })
  for (const wrong of ['hotSigma', 'hot=3', '=3', 'toString=1'])
    t.throws(() => parseDefectRule(wrong), /--defect-rule takes key=value with a key of falsePixels, /)
  for (const wrong of ['hotSigma=', 'hotSigma=six', 'hotSigma=Infinity'])
    t.throws(() => parseDefectRule(wrong), /hotSigma takes a number, none, or budget/)
  t.strictSame(parseReadout('midline=512', parseReadout('chip-columns=128,midline=middle')), { chipColumns: 128, midline: 512 })
  t.strictSame(parseReadout('midline=middle'), { midline: true })
  for (const wrong of ['', 'chips=3', 'chip-columns=0', 'chip-columns', 'midline=-1', 'midline=half'])
    t.throws(() => parseReadout(wrong), /--readout takes/)
  t.end()
})

t.test('preset, numbers, layout, decay and halves reach the file and the report', async (t) => {
  const folder = t.testdir()
  const detector = createVirtualDetector({
    rows: 96,
    cols: 96,
    seed: 2,
    defects: [
      { class: 'lagging', row: 30, col: 30, strength: 10 },
      { class: 'dead', row: 60, col: 60 },
      { class: 'overResponding', row: 70, col: 20, strength: 1.45 }
    ]
  })
  await writeStack(join(folder, 'darks'), 'd', detector.darks(10))
  await writeStack(join(folder, 'flats'), 'f', detector.flats(10))
  await writeStack(join(folder, 'decay'), 'l', detector.decay(2))
  const out = join(folder, 'SN1.nxs')
  const words = [
    'calibrate',
    '--dark',
    join(folder, 'darks'),
    '--flat',
    join(folder, 'flats'),
    '--decay',
    join(folder, 'decay'),
    '--out',
    out,
    '--bits',
    '14'
  ]
  const { code, stdout, stderr } = await runCommand([
    ...words,
    '--defects-preset',
    'e2597',
    '--defect-rule',
    'overResponse=1.5',
    '--defect-rule',
    'nonUniformDeviation=0.05',
    '--readout',
    'chip-columns=48,midline=middle',
    '--split-half'
  ])
  t.equal(code, 0, stderr)
  t.match(stdout, /defects found by preset e2597 \(classes and thresholds after ASTM E2597/)
  t.match(stdout, /changed +overResponse 1\.5[^]*, nonUniformDeviation\s+0\.05/)
  t.match(stdout, /panel layout +read-out chips of 48 columns, lower half from row 48/)
  t.match(stdout, /repeatability: found from even and from odd frames alone/)
  t.match(stdout, /darks: 10 frames, the rule of 6 x the median noise wants 30 to 100/, 'what the frames cannot support')
  const { defects, provenance } = await loadCalibration(out)
  t.ok(defects.data[30 * 96 + 30] & DEFECT_FLAGS.lagging, 'the lagging pixel')
  t.equal(defects.data[70 * 96 + 20] & DEFECT_FLAGS.overResponding, 0, 'below the limit given')
  t.match(readDefectFinding(provenance), {
    preset: 'e2597',
    overrides: { overResponse: 1.5, nonUniformDeviation: 0.05 },
    midline: 48,
    splitHalf: { classes: { dead: { both: 1 } } }
  })
  const inspected = await runCommand(['inspect', out])
  t.match(inspected.stdout, /defects found by preset e2597/)

  const again = await runCommand([...words.slice(0, 5), ...words.slice(7), '--force', '--json'])
  t.equal(again.code, 0, again.stderr)
  t.match(JSON.parse(again.stdout).provenance.defectFinding, { preset: 'general', overrides: {}, splitHalf: null, chipColumns: null })

  const usage = async (...more: string[]): Promise<void> =>
    void t.equal((await runCommand([...words, '--force', ...more])).code, 2, more.join(' '))
  await usage('--defects-preset', 'astm')
  await usage('--defect-rule', 'hotSigmas=3')
  await usage('--readout', 'midline=')
  const refused = await runCommand([...words, '--force', '--defect-rule', 'overResponse=0.5'])
  t.strictSame(
    [refused.code, refused.stderr.match(/ERR_OPTION: option "overResponse": expected a number above 1, received 0.5/)?.length],
    [2, 1]
  )
  const twice = await runCommand([...words, '--force', '--decay', join(folder, 'flats')])
  t.match(twice, { code: 3, stderr: /each file in one stack only/ })
  t.match(await runCommand([...words.slice(0, 6), '--out', out, '--force']), { stderr: /option "--decay"/ }, 'nothing behind it')
})
