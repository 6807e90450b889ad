import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ExistsError, IoError } from '../../errors.js'
import type { FrameSource } from '../../frame/frame-source.js'
import type { RawFrame } from '../../frame/raw-frame.js'
import { fileExists } from '../../io/file-exists.js'
import { writeTiff } from '../../io/formats/tiff/write-tiff.js'
import { loadCalibration } from '../../io/load-calibration.js'
import { BAD_PIXEL_BITS } from '../../maps/defect-flags.js'
import { createVirtualDetector } from '../../simulation/create-virtual-detector.js'
import type { VirtualDetector } from '../../simulation/create-virtual-detector.js'
import type { Terminal } from '../terminal.js'
import { runCalibrate } from './calibrate.js'
import { runCorrect } from './correct.js'
import { runVerify } from './verify.js'

/** The panel of the demo: rows and columns, frames of each kind. */
const PANEL = Object.freeze({ rows: 512, cols: 512, bits: 14, seed: 2026, pitchMicrometres: 148 })
const FRAMES = Object.freeze({ darks: 16, flats: 16, checks: 4 })
const LIMITS = Object.freeze({
  schema: 'flatpanel.limits/1',
  limits: { noiseRatio: { min: 0.95, max: 1.05, note: 'measured over predicted noise' } }
})
const MARKER = 'flatpanel-demo.json'

/** `flatpanel demo`: the main job on a simulated panel, with the truth beside what was found. */
export async function runDemo({ out }: { readonly out: string }, terminal: Terminal): Promise<number> {
  await claimFolder(out)
  const detector = createVirtualDetector({ ...PANEL, defects: 'standard' })
  await simulate(detector, out, terminal)

  const at = (name: string): string => join(out, name)
  const calibration = at(`${detector.serialNumber}.nxs`)
  const documents: Record<string, unknown> = {}
  const step = (name: string): Terminal => ({ ...terminal, document: (value) => void (documents[name] = value) })
  terminal.print([
    {
      kind: 'command',
      text: `flatpanel calibrate --dark "${at('darks')}" --flat "${at('flats')}" --out "${calibration}" --bits 14 --pitch 148`
    }
  ])
  await runCalibrate(
    {
      dark: [[at('darks')]],
      flat: [[at('flats')]],
      out: calibration,
      bits: PANEL.bits,
      pitch: PANEL.pitchMicrometres,
      serial: detector.serialNumber,
      force: true
    },
    step('calibrate')
  )
  terminal.print([{ kind: 'command', text: `flatpanel correct --calibration "${calibration}" --out "${at('corrected')}" "${at('raw')}"` }])
  await runCorrect({ frames: [at('raw')], calibration, out: at('corrected'), force: true }, step('correct'))
  terminal.print([
    { kind: 'command', text: `flatpanel verify --calibration "${calibration}" --flat "${at('check')}" --limits "${at('limits.json')}"` }
  ])
  const code = await runVerify({ calibration, flat: [[at('check')]], limits: at('limits.json') }, step('verify'))
  const found = await compareWithTruth(calibration, detector)
  terminal.print([
    {
      kind: 'verdict',
      outcome: 'none',
      text: `planted bad pixels: ${found.planted}, found: ${found.found}, falsely called bad: ${found.falselyCalled}`
    },
    {
      kind: 'note',
      text: 'The new defects that verify counts are planted: those pixels change their response from one session to the next.'
    },
    {
      kind: 'figures',
      rows: [
        { name: 'frames', value: ['darks', 'flats', 'check', 'raw'].map(at).join(', ') },
        { name: 'maps', value: calibration },
        { name: 'corrected', value: at('corrected') }
      ]
    }
  ])
  terminal.document({ schema: 'flatpanel.demo/1', out, ...documents, truth: found })
  return code
}

/** A new folder, or one that an earlier demo made: nobody's own files are at risk. */
async function claimFolder(out: string): Promise<void> {
  if ((await fileExists(out)) && !(await fileExists(join(out, MARKER)))) {
    throw new ExistsError({ subject: out, expected: 'a new folder, or that of an earlier demo', received: 'something else that is there' })
  }
  try {
    for (const name of ['darks', 'flats', 'check', 'raw']) await mkdir(join(out, name), { recursive: true })
    await writeFile(join(out, MARKER), `${JSON.stringify({ panel: PANEL, frames: FRAMES }, null, 2)}\n`)
    await writeFile(join(out, 'limits.json'), `${JSON.stringify(LIMITS, null, 2)}\n`)
  } catch (cause) {
    throw new IoError({ subject: out, expected: 'a folder that can be written to', received: (cause as Error).message, cause })
  }
}

async function simulate(detector: VirtualDetector, out: string, terminal: Terminal): Promise<void> {
  const stacks: [string, FrameSource, number][] = [
    ['darks', detector.darks(FRAMES.darks), FRAMES.darks],
    ['flats', detector.flats(FRAMES.flats, { session: 1 }), FRAMES.flats],
    ['check', detector.flats(FRAMES.checks, { session: 2 }), FRAMES.checks],
    ['raw', [detector.expose(phantom(detector.shape), { session: 3 })], 1]
  ]
  const total = stacks.reduce((sum, [, , count]) => sum + count, 0)
  let done = 0
  for (const [name, source] of stacks) {
    let index = 0
    for await (const frame of source) {
      terminal.progress.report('simulating frames', done++, total)
      await writeTiff(join(out, name, `${name}-${++index}.tif`), [frame as RawFrame & { data: Uint16Array }], { overwrite: true })
    }
  }
  terminal.progress.report('simulating frames', total, total)
}

/** A step wedge over a slanted plate, as transmission relative to the open beam at half of full scale. */
function phantom([rows, cols]: readonly [number, number]): Float32Array {
  const signal = new Float32Array(rows * cols)
  for (let row = 0, i = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++, i++) {
      const inWedge = row > rows * 0.15 && row < rows * 0.4 && col > cols * 0.1 && col < cols * 0.9
      const step = Math.floor((col / cols - 0.1) * 10)
      const plate = row > rows * 0.55 + 0.05 * (col - cols / 2)
      signal[i] = inWedge ? 0.9 ** (step + 1) : plate ? 0.2 : 1
    }
  }
  return signal
}

async function compareWithTruth(
  file: string,
  detector: VirtualDetector
): Promise<{ planted: number; found: number; falselyCalled: number }> {
  const { defects } = await loadCalibration(file)
  const truth = detector.truth.defects.data
  const counts = { planted: 0, found: 0, falselyCalled: 0 }
  for (let i = 0; i < truth.length; i++) {
    const called = (defects.data[i] & BAD_PIXEL_BITS) !== 0
    if ((truth[i] & BAD_PIXEL_BITS) === 0) counts.falselyCalled += Number(called)
    else {
      counts.planted++
      counts.found += Number(called)
    }
  }
  return counts
}
