// @ts-check
// Acquisition software: correct a stream of raw frames into one buffer that is used again and again, look at the facts of
// each frame, and take a new calibration between two frames. The panel is simulated; put your camera in its place.
import { createCorrector } from 'flatpanel'
import { calibrate } from 'flatpanel/calibration'
import { createVirtualDetector } from 'flatpanel/simulation'

const panel = createVirtualDetector({ rows: 128, cols: 160, bits: 14, seed: 7 })
const [rows, cols] = panel.shape

/** @param {number} session another day, other frames */
const calibrateFrom = (session) =>
  calibrate({ darks: panel.darks(16, { session }), flats: [panel.flats(16, { session })] }, { bits: 14, now: new Date() })

const calibration = await calibrateFrom(0)
console.log(`calibrated ${rows} x ${cols}: reference ${calibration.gain.reference.toFixed(1)} DN, ${count(calibration.provenance.defectCounts)}`)

const corrector = createCorrector(calibration, { output: 'float32' }) // one per stream of frames
const out = new Float32Array(rows * cols) // allocated once

let index = 0
for (const raw of panel.flats(12, { session: 2 })) {
  if (index === 6) corrector.setCalibration(await calibrateFrom(4)) // between two frames; the first frame after it uses the new maps
  corrector.correct(raw.data, { out }) // a plain Uint16Array in; nothing is allocated
  const { generation, saturated, nonFinite, unrepaired } = corrector.last
  console.log(
    `frame ${index++}: generation ${generation}, mean ${mean(out).toFixed(1)} DN, ` +
      `${saturated} saturated, ${nonFinite} not finite, ${unrepaired} filled for display only`
  )
}

/** @param {Float32Array} values */
function mean(values) {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]
  return sum / values.length
}

/** @param {Readonly<Record<string, number>>} classes */
function count(classes) {
  return Object.entries(classes)
    .filter(([, pixels]) => pixels > 0)
    .map(([name, pixels]) => `${pixels} ${name}`)
    .join(', ')
}
