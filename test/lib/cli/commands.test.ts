import { copyFile, mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { writeTiff } from '../../../lib/io/formats/tiff/write-tiff.js'
import { loadCalibration } from '../../../lib/io/load-calibration.js'
import { readFrames } from '../../../lib/io/read-frames.js'
import { version } from '../../../lib/version.js'
import { runCommand } from '../../fixtures/run-command.js'
import { writeStack, writeStacks } from '../../fixtures/write-stacks.js'

const calibrate = (folder: string, ...more: string[]): string[] => [
  'calibrate',
  '--dark',
  join(folder, 'darks', '*.tif'),
  '--flat',
  join(folder, 'flats'),
  '--out',
  join(folder, 'SN1.nxs'),
  '--bits',
  '14',
  '--serial',
  'SN1',
  ...more
]

async function pages(path: string): Promise<{ data: ArrayLike<number>; shape: readonly number[] }[]> {
  const found = []
  for await (const { data, shape } of readFrames([path])) found.push({ data: data.slice(), shape })
  return found
}

t.test('the main job', async (t) => {
  const folder = t.testdir()
  const detector = await writeStacks(folder)

  t.test('calibrate writes one file and reports it', async (t) => {
    const { code, stdout, stderr } = await runCommand(
      calibrate(folder, '--pitch', '148', '--kv', '70', '--filter', '21 mm Al', '--temperature', '31', '--mode', 'binning=1x1')
    )
    t.equal(code, 0, stderr)
    t.match(stdout, /SN1/)
    t.match(stdout, /written:\s+.*SN1\.nxs/)
    t.notMatch(stdout + stderr, /\u001b/, 'no escape codes in a pipe')
    t.ok(stderr.trim().split('\n').length >= 2, 'one line per stage on stderr')
    t.strictSame((await readdir(folder)).sort(), ['SN1.nxs', 'check', 'darks', 'flats', 'raw'], 'no temporary file is left')
  })

  t.test('inspect says what the file holds, as text and as one JSON document', async (t) => {
    const text = await runCommand(['inspect', join(folder, 'SN1.nxs')])
    t.equal(text.code, 0)
    t.match(text.stdout, /SN1/)
    const { code, stdout } = await runCommand(['inspect', join(folder, 'SN1.nxs'), '--json'])
    t.equal(code, 0)
    const document = JSON.parse(stdout)
    t.match(document, {
      schema: 'flatpanel.inspect/1',
      provenance: { kilovolts: 70, filter: '21 mm Al', temperature: 31, mode: { binning: '1x1' }, version }
    })
    t.strictSame(
      document.provenance.stacks.map((stack: any) => [stack.role, stack.level, stack.kept]),
      [
        ['dark', 0, 10],
        ['flat', 1, 10]
      ]
    )
    t.match(document.provenance.stacks[0].frames.map((frame: any) => frame.name)[9], /d-10\.tif$/, 'natural order: d-10 last')
  })

  t.test('an existing calibration stays without --force; with it the old one is kept', async (t) => {
    const before = await readFile(join(folder, 'SN1.nxs'))
    const refused = await runCommand(calibrate(folder))
    t.equal(refused.code, 3)
    t.match(refused.stderr, /ERR_EXISTS: .*SN1\.nxs: expected no file of that name .*, received an existing file/)
    t.ok(before.equals(await readFile(join(folder, 'SN1.nxs'))))

    const forced = await runCommand(calibrate(folder, '--force', '--json'))
    t.equal(forced.code, 0, forced.stderr)
    const document = JSON.parse(forced.stdout)
    t.match(document, { schema: 'flatpanel.calibrate/1', out: join(folder, 'SN1.nxs'), archived: /SN1\.\d{8}T\d{6}Z.*\.nxs$/ })
    t.ok(document.changes, 'what changed is reported')
    t.ok(before.equals(await readFile(document.archived)), 'the kept file is the old one, byte for byte')
  })

  t.test('correct writes one file per input with the same pages', async (t) => {
    const two = join(folder, 'two.tif')
    const raw = [...(await pages(join(folder, 'raw', 'r-1.tif'))), ...(await pages(join(folder, 'raw', 'r-2.tif')))]
    await writeTiff(two, raw as { data: Uint16Array; shape: [number, number] }[])
    const { code, stdout, stderr } = await runCommand([
      'correct',
      '--calibration',
      join(folder, 'SN1.nxs'),
      '--out',
      join(folder, 'out'),
      two,
      join(folder, 'raw')
    ])
    t.equal(code, 0, stderr)
    t.strictSame((await readdir(join(folder, 'out'))).sort(), ['r-1.tif', 'r-2.tif', 'two.tif'])
    const corrected = await pages(join(folder, 'out', 'two.tif'))
    t.equal(corrected.length, 2)
    t.ok(corrected[0].data instanceof Float32Array)
    t.strictSame(corrected[1].shape, [96, 96])
    const level = detector.saturation * 0.2
    const mean = Array.from(corrected[0].data).reduce((sum, value) => sum + value, 0) / 96 ** 2
    // output of the beam: 0.5 % from frame to frame, 5 sigma; level is defined to 1 % by the simulator
    t.ok(Math.abs(mean / level - 1) < 0.04, `mean ${mean} near the level ${level}`)
    t.match(stdout, /two\.tif -> .*two\.tif \(2 pages/)
  })

  t.test('correct to uint16 with a pedestal, deflated, replacing only with --force', async (t) => {
    const argv = [
      'correct',
      '--calibration',
      join(folder, 'SN1.nxs'),
      '--out',
      join(folder, 'out'),
      join(folder, 'raw', 'r-1.tif'),
      '--output',
      'uint16',
      '--pedestal',
      '100',
      '--compression',
      'deflate',
      '--json'
    ]
    const refused = await runCommand(argv)
    t.equal(refused.code, 3)
    t.match(JSON.parse(refused.stdout), { error: { code: 'ERR_EXISTS' } })
    const [float] = await pages(join(folder, 'out', 'r-1.tif'))
    const { code, stdout } = await runCommand([...argv, '--force'])
    t.equal(code, 0)
    t.match(JSON.parse(stdout), { schema: 'flatpanel.correct/1', files: [{ pages: 1, clamped: 0, nonFinite: 0 }] })
    const [packed] = await pages(join(folder, 'out', 'r-1.tif'))
    t.ok(packed.data instanceof Uint16Array)
    t.ok(
      Array.from(packed.data).every((value, i) => Math.abs(value - (float.data[i] + 100)) <= 0.5 + 1e-3),
      'float32 plus 100, rounded'
    )
  })

  t.test('correct gives the same files whatever the number of threads', async (t) => {
    const made: Buffer[] = []
    for (const threads of ['1', '2', '3']) {
      const out = join(folder, `threads-${threads}`)
      const { code, stderr } = await runCommand([
        'correct',
        '--calibration',
        join(folder, 'SN1.nxs'),
        '--out',
        out,
        join(folder, 'two.tif'),
        '--threads',
        threads
      ])
      t.equal(code, 0, stderr)
      made.push(await readFile(join(out, 'two.tif')))
    }
    t.ok(made[1].equals(made[0]) && made[2].equals(made[0]))
    for (const threads of ['0', '1.5', 'many', '257']) {
      const { code, stderr } = await runCommand(['correct', '--calibration', 'x', '--out', 'y', 'z', '--threads', threads])
      t.equal(code, 2)
      t.match(stderr, /--threads takes a whole number from 1 to 256/)
    }
  })

  t.test('calibrate gives the same calibration whatever the number of threads', async (t) => {
    const made: unknown[] = []
    for (const threads of ['1', '2']) {
      const out = join(folder, `threads-${threads}.nxs`)
      const argv = ['calibrate', '--dark', join(folder, 'darks'), '--flat', join(folder, 'flats'), '--out', out, '--threads', threads]
      const { code, stderr } = await runCommand(argv)
      t.equal(code, 0, stderr)
      const { provenance, ...maps } = await loadCalibration(out)
      t.match(provenance.stacks[0].frames[0].sha256, /^[0-9a-f]{64}$/)
      made.push({ ...maps, provenance: { ...provenance, created: null } })
    }
    t.strictSame(made[1], made[0])
    for (const threads of ['0', '1.5', 'many', '65']) {
      const { code, stderr } = await runCommand(['calibrate', '--dark', 'x', '--flat', 'y', '--out', 'z', '--threads', threads])
      t.equal(code, 2)
      t.match(stderr, /--threads takes a whole number from 1 to 64/)
    }
  })

  t.test('verify measures unseen flats, with and without limits', async (t) => {
    const argv = ['verify', '--calibration', join(folder, 'SN1.nxs'), '--flat', join(folder, 'check', '*.tif')]
    const plain = await runCommand(argv)
    t.equal(plain.code, 0, plain.stderr)
    t.match(plain.stdout, /no limits were given/)
    const limits = join(folder, 'limits.json')
    await writeFile(limits, JSON.stringify({ schema: 'flatpanel.limits/1', limits: { noiseRatio: { min: 0.9, max: 1.1 } } }))
    const met = await runCommand([...argv, '--limits', limits, '--json'])
    t.equal(met.code, 0)
    const document = JSON.parse(met.stdout)
    t.equal(document.limits.passed, true)
    t.equal(document.flats.length, 2)
    await writeFile(limits, JSON.stringify({ schema: 'flatpanel.limits/1', limits: { cvPercent: { max: 0.0001 } } }))
    const missed = await runCommand([...argv, '--limits', limits])
    t.equal(missed.code, 4)
    t.match(missed.stdout, /^FAILED/)
  })

  t.test('verify leaves out what is not finite in a flat, although it was repaired', async (t) => {
    const [flat] = await pages(join(folder, 'check', 'c-1.tif'))
    const usedIn = async (name: string, data: Float32Array): Promise<Record<string, number>> => {
      await writeTiff(join(folder, name), [{ data, shape: [96, 96] }])
      const { code, stdout } = await runCommand([
        'verify',
        '--calibration',
        join(folder, 'SN1.nxs'),
        '--flat',
        join(folder, name),
        '--json'
      ])
      t.equal(code, 0)
      const [{ figures }] = (JSON.parse(stdout) as { flats: { figures: { name: string; value: number }[] }[] }).flats
      return Object.fromEntries(figures.map(({ name, value }) => [name, value]))
    }
    const whole = await usedIn('whole.tif', Float32Array.from(flat.data))
    const damaged = await usedIn(
      'damaged.tif',
      Float32Array.from(flat.data, (value, i) => ([2000, 5000, 5001].includes(i) ? NaN : value))
    )
    t.match(whole, { nonFinitePixels: 0 })
    t.match(damaged, { nonFinitePixels: 3, usedPixels: whole.usedPixels - 3 })
  })

  t.test('verify warns of a flat that made the calibration', async (t) => {
    const { code, stdout } = await runCommand([
      'verify',
      '--calibration',
      join(folder, 'SN1.nxs'),
      '--flat',
      join(folder, 'flats', 'f-3.tif'),
      '--json'
    ])
    t.equal(code, 0)
    t.match(JSON.parse(stdout).warnings.join('\n'), /f-3\.tif is one of the flats of level 1 that made the calibration/)
  })

  t.test('Ctrl-C before or during the work: exit 130, nothing half written', async (t) => {
    const signal = AbortSignal.abort()
    const out = join(folder, 'interrupted.nxs')
    const argv = calibrate(folder).map((word) => (word.endsWith('SN1.nxs') ? out : word))
    const { code, stderr } = await runCommand(argv, { signal })
    t.equal(code, 130)
    t.match(stderr, /ERR_ABORTED/)
    t.equal(
      (
        await runCommand(['correct', '--calibration', join(folder, 'SN1.nxs'), '--out', join(folder, 'none'), join(folder, 'raw')], {
          signal
        })
      ).code,
      130
    )
    t.equal((await runCommand(['verify', '--calibration', join(folder, 'SN1.nxs'), '--flat', join(folder, 'check')], { signal })).code, 130)
    t.notOk(
      (await readdir(folder)).some((name) => name.includes('interrupted')),
      'no file, no temporary'
    )
  })
})

t.test('what is wrong is refused with a code, in words, and leaves everything as it was', async (t) => {
  const folder = t.testdir()
  const detector = await writeStacks(folder)
  t.equal((await runCommand(calibrate(folder))).code, 0)
  const at = (...parts: string[]): string => join(folder, ...parts)
  const withStacks = (dark: string, flat: string, ...more: string[]): string[] => [
    'calibrate',
    '--dark',
    dark,
    '--flat',
    flat,
    '--out',
    at('new.nxs'),
    '--bits',
    '14',
    ...more
  ]
  const correct = (...more: string[]): string[] => ['correct', '--calibration', at('SN1.nxs'), '--out', at('corrected'), ...more]

  await copyFile(at('raw', 'r-1.tif'), at('cut.tif'))
  await truncate(at('cut.tif'), 9000)
  await writeFile(at('notes.txt'), 'kV 70, mA 2\n')
  await writeFile(at('short.raw'), new Uint8Array(1000))
  const flipped = await readFile(at('SN1.nxs'))
  flipped[flipped.length >> 1] ^= 4
  await writeFile(at('flipped.nxs'), flipped)
  await writeFile(at('cut.nxs'), flipped.subarray(0, 5000))
  await writeFile(at('limits.json'), '{ "schema": "flatpanel.limits/1", "limits": { "noiseRation": { "max": 1 } } }')
  await writeFile(at('broken.json'), '{')
  await mkdir(at('empty'))
  await writeTiff(at('small.tif'), [{ data: new Uint16Array(12), shape: [3, 4] }])
  const full = new Uint16Array(96 * 96).fill(16383)
  await writeStack(
    at('saturated'),
    's',
    Array.from({ length: 3 }, (_, i) => ({ data: full.map((v) => v - (i % 2)), shape: [96, 96] as const }))
  )
  const nan = new Float32Array(96 * 96).fill(NaN)
  await writeTiff(at('nan.tif'), [{ data: nan, shape: [96, 96] }])
  await mkdir(at('twins'))
  await copyFile(at('raw', 'r-1.tif'), at('twins', 'r-1.tiff'))

  const cases: [string, string[], number, RegExp][] = [
    ['an empty match', withStacks(at('nothing*.tif'), at('flats')), 3, /ERR_STACK: .*nothing\*\.tif/],
    ['an empty folder', withStacks(at('empty'), at('flats')), 3, /ERR_STACK: .*empty/],
    [
      'no --dark',
      ['calibrate', '--flat', at('flats'), '--out', at('new.nxs')],
      2,
      /ERR_OPTION: option "--dark": expected files, folders or patterns, received none/
    ],
    [
      '--flat with nothing behind it',
      withStacks(at('darks'), '--json').filter((word) => word !== '--json'),
      2,
      /ERR_OPTION: option "--flat"/
    ],
    ['a truncated TIFF', withStacks(at('darks'), at('cut.tif')), 3, /ERR_FORMAT: .*cut\.tif/],
    ['a text file', correct(at('notes.txt')), 3, /ERR_FORMAT: .*notes\.txt/],
    ['a frame of another shape', correct(at('small.tif')), 3, /ERR_SHAPE: .*expected shape \[96, 96\], received \[3, 4\]/],
    [
      'mixed shapes in a stack',
      ['calibrate', '--dark', at('darks'), at('small.tif'), '--flat', at('flats'), '--out', at('new.nxs')],
      3,
      /ERR_SHAPE/
    ],
    ['darks as flats: the beam was off', withStacks(at('darks', 'd-1.tif'), at('darks', 'd-[2-9].tif')), 3, /ERR_STACK/],
    ['saturated flats', withStacks(at('darks'), at('saturated')), 3, /ERR_STACK: .*saturat/i],
    ['flats that are not numbers', withStacks(at('darks'), at('nan.tif')), 3, /ERR_STACK: .*finite/i],
    [
      'one file in two stacks',
      withStacks(at('darks'), at('darks', 'd-1.tif')),
      3,
      /ERR_STACK: .*d-1\.tif: expected each file in one stack only/
    ],
    [
      'an output folder that cannot be',
      correct(at('raw')).map((word) => (word === at('corrected') ? at('notes.txt', 'x') : word)),
      3,
      /ERR_IO/
    ],
    [
      'a calibration file in a folder that is none',
      withStacks(at('darks'), at('flats')).map((word) => (word === at('new.nxs') ? at('notes.txt', 'new.nxs') : word)),
      3,
      /ERR_IO/
    ],
    ['a flipped bit in the calibration', ['inspect', at('flipped.nxs')], 3, /ERR_CHECKSUM/],
    ['a cut calibration', ['inspect', at('cut.nxs')], 3, /ERR_(FORMAT|CHECKSUM)/],
    ['a calibration that is a TIFF', ['inspect', at('small.tif')], 3, /ERR_FORMAT/],
    ['a calibration that is not there', ['inspect', at('no.nxs')], 3, /ERR_IO: .*no\.nxs/],
    [
      'a raw file of the wrong size',
      correct(at('short.raw'), '--rows', '96', '--cols', '96', '--dtype', 'u16'),
      3,
      /ERR_FORMAT: .*short\.raw.*18432/
    ],
    ['half a raw layout', correct(at('short.raw'), '--rows', '96'), 2, /ERR_OPTION/],
    [
      'an unknown metric in the limits',
      ['verify', '--calibration', at('SN1.nxs'), '--flat', at('check'), '--limits', at('limits.json')],
      2,
      /ERR_OPTION: limit "noiseRation": expected a metric: .*noiseRatio/
    ],
    [
      'limits that are no JSON',
      ['verify', '--calibration', at('SN1.nxs'), '--flat', at('check'), '--limits', at('broken.json')],
      2,
      /ERR_OPTION: .*broken\.json: expected limits as JSON/
    ],
    [
      'limits that are not there',
      ['verify', '--calibration', at('SN1.nxs'), '--flat', at('check'), '--limits', at('none.json')],
      3,
      /ERR_IO/
    ],
    ['no --flat to verify', ['verify', '--calibration', at('SN1.nxs')], 2, /ERR_OPTION/],
    [
      'two inputs for one output',
      correct(at('raw', 'r-1.tif'), at('twins', 'r-1.tiff')),
      3,
      /ERR_EXISTS: r-1\.tif: expected one input for each output name/
    ],
    [
      'an output that is an input, also with --force',
      ['correct', '--calibration', at('SN1.nxs'), '--out', at('raw'), at('raw'), '--force'],
      3,
      /ERR_EXISTS: .*expected an output that is none of the inputs/
    ],
    [
      'a calibration over one of its inputs',
      ['calibrate', '--dark', at('darks'), '--flat', at('flats'), '--out', at('flats', 'f-1.tif'), '--force'],
      3,
      /ERR_EXISTS/
    ],
    ["a demo in somebody's folder", ['demo', '--out', at('raw')], 3, /ERR_EXISTS: .*received something else that is there/],
    ['an unknown command', ['calibrat'], 2, /unknown command.*\n?.*Did you mean calibrate/],
    ['an unknown option', ['inspect', at('SN1.nxs'), '--jsn'], 2, /unknown option '--jsn'/],
    ['a grouped option of another command', ['inspect', at('SN1.nxs'), '--flat', 'x'], 2, /unknown option '--flat'/],
    [
      'a bad number',
      ['calibrate', '--dark', 'a', '--flat', 'b', '--out', 'c', '--bits', '40'],
      2,
      /--bits takes a whole number from 1 to 32/
    ],
    ['no command', [], 2, /Usage: flatpanel/]
  ]
  const before = (await readdir(folder)).sort()
  for (const [name, argv, code, message] of cases) {
    const result = await runCommand(argv)
    t.equal(result.code, code, `${name}: exit ${code} (${result.stderr.split('\n')[0]})`)
    t.match(result.stderr, message, `${name}: says why`)
    const json = await runCommand([...argv, '--json'])
    if (argv.length > 0 && code !== 2)
      t.match(JSON.parse(json.stdout), { error: { code: /^ERR_/, message: String } }, `${name}: one JSON document`)
  }
  t.strictSame((await readdir(folder)).sort(), before, 'nothing new is left behind')
  t.equal(detector.shape[0], 96)
})

t.test('a bad file among good ones: stops, keeps and lists what is finished', async (t) => {
  const folder = t.testdir()
  await writeStacks(folder)
  t.equal((await runCommand(calibrate(folder))).code, 0)
  await writeFile(join(folder, 'raw', 'r-10.tif'), 'II*\0 no')
  await copyFile(join(folder, 'raw', 'r-1.tif'), join(folder, 'raw', 'r-11.tif'))
  const argv = ['correct', '--calibration', join(folder, 'SN1.nxs'), '--out', join(folder, 'out'), join(folder, 'raw')]
  const text = await runCommand(argv)
  t.equal(text.code, 3)
  t.match(text.stderr, /2 of 4 files finished and kept/)
  t.strictSame((await readdir(join(folder, 'out'))).sort(), ['r-1.tif', 'r-2.tif'])
  const { code, stdout } = await runCommand([...argv, '--force', '--json'])
  t.equal(code, 3)
  t.match(JSON.parse(stdout), {
    schema: 'flatpanel.correct/1',
    error: { code: 'ERR_FORMAT' },
    files: [{ output: /r-1\.tif$/ }, { output: /r-2\.tif$/ }]
  })
})

t.test('help and version', async (t) => {
  t.strictSame(await runCommand(['--version']), { code: 0, stdout: `${version}\n`, stderr: '' })
  for (const command of ['calibrate', 'correct', 'verify', 'inspect', 'demo']) {
    const { code, stdout } = await runCommand([command, '--help'])
    t.equal(code, 0)
    t.match(stdout, new RegExp(`Usage: flatpanel ${command}`))
    t.match(stdout, /--json/)
  }
})

t.test('a terminal gets a bar, --quiet gets silence', async (t) => {
  const folder = t.testdir()
  await writeStacks(folder, { darks: 3, flats: 3, checks: 1 })
  const quiet = await runCommand(calibrate(folder, '--quiet'))
  t.equal(quiet.code, 0)
  t.equal(quiet.stderr, '')
  const debug = await runCommand(calibrate(folder, '--debug'))
  t.match(debug.stderr, /ERR_EXISTS.*\n.*ExistsError: .*\n +at /s)
})
