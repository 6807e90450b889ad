import fc from 'fast-check'
import t from 'tap'
import type { Block } from '../../../../lib/report/blocks/block.js'
import { formatTable } from '../../../../lib/report/blocks/format-table.js'
import { renderText } from '../../../../lib/report/blocks/render-text.js'
import { wrapText } from '../../../../lib/report/blocks/wrap-text.js'

t.test('lines break at spaces; words stay whole, or are cut behind a mark', async (t) => {
  t.strictSame(wrapText('one two three', 7), ['one two', 'three'])
  t.strictSame(wrapText('one two', 7), ['one two'])
  t.strictSame(wrapText('one 5 %', 6), ['one', '5 %'])
  t.strictSame(wrapText('', 7), [''])
  t.strictSame(wrapText('a /very/long/path b', 6), ['a', '/very/long/path', 'b'])
  t.strictSame(wrapText('a /very/long/path b', 6, true), ['a', '/very/', 'long/', 'path b'])
  t.strictSame(wrapText('abcdefgh', 3, true), ['abc', 'def', 'gh'])
})

t.test('of a table that is too wide, the widest column is wrapped first', async (t) => {
  const rows = [
    ['name', '1', 'a b c d e f'],
    ['other', '22', 'short']
  ]
  t.equal(
    formatTable(rows, { align: ['left', 'right'], width: 20 }),
    ['  name    1  a b c d', '             e f', '  other  22  short'].join('\n')
  )
})

t.test('blocks as text', async (t) => {
  const blocks: Block[] = [
    { kind: 'verdict', outcome: 'bad', text: 'FAILED: x' },
    { kind: 'note', text: 'a\n  b' },
    {
      kind: 'figures',
      title: 'figures',
      rows: [
        { name: 'meanDn', value: 1.5, unit: 'DN', limit: 'at most 2', meaning: 'mean' },
        { name: 'sdDn', value: null, unit: 'DN', meaning: 'sd', reason: 'one pixel' },
        { name: 'words', value: 'yes' }
      ]
    },
    { kind: 'figures', rows: [] },
    { kind: 'table', title: 'long', columns: ['n'], rows: [['1'], ['2'], ['3']], brief: 2 },
    { kind: 'table', title: 'waits', rows: [['hidden']], brief: 0 },
    { kind: 'table', title: 'waits for nothing', rows: [], brief: 0 },
    { kind: 'list', title: 'warnings', items: ['w'] }
  ]
  const head = [
    'FAILED: x',
    '',
    'a b',
    '',
    'figures',
    '  meanDn  1.500 DN  at most 2  mean',
    '  sdDn     unknown             sd: one pixel'
  ]
  const more = ['  words        yes', '', 'long', '  n', '  1', '  2']
  t.equal(
    renderText(blocks),
    [...head, ...more, '  and 1 more (--verbose)', '', 'warnings', '  - w', '', 'more with --verbose: waits'].join('\n')
  )
  t.equal(renderText(blocks, { verbose: true }), [...head, ...more, '  3', '', 'waits', '  hidden', '', 'warnings', '  - w'].join('\n'))
  t.equal(renderText([]), '')
})

t.test('a command that is too long for a line can be copied all the same', async (t) => {
  const words = Array.from({ length: 30 }, (_, i) => `--option-${i}`)
  const text = renderText([{ kind: 'command', text: words.join(' ') }])
  t.ok(text.split('\n').every((line) => line.length <= 80))
  t.strictSame(text.replaceAll(/\\\n/g, '').split(/ +/), words, 'as a shell reads it')
})

t.test('nothing that a file says steers the terminal', async (t) => {
  const text = 'a\u001b[31m\u009b\u202eb'
  const texts = [
    renderText([{ kind: 'note', text }]),
    renderText([{ kind: 'table', rows: [[text]] }]),
    renderText([{ kind: 'figures', rows: [{ name: text, value: text }] }]),
    renderText([{ kind: 'list', title: text, items: [text] }])
  ]
  for (const shown of texts) {
    t.match(shown, /a\\x1b\[31m\\x9b\\x202eb/)
    t.notMatch(shown, /[\u001b\u009b\u202e]/)
  }
})

const words = fc.array(fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme-ascii' }), { maxLength: 12 }).map((list) => list.join(' '))
const row = fc.array(fc.string({ maxLength: 60 }), { minLength: 1, maxLength: 7 })
const block: fc.Arbitrary<Block> = fc.oneof(
  fc.record({ kind: fc.constant('note' as const), text: words }),
  fc.record({ kind: fc.constant('list' as const), title: words, items: fc.array(words) }),
  fc.record({ kind: fc.constant('table' as const), title: words, columns: row, rows: fc.array(row), brief: fc.nat(3) }),
  fc.record({
    kind: fc.constant('figures' as const),
    rows: fc.array(
      fc.record({ name: fc.string({ maxLength: 34 }), value: fc.double({ noNaN: true }), unit: fc.constant('DN'), meaning: words })
    )
  })
)

t.test('no line is longer than 80 characters, and none ends in a space', async () => {
  fc.assert(
    fc.property(fc.array(block), fc.boolean(), (blocks, verbose) => {
      for (const line of renderText(blocks, { verbose }).split('\n')) if ([...line].length > 80 || /\S +$/.test(line)) return false
      return true
    })
  )
})

t.test('verbose leaves no word out', async () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z]{1,30}$/)), (list) => {
      const shown = renderText([{ kind: 'note', text: list.join(' ') }])
      return shown.split(/\s+/).join(' ') === list.join(' ').trim()
    })
  )
})
