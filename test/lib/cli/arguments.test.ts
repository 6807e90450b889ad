import t from 'tap'
import { groupOccurrences } from '../../../lib/cli/group-occurrences.js'
import { parseMemory, parseMode, parseNumber, parseRegion } from '../../../lib/cli/parse-options.js'
import { readingOf } from '../../../lib/cli/reading-of.js'

t.test('each occurrence of a grouped option keeps its own values', async (t) => {
  const argv = ['calibrate', '--dark', 'a.tif', 'b.tif', '--flat', 'c.tif', '--flat=d.tif', 'e.tif', '--out', 'x.nxs', '--force']
  t.strictSame(groupOccurrences(argv, ['--dark', '--flat']), {
    rest: ['calibrate', '--out', 'x.nxs', '--force'],
    groups: { '--dark': [['a.tif', 'b.tif']], '--flat': [['c.tif'], ['d.tif', 'e.tif']] }
  })
})

t.test('an occurrence without values stays visible, and everything behind -- is left alone', async (t) => {
  t.strictSame(groupOccurrences(['--flat', '--out', 'x', '--', '--flat', 'y'], ['--flat']), {
    rest: ['--out', 'x', '--', '--flat', 'y'],
    groups: { '--flat': [[]] }
  })
  t.strictSame(groupOccurrences(['--flats', 'y'], ['--flat']), { rest: ['--flats', 'y'], groups: { '--flat': [] } })
})

t.test('numbers are numbers in their range', async (t) => {
  const bits = parseNumber('--bits', { min: 1, max: 32, integer: true })
  t.equal(bits('14'), 14)
  for (const wrong of ['', ' ', '14.5', '0', '33', 'NaN', 'Infinity', '1e99', 'x'])
    t.throws(() => bits(wrong), { message: /--bits takes a whole number from 1 to 32/ })
  t.throws(() => parseNumber('--kv', { min: 0 })('-1'), { message: /a number of at least 0/ })
  t.throws(() => parseNumber('--x')('q'), { message: '--x takes a number.' })
})

t.test('modes add up over occurrences; unknown keys are named', async (t) => {
  const first = parseMode('binning=2x2,integration-time=133')
  t.strictSame(parseMode('readout-region=0,0,100,200', first), { binning: '2x2', integrationTime: 133, readoutRegion: '0,0,100,200' })
  for (const wrong of ['', 'binning', 'binning=', 'colour=red', '=1', 'frame-rate=fast', '__proto__=1'])
    t.throws(() => parseMode(wrong), { code: 'commander.invalidArgument' })
})

t.test('sizes of memory', async (t) => {
  t.equal(parseMemory('1G'), 2 ** 30)
  t.equal(parseMemory('1.5GiB'), 1.5 * 2 ** 30)
  t.equal(parseMemory('2000000'), 2000000)
  t.equal(parseMemory('512mb'), 2 ** 29)
  for (const wrong of ['', '1T', '-1G', '10', 'G']) t.throws(() => parseMemory(wrong), { code: 'commander.invalidArgument' })
})

t.test('a raw layout is whole or absent', async (t) => {
  t.strictSame(readingOf({ format: 'his' }), { format: 'his', raw: undefined })
  t.strictSame(readingOf({ rows: 2, cols: 3, dtype: 'u16' }).raw, { rows: 2, cols: 3, type: 'u16', byteOrder: 'little', headerBytes: 0 })
  t.strictSame(readingOf({ rows: 2, cols: 3, dtype: 'f32', byteOrder: 'big', headerBytes: 8 }).raw, {
    rows: 2,
    cols: 3,
    type: 'f32',
    byteOrder: 'big',
    headerBytes: 8
  })
  t.throws(() => readingOf({ rows: 2, headerBytes: 8 }), {
    code: 'ERR_OPTION',
    message: /--rows, --cols and --dtype together, received --rows, --header-bytes/
  })
})

t.test('a region is said by its ends, half-open, or by its first pixel and sides', async (t) => {
  const parse = parseRegion('--region')
  t.strictSame(parse('10:40,20:60'), { row: 10, col: 20, rows: 30, cols: 40 })
  t.strictSame(parse('10,20,30,40'), { row: 10, col: 20, rows: 30, cols: 40 }, 'the same rectangle')
  t.strictSame(parse(' 0:1, 5:6 '), { row: 0, col: 5, rows: 1, cols: 1 }, 'one pixel')
  for (const wrong of ['', '1:2', '1:1,2:3', '3:2,0:1', '1,2,0,4', '1,2,3', '1:2,3,4', '-1:2,0:3', '1.5:2,0:3', '1:2:3,4:5', '0,0,1e3,1'])
    t.throws(() => parse(wrong), { code: 'commander.invalidArgument', message: /--region takes row0:row1,col0:col1/ }, wrong)
})
