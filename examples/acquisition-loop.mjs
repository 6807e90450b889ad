// @ts-check
// Acquisition software: correct a stream of raw frames into one buffer that is used again and again, look at the facts of
// each frame, watch its quality, and take a new calibration between two frames. The panel is simulated; put your camera in its
// place. Frame 9 has a disturbed read-out row, as a loose cable gives.
import { createCorrector } from 'flatpanel'
import { calibrate } from 'flatpanel/calibration'
import { measureStructure, measureUniformity } from 'flatpanel/quality'
import { createVirtualDetector } from 'flatpanel/simulation'

const panel = createVirtualDetector({ rows: 128, cols: 160, bits: 14, seed: 7 })
const [rows, cols] = panel.shape

/** @param {number} session another day, other frames */
const calibrateFrom = (session) =>
  calibrate({ darks: panel.darks(16, { session }), flats: [panel.flats(16, { session })] }, { bits: 14, now: new Date() })

let calibration = await calibrateFrom(0)
console.log(
  `calibrated ${rows} x ${cols}: reference ${calibration.gain.reference.toFixed(1)} DN, ${count(calibration.provenance.defectCounts)}`
)

const corrector = createCorrector(calibration, { output: 'float32' }) // one per stream of frames
const out = new Float32Array(rows * cols) // allocated once

let index = 0
for (const raw of panel.flats(12, { session: 2 })) {
  if (index === 6) {
    calibration = await calibrateFrom(4)
    corrector.setCalibration(calibration) // between two frames; the first frame after it uses the new maps
  }
  const data = Uint16Array.from(raw.data)
  if (index === 9) for (let col = 0; col < cols; col++) data[70 * cols + col] += 200
  corrector.correct(data, { out }) // a plain Uint16Array in; nothing is allocated
  const { generation, saturated, nonFinite, unrepaired } = corrector.last
  // Quality of each frame over its good pixels only; ratios are 1 where rows and columns show no more than pixel noise.
  const frame = { data: out, shape: panel.shape }
  const { meanDn, sdDn } = measureUniformity(frame, calibration.defects)
  const { rowRatio, columnRatio } = measureStructure(frame, calibration.defects)
  const lines = (rowRatio ?? 0) > 1.5 || (columnRatio ?? 0) > 1.5 ? '; LOOK: row or column noise' : ''
  console.log(
    `frame ${index++}: generation ${generation}, mean ${meanDn?.toFixed(1)} DN, sd ${sdDn?.toFixed(1)} DN, ` +
      `rows ${rowRatio?.toFixed(2)}, columns ${columnRatio?.toFixed(2)}, ` +
      `${saturated} saturated, ${nonFinite} not finite, ${unrepaired} filled for display only${lines}`
  )
}

/** @param {Readonly<Record<string, number>>} classes */
function count(classes) {
  return Object.entries(classes)
    .filter(([, pixels]) => pixels > 0)
    .map(([name, pixels]) => `${pixels} ${name}`)
    .join(', ')
}
