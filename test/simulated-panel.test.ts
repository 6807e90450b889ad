import t from 'tap'
import { calibrate } from '../calibration/calibrate.js'
import { createCorrector } from '../lib/correction/create-corrector.js'
import { BAD_PIXEL_BITS, DEFECT_FLAGS } from '../lib/maps/defect-flags.js'
import { createVerification } from '../lib/quality/verification/create-verification.js'
import { createVirtualDetector } from '../lib/simulation/create-virtual-detector.js'
import type { PlantedDefect } from '../lib/simulation/defects/planned-defect.js'

const SIDE = 1024
const FRAMES = 32

/** True where the planted deviation exceeds twice the threshold of its rule (defaults: 1.3, 0.6, 1 % of full scale). */
function isBeyondTwiceTheThreshold({ class: kind, deviation }: PlantedDefect, fullScale: number): boolean {
  const noisyThreshold = 1.663 // P(s / sigma > t) = 5e-7 over 32 frames: chi-square with 31 degrees of freedom
  if (kind === 'hot') return deviation > 2 * 0.01 * fullScale
  if (kind === 'overResponding') return deviation > 2 * 0.3
  if (kind === 'underResponding') return deviation > 2 * 0.4
  if (kind === 'noisy') return deviation > 2 * noisyThreshold
  return true
}

for (const seed of [1, 2, 3]) {
  t.test(`panel ${seed}, ${SIDE} x ${SIDE}, ${FRAMES} darks, ${FRAMES} flats`, async (t) => {
    const detector = createVirtualDetector({ rows: SIDE, cols: SIDE, seed, bits: 14, defects: 'standard' })
    const calibration = await calibrate(
      { darks: detector.darks(FRAMES), flats: [detector.flats(FRAMES, { level: 0.5 })] },
      { bits: 14, memory: 2 ** 28 }
    )
    const found = calibration.defects.data
    const planted = detector.truth.defects.data
    const isFound = (pixel: number): boolean => (found[pixel] & BAD_PIXEL_BITS) !== 0

    const missed: string[] = []
    const judged: Record<string, number> = {}
    for (const defect of detector.truth.planted) {
      if (!['dead', 'stuck', 'line', 'cluster', 'hot', 'overResponding', 'underResponding', 'noisy', 'unstable'].includes(defect.class))
        continue
      if (!isBeyondTwiceTheThreshold(defect, detector.saturation)) continue
      judged[defect.class] = (judged[defect.class] ?? 0) + 1
      if (!Array.from(defect.pixels).every(isFound))
        missed.push(`${defect.class}, deviation ${defect.deviation}, at pixel ${defect.pixels[0]}`)
    }
    t.strictSame(missed, [], `every planted pixel is found (${JSON.stringify(judged)})`)
    t.strictSame(
      Object.keys(judged).sort(),
      ['cluster', 'dead', 'hot', 'line', 'noisy', 'overResponding', 'stuck', 'underResponding', 'unstable'],
      'every class was there to be found'
    )

    let good = 0
    let falselyCalled = 0
    for (let pixel = 0; pixel < planted.length; pixel++) {
      if (planted[pixel] !== 0) continue
      good++
      if (isFound(pixel)) falselyCalled++
    }
    t.ok(falselyCalled <= 1e-5 * good, `${falselyCalled} of ${good} good pixels are called bad: at most 1e-5`)

    const [flat] = detector.flats(1, { level: 0.5, session: 2 })
    const corrector = createCorrector(calibration)
    const corrected = corrector.correct(flat)
    const signal = detector.truth.flatSignal(0.5)
    const noise = detector.truth.flatNoise(0.5)
    let count = 0
    let sum = 0
    let squares = 0
    let variance = 0
    for (let pixel = 0; pixel < planted.length; pixel++) {
      if (planted[pixel] !== 0 || isFound(pixel)) continue
      const value = corrected.data[pixel]
      count++
      sum += value
      squares += value * value
      // noise of the frame and of the mean of N flats, from the truth; equal levels, same darks: the dark term cancels
      variance += (noise[pixel] / signal[pixel]) ** 2 * (1 + 1 / FRAMES)
    }
    const mean = sum / count
    const sd = Math.sqrt(squares / count - mean * mean)
    const predicted = mean * Math.sqrt(variance / count)
    t.ok(
      Math.abs(sd / predicted - 1) < 0.02,
      `sd of an unseen flat ${sd.toFixed(2)} DN, predicted from the truth ${predicted.toFixed(2)} DN`
    )

    const verification = createVerification(calibration)
    verification.add(corrected)
    const ratio = verification.result().overall.figures.find(({ name }) => name === 'noiseRatio')!.value!
    // good pixels here include planted ones below every threshold
    t.ok(Math.abs(ratio - 1) < 0.02, `measured over predicted by the calibration alone: ${ratio.toFixed(4)}`)
    t.equal(found.filter((flags) => (flags & DEFECT_FLAGS.dead) !== 0 && (flags & BAD_PIXEL_BITS) === 0).length, 0)
  })
}
