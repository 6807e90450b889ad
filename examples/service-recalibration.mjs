// @ts-check
// Service: frames on disk -> one calibration file. Some weeks later: is it stale? Then again, with what has changed in between,
// and the proof on flats that made neither. The frames come from a simulated panel on which one more pixel has died; they are
// written to a folder that is removed at the end.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCorrector } from 'flatpanel'
import { calibrate } from 'flatpanel/calibration'
import { findFrames, loadCalibration, readFrames, saveCalibration, writeTiff } from 'flatpanel/io'
import { compareCalibrations, createVerification, measureDrift } from 'flatpanel/quality'
import { createVirtualDetector } from 'flatpanel/simulation'

const folder = await mkdtemp(join(tmpdir(), 'flatpanel-'))
try {
  const file = join(folder, 'SIM-11.nxs')
  /** @type {readonly import('flatpanel/simulation').PlannedDefect[]} */
  const atDelivery = [{ class: 'dead', row: 40, col: 50 }]
  /** @type {readonly import('flatpanel/simulation').PlannedDefect[]} */
  const today = [...atDelivery, { class: 'dead', row: 100, col: 120 }]

  await takeFrames('delivery', atDelivery, 0)
  await saveCalibration(file, await calibrateFolder('delivery'))

  const before = await loadCalibration(file) // checksums are verified before anything is believed
  await takeFrames('today', today, 2)
  const taken = { darks: await framesOf('today', 'darks'), flats: await framesOf('today', 'flats') }
  const { stale, rules, positions } = await measureDrift(taken, before, { time: new Date().toISOString() })
  console.log(`the calibration is stale: ${stale === null ? 'not known' : stale}`)
  for (const { name, figure, limit } of rules.filter(({ exceeded }) => exceeded))
    console.log(`  ${name} ${figure?.toFixed(2)}, limit ${limit}`)
  for (const { row, col } of positions) console.log(`  deviates: [${row}, ${col}]`)

  const { archived } = await saveCalibration(file, await calibrateFolder('today'), { overwrite: true })
  const after = await loadCalibration(file)

  const changes = compareCalibrations(before, after)
  console.log(`kept the old calibration: ${archived !== null}`)
  console.log(`offset drift ${changes.offsetDriftDn?.toFixed(2)} DN, gain change ${changes.gainChangePercent?.toFixed(3)} %`)
  const { added, healed, persisting } = changes.defects
  console.log(`bad pixels: ${added} new, ${healed} healed, ${persisting} as before`)
  const verification = createVerification(after)
  const corrector = createCorrector(after, { output: 'float32' })
  for (const frame of panelOf(today).flats(2, { session: 4 })) verification.add(corrector.correct(frame))
  const noise = verification.result().overall.figures.find(({ name }) => name === 'noiseRatio')
  console.log(`noise of unseen flats over its prediction: ${noise?.value?.toFixed(3)}`)
  after.defects.data.forEach((flags, pixel) => {
    if (flags !== 0 && before.defects.data[pixel] === 0) {
      const cols = after.shape[1]
      console.log(`new defect at [${Math.floor(pixel / cols)}, ${pixel % cols}]`)
    }
  })
} finally {
  await rm(folder, { recursive: true, force: true })
}

/** @param {readonly import('flatpanel/simulation').PlannedDefect[]} defects */
function panelOf(defects) {
  return createVirtualDetector({ rows: 128, cols: 160, bits: 14, seed: 11, defects })
}

/**
 * @param {string} name
 * @param {readonly import('flatpanel/simulation').PlannedDefect[]} defects
 * @param {number} session
 */
async function takeFrames(name, defects, session) {
  const panel = panelOf(defects)
  for (const [kind, frames] of /** @type {const} */ ([
    ['darks', panel.darks(12, { session })],
    ['flats', panel.flats(12, { session })]
  ])) {
    await mkdir(join(folder, name, kind), { recursive: true })
    let index = 0
    for (const frame of frames) await writeTiff(join(folder, name, kind, `f${++index}.tif`), [frame])
  }
}

/**
 * @param {string} name
 * @param {'darks' | 'flats'} kind
 */
async function framesOf(name, kind) {
  return readFrames(await findFrames([join(folder, name, kind)])) // in natural order: f2 before f10
}

/** @param {string} name */
async function calibrateFolder(name) {
  return calibrate(
    { darks: await framesOf(name, 'darks'), flats: [await framesOf(name, 'flats')] },
    { bits: 14, pixelPitch: 0.148, serialNumber: 'SIM-11', mode: { binning: '1x1' }, now: new Date() }
  )
}
