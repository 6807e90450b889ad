import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { runCommand } from '../../fixtures/run-command.js'

t.test('the demo does the whole job, twice, on a terminal and in a pipe', async (t) => {
  const out = join(t.testdir(), 'demo')
  const first = await runCommand(['demo', '--out', out], { isTTY: true })
  t.equal(first.code, 0, first.stderr)
  t.ok(/simulating frames \[[#-]+\] \d+\/37/.test(first.stderr), 'a bar on a terminal')
  t.ok(/reading darks \d/.test(first.stderr) && !/reading darks \[#+\] \d+\/0/.test(first.stderr), 'a count where the total is not known')
  t.match(first.stdout, /flatpanel calibrate --dark .*flatpanel correct .*flatpanel verify /s, 'the commands that it stands for')
  t.match(first.stdout, /^PASSED/m)
  for (const name of [
    'darks/darks-16.tif',
    'flats/flats-16.tif',
    'check/check-4.tif',
    'raw/raw-1.tif',
    'corrected/raw-1.tif',
    'SIM-2026.nxs'
  ]) {
    t.ok(existsSync(join(out, name)), name)
  }

  const { code, stdout, stderr } = await runCommand(['demo', '--out', out, '--json'])
  t.equal(code, 0, stderr)
  const { truth, calibrate, correct, verify } = JSON.parse(stdout)
  t.match([calibrate.schema, correct.schema, verify.schema], ['flatpanel.calibrate/1', 'flatpanel.correct/1', 'flatpanel.verify/1'])
  t.equal(verify.limits.passed, true)
  // 16 + 16 frames of one level: pixels that change with level or session, and those planted below every threshold, stay
  t.ok(truth.found >= 0.98 * truth.planted, `${truth.found} of ${truth.planted} planted bad pixels`)
  t.ok(truth.falselyCalled <= 8, `${truth.falselyCalled} good pixels called bad`)
  t.equal((await readdir(out)).filter((name) => /^SIM-2026\..+\.nxs$/.test(name)).length, 1, 'the calibration of the first run is kept')
  t.strictSame(calibrate.changes === null, false, 'and compared with the second')
})
