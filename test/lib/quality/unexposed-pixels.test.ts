import t from 'tap'
import { DEFECT_FLAGS } from '../../../lib/maps/defect-flags.js'
import { nameDefects } from '../../../lib/maps/name-defects.js'
import { selectPixels } from '../../../lib/quality/select-pixels.js'

t.test('pixels that no X-rays reach are no part of a zone, and neither used nor defective', async (t) => {
  const shape = [20, 30] as const
  const data = new Uint32Array(600)
  // Columns 0 to 3, of which one pixel is hot too; a dead pixel in the field.
  for (let row = 0; row < 20; row++) for (let col = 0; col < 4; col++) data[row * 30 + col] = DEFECT_FLAGS.unexposed
  data[3 * 30 + 1] |= DEFECT_FLAGS.hot
  data[10 * 30 + 15] = DEFECT_FLAGS.dead
  const { counts } = nameDefects({ data, shape }, { rimPixels: 2, centre: [10, 10] })
  const pixels = [counts.zones.centre.pixels, counts.zones.outer.pixels, counts.zones.rim.pixels]
  // Rim of 600 - 16 x 26 = 184, without 40 in columns 0 and 1 and 2 x 4 in columns 2 and 3; outer 316 without 16 x 2.
  t.strictSame(pixels, [100, 284, 136])
  t.equal(counts.panel.pixels, 520)
  t.equal(counts.panel.badPixels, 1)
  const frame = { shape, data: new Float32Array(600).fill(7) }
  frame.data[5] = NaN
  t.strictSame(selectPixels('frame', frame, { data, shape }).counts, { usedPixels: 518, defectivePixels: 1, nonFinitePixels: 1 })
})
