import { statSync } from 'node:fs'
import t from 'tap'
import type { RawFrame } from '../lib/frame/raw-frame.js'
import { readFrames } from '../lib/io/read-frames.js'
import { createStackStatistics } from '../lib/quality/emva/create-stack-statistics.js'
import { measurePair } from '../lib/quality/noise/measure-pair.js'
import { measureUniformity } from '../lib/quality/uniformity/measure-uniformity.js'
import { expectedFigures, needsSharedData, sharedData } from './fixtures/shared-data.js'

async function load(path: string, options = {}): Promise<RawFrame[]> {
  const frames: RawFrame[] = []
  for await (const { data, shape } of readFrames([path], { hash: false, ...options })) frames.push({ data: data.slice(), shape })
  return frames
}

const apart = (received: number | null, published: number): number => Math.abs(received! / published - 1)

t.test('spatial figures of real darks, flats and portal imager frames', needsSharedData, async (t) => {
  const { 'walnut-dexela1512': walnut, 'epid-dicom': epid } = expectedFigures()
  for (const [name, figures] of [
    ['di000000.tif', walnut.dark],
    ['io000000.tif', walnut.flat0],
    ['io000001.tif', walnut.flat1]
  ] as const) {
    const [frame] = await load(sharedData('walnut-dexela1512', name))
    const { meanDn, sdDn, minimumDn, maximumDn } = measureUniformity(frame, null)
    // published: ten digits, population sd: 1 / (2 * 746496) = 7e-7 below that of ddof 1
    t.ok(apart(meanDn, figures.mean) < 1e-9 && apart(sdDn, figures.std) < 1e-6, `${name}: mean ${meanDn}, sd ${sdDn}`)
    t.strictSame([minimumDn, maximumDn], [figures.min, figures.max], `${name}: extremes`)
  }
  for (const [name, figures] of Object.entries<any>(epid)) {
    const path = sharedData('epid-dicom', name)
    const [rows, cols] = figures.rows_cols
    // implicit little-endian DICOM, pixel data last: a headerless frame behind everything else
    const headerBytes = statSync(path).size - 2 * rows * cols
    const [frame] = await load(path, { raw: { rows, cols, type: 'u16', byteOrder: 'little', headerBytes } })
    const whole = measureUniformity(frame, null)
    t.ok(
      apart(whole.meanDn, figures.stored_values.mean) < 1e-9 && apart(whole.sdDn, figures.stored_values.std) < 3e-6,
      `${name}: mean ${whole.meanDn}, sd ${whole.sdDn}`
    )
    const centre = measureUniformity(frame, null, { region: { row: rows / 2 - 50, col: cols / 2 - 50, rows: 100, cols: 100 } })
    // ddof of 10 000 pixels: 5e-5
    t.ok(apart(centre.cvPercent, 100 * figures.centre_100x100.cv) < 6e-5, `${name}: CV of the centre ${centre.cvPercent!.toFixed(4)} %`)
  }
})

t.test('temporal figures of real pairs and stacks', needsSharedData, async (t) => {
  const { 'aps-tooth': tooth } = expectedFigures()
  const [first] = await load(sharedData('walnut-dexela1512', 'io000000.tif'))
  const [second] = await load(sharedData('walnut-dexela1512', 'io000001.tif'))
  const { varianceDn2 } = measurePair(first, second, null)
  // numpy: (a - b).std() / 2 ** 0.5 of the same files. (The published 16.951 DN takes the change of the beam out first.)
  t.ok(
    apart(Math.sqrt(varianceDn2!), 20.02287297865387) < 1e-9,
    `sd of the difference of two flats over sqrt 2: ${Math.sqrt(varianceDn2!)} DN`
  )

  const darks = await load(sharedData('aps-tooth', 'converted', 'dark.tif'))
  const stack = createStackStatistics(null)
  for (const dark of darks) stack.add(dark)
  const { mean, variance, frames } = stack.result()
  t.equal(frames, 10)
  const average = (values: ArrayLike<number>, of = (value: number) => value): number =>
    Array.from(values, of).reduce((sum, value) => sum + value, 0) / values.length
  t.ok(apart(average(mean!), tooth.offset_mean.mean) < 1e-8, 'mean dark')
  // per-pixel sd with ddof 1, averaged over the pixels; float32 files
  t.ok(apart(average(variance!, Math.sqrt), tooth.dark_noise_ddof1.mean) < 1e-6, 'mean dark noise')
})
