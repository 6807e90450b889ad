import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import * as fsPromises from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { Test } from 'tap'
import { isDetectorError } from '../../../lib/errors.js'
import { loadCalibration } from '../../../lib/io/load-calibration.js'
import { openHdf5Library } from '../../../lib/io/nexus/open-hdf5-library.js'
import { TRAILER } from '../../../lib/io/nexus/trailer-layout.js'
import { saveCalibration } from '../../../lib/io/save-calibration.js'
import { firstSchema } from '../../fixtures/calibration/first-schema.js'
import { forgedHdf5, hdf5Part, headerPart, sealed } from '../../fixtures/forge-calibration.js'
import type { Forgery } from '../../fixtures/forge-calibration.js'
import { madeCalibration } from '../../fixtures/made-calibration.js'

const folder = t.testdir()
const genuine = join(folder, 'SN1234.nxs')
const bad = join(folder, 'bad.nxs')
const shape = [24, 40] as const
t.before(async () => void (await saveCalibration(genuine, madeCalibration(shape))))

const detector = '/entry/instrument/detector'
const forged = async (forgery: Forgery, header: object = {}): Promise<string> =>
  sealed(bad, await forgedHdf5(genuine, forgery), { ...headerPart(genuine), ...header })
interface Refusal {
  code: string
  message: RegExp
}
const refuses = async (t: Test, forgery: Forgery, error: Refusal, message = '') =>
  t.rejects(loadCalibration(await forged(forgery)), error, message)
const sha256 = (data: NodeJS.ArrayBufferView) => createHash('sha256').update(data).digest('hex')
/** Checksums as they stand, some replaced. */
const checksums = async (changed: Record<string, unknown>) => {
  const library = await openHdf5Library()
  library.FS!.writeFile('/look', hdf5Part(genuine))
  const file = new library.File('/look', 'r')
  const found = JSON.parse(String((file.get('/entry/process/checksums/data') as any).value))
  file.close()
  return { data: JSON.stringify({ ...found, ...changed }) }
}
/** Replace a map and its checksum. */
const otherMap = async (name: string, data: Float32Array | Uint32Array, rest: object = {}): Promise<Forgery> => ({
  replace: {
    [`${detector}/${name}`]: { data, shape: [...shape], ...rest },
    '/entry/process/checksums/data': await checksums({ [name]: sha256(data) })
  }
})

t.test('a forgery without changes is loaded, so that the refusals below are for their changes', async (t) => {
  t.strictSame(await loadCalibration(await forged({})), madeCalibration(shape))
  const numbers = { [`${detector}/dark_frames`]: { data: new BigInt64Array([7n]), shape: [1] }, [`${detector}/flat_frames`]: null }
  const stated = { darkFrames: 7, flatFrames: 0, pixelPitch: null }
  const other = await loadCalibration(await forged({ replace: { ...numbers, [`${detector}/y_pixel_size`]: null } }, stated))
  t.match(other, { darkFrames: 7, flatFrames: 0, pixelPitch: null })
})

t.test('what is not there, not a file, or cannot be read is ERR_IO', async (t) => {
  await t.rejects(loadCalibration(join(folder, 'none.nxs')), { code: 'ERR_IO', message: /none\.nxs.*ENOENT/, cause: { code: 'ENOENT' } })
  await t.rejects(loadCalibration(folder), { code: 'ERR_IO', message: /a folder/ })
  await t.rejects(loadCalibration('/dev/null'), { code: 'ERR_IO', message: /not a file/ })
})

t.test('what is not a calibration of ours is ERR_FORMAT', async (t) => {
  const refused = async (content: string | Uint8Array, message: RegExp) => {
    writeFileSync(bad, content)
    await t.rejects(loadCalibration(bad), { code: 'ERR_FORMAT', file: bad, message })
  }
  await refused('', /received 0 bytes/)
  await refused('flatpanel-seal/1', /received 16 bytes/)
  await refused('text '.repeat(1000), /not written by flatpanel/)
  await refused(hdf5Part(genuine), /changed by another program since, or truncated/)
  await refused(Buffer.concat([readFileSync(genuine), Buffer.from('\n')]), /not written by flatpanel/)
  await refused(readFileSync(genuine).subarray(1), /a trailer for the \d+ bytes in front of it, received one for \d+ bytes/)
})

t.test('a file too long to hold is refused before memory is taken', async (t) => {
  writeFileSync(bad, '')
  truncateSync(bad, 3 * 2 ** 30)
  await t.rejects(loadCalibration(bad), { code: 'ERR_FORMAT', message: /received 3221225472 bytes/ })
  truncateSync(bad, 0)
})

t.test('every truncation is refused', async (t) => {
  const whole = readFileSync(genuine)
  const lengths = [1, 8, 55, 56, 57, 96, 512, 2048, whole.length >> 1]
  for (let cut = 1; cut <= TRAILER.length + 1; cut++) lengths.push(whole.length - cut)
  const passed: number[] = []
  for (const length of lengths) {
    writeFileSync(bad, whole.subarray(0, length))
    const error = await loadCalibration(bad).catch((caught: unknown) => caught)
    if (!isDetectorError(error, 'ERR_FORMAT')) passed.push(length)
  }
  t.same(passed, [])
})

t.test('200 flipped bits, one at a time: checksum or format, nothing else', async (t) => {
  const whole = readFileSync(genuine)
  let state = 20261121
  const random = (n: number) => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) % n
  const seen: Record<string, number> = {}
  for (let turn = 0; turn < 200; turn++) {
    const at = turn < 170 ? random(whole.length) : whole.length - 1 - random(TRAILER.length)
    const flipped = Uint8Array.from(whole)
    flipped[at] ^= 1 << random(8)
    writeFileSync(bad, flipped)
    const error = await loadCalibration(bad).catch((caught: unknown) => caught)
    const code = isDetectorError(error) ? error.code : `byte ${at}: ${error}`
    seen[code] = (seen[code] ?? 0) + 1
  }
  t.same(Object.keys(seen).sort(), ['ERR_CHECKSUM', 'ERR_FORMAT'], JSON.stringify(seen))
  t.equal(seen.ERR_CHECKSUM + seen.ERR_FORMAT, 200)
})

t.test('a file that shrinks while it is read is refused', async (t) => {
  const whole = readFileSync(genuine)
  const { readSealedFile } = await t.mockImport<typeof import('../../../lib/io/nexus/read-sealed-file.js')>(
    '../../../lib/io/nexus/read-sealed-file.js',
    {
      'node:fs/promises': {
        ...fsPromises,
        open: async (path: string) => {
          const handle = await fsPromises.open(path)
          const stat = async () => {
            const facts = await handle.stat()
            facts.size = whole.length
            return facts
          }
          return { stat, read: handle.read.bind(handle), close: () => handle.close() }
        }
      }
    }
  )
  writeFileSync(bad, whole.subarray(0, -20))
  await t.rejects(readSealedFile(bad), { code: 'ERR_FORMAT', message: /cut while it was read/ })
})

t.test('foreign HDF5 with a valid trailer', async (t) => {
  await refuses(t, { attributes: { schema: null } }, { code: 'ERR_FORMAT', message: /not written by flatpanel/ })
  await refuses(t, { attributes: { schema: 'other.thing/1' } }, { code: 'ERR_FORMAT', message: /"other\.thing\/1"/ })
  await refuses(t, { attributes: { schema: new Int32Array([1]) } }, { code: 'ERR_FORMAT', message: /not written by flatpanel/ })
  await refuses(t, { attributes: { schema: ['a', 'b'] } }, { code: 'ERR_FORMAT', message: /not written by flatpanel/ })
  sealed(bad, Buffer.from('not HDF5 at all, but sealed'))
  await t.rejects(loadCalibration(bad), { code: 'ERR_FORMAT', message: /an HDF5 file that can be read, received .*/ })
  sealed(bad, hdf5Part(genuine).subarray(0, -3000))
  await t.rejects(loadCalibration(bad), { code: 'ERR_FORMAT', message: /truncated/ })
  t.strictSame(await loadCalibration(genuine), madeCalibration(shape), 'the library still serves after its errors')
})

t.test('another schema is refused in words', async (t) => {
  const newer = { attributes: { schema: 'flatpanel.calibration/3' } }
  await refuses(t, newer, { code: 'ERR_CALIBRATION', message: /newer flatpanel: update flatpanel, or build/ })
  const older = { attributes: { schema: 'flatpanel.calibration/0' } }
  await refuses(t, older, { code: 'ERR_CALIBRATION', message: /older than this flatpanel reads: build the calibration again/ })
})

t.test('a layout that is not ours', async (t) => {
  const missing = (path: string, expected: RegExp) =>
    refuses(t, { replace: { [path]: null } }, { code: 'ERR_FORMAT', message: expected }, path)
  await missing('/entry', /a group at \/entry, received nothing/)
  await missing(detector, /a group at \/entry\/instrument\/detector, received nothing/)
  await missing('/entry/process', /a group at \/entry\/process/)
  await missing('/entry/process/provenance', /a group at \/entry\/process\/provenance/)
  await missing('/entry/process/checksums/data', /a text at \/entry\/process\/checksums\/data, received nothing/)
  for (const name of ['offset', 'flatfield', 'flatfield_signal', 'pixel_mask'])
    await missing(`${detector}/${name}`, new RegExp(`a map at ${detector}/${name}`))
  await missing(`${detector}/reference`, /a number at .*reference, received nothing/)
  const replaced = (path: string, replacement: any, error: Refusal) => refuses(t, { replace: { [path]: replacement } }, error, path)
  await replaced(detector, { data: 'text' }, { code: 'ERR_FORMAT', message: /a group at .*received something else/ })
  await replaced(`${detector}/offset`, 'group', { code: 'ERR_FORMAT', message: /a dataset at .*received something else/ })
  const wrongNumber = { code: 'ERR_FORMAT', message: /one number at/ }
  await replaced(`${detector}/reference`, { data: 'text' }, wrongNumber)
  await replaced(`${detector}/reference`, { data: new Float64Array([1, 2]), shape: [2] }, wrongNumber)
  const wrongText = { code: 'ERR_FORMAT', message: /one text at/ }
  await replaced(`${detector}/serial_number`, { data: ['a', 'b'] }, wrongText)
  await replaced(`${detector}/serial_number`, { data: new Float64Array([1]), shape: [] }, wrongText)
})

t.test('maps of another shape, type or storage', async (t) => {
  const n = shape[0] * shape[1]
  const swapped = { shape: [shape[1], shape[0]] }
  await refuses(t, await otherMap('noise', new Float32Array(n), swapped), {
    code: 'ERR_SHAPE',
    message: /noise: expected shape \[24, 40\], received \[40, 24\]/
  })
  await refuses(t, await otherMap('offset', new Float32Array(n), { shape: [2, 12, 40] }), {
    code: 'ERR_SHAPE',
    message: /received \[2, 12, 40\]/
  })
  await refuses(t, await otherMap('offset', new Float32Array(1), { shape: [] }), { code: 'ERR_SHAPE', message: /received \[\]/ })
  const storage = { code: 'ERR_FORMAT', message: /contiguous little-endian/ }
  await refuses(t, await otherMap('pixel_mask', new Float32Array(n)), storage)
  await refuses(t, await otherMap('offset', new Uint32Array(n)), storage)
  await refuses(t, { replace: { [`${detector}/offset`]: { data: new Float64Array(n), shape: [...shape] } } }, storage)
  await refuses(t, { replace: { [`${detector}/pixel_mask`]: { data: new Int32Array(n), shape: [...shape] } } }, storage)
  await refuses(t, await otherMap('offset', new Float32Array(n), { chunks: [...shape], compression: 4 }), storage)
})

t.test('a map that claims more than the file holds is refused before memory is taken', async (t) => {
  // The extent of the offset map is found in its dataspace message as two 8-byte numbers and raised to 2^20 x 2^20.
  const bytes = Buffer.from(hdf5Part(genuine))
  const extent = (rows: number, cols: number) => {
    const both = Buffer.alloc(16)
    both.writeBigUInt64LE(BigInt(rows), 0)
    both.writeBigUInt64LE(BigInt(cols), 8)
    return both
  }
  let found = 0
  for (let at = bytes.indexOf(extent(24, 40)); at >= 0; at = bytes.indexOf(extent(24, 40), at + 1)) {
    extent(2 ** 20, 2 ** 20).copy(bytes, at)
    found++
  }
  t.ok(found >= 8, 'every map')
  const before = process.memoryUsage().rss
  await t.rejects(loadCalibration(sealed(bad, bytes)), { code: 'ERR_FORMAT' })
  t.ok(process.memoryUsage().rss - before < 256 * 2 ** 20)
  const zeros = { data: new Float32Array(2 ** 22), shape: [2 ** 11, 2 ** 11], chunks: [2 ** 11, 2 ** 11], compression: 9 }
  const claim = { code: 'ERR_FORMAT', message: /at most the \d+ bytes of the file at .*offset, received a claim of 16777216 bytes/ }
  await refuses(t, { replace: { [`${detector}/offset`]: zeros } }, claim)
})

t.test('maps that hold what cannot be', async (t) => {
  const n = shape[0] * shape[1]
  const filled = (value: number) => new Float32Array(n).fill(value, 7, 9)
  const refusesValues = async (name: string, value: number, received: RegExp) =>
    refuses(t, await otherMap(name, filled(value)), { code: 'ERR_CALIBRATION', message: received }, `${name} ${value}`)
  await refusesValues('offset', NaN, /offset: expected finite values, received NaN at pixel 7; 2 of 960 are wrong/)
  await refusesValues('flatfield', -Infinity, /-Infinity at pixel 7/)
  await refusesValues('flatfield', -0.5, /finite values, none below 0, received -0.5 at pixel 7/)
  await refusesValues('noise', -1, /none below 0/)
  const number = (name: string, value: number) => ({ replace: { [`${detector}/${name}`]: { data: new Float64Array([value]), shape: [] } } })
  for (const value of [0, -1, NaN, Infinity]) {
    await refuses(t, number('reference', value), { code: 'ERR_CALIBRATION', message: /reference: expected a finite number above 0/ })
  }
  await refuses(t, number('saturation_value', 0), { code: 'ERR_CALIBRATION', message: /saturation/ })
  await refuses(t, number('x_pixel_size', -0.1), { code: 'ERR_CALIBRATION', message: /pixel pitch/ })
  await refuses(t, number('dark_frames', 1.5), { code: 'ERR_CALIBRATION', message: /number of darks/ })
})

t.test('checksums of the maps are held', async (t) => {
  const path = '/entry/process/checksums/data'
  const n = shape[0] * shape[1]
  const otherValues = { [`${detector}/offset`]: { data: new Float32Array(n).fill(3), shape: [...shape] } }
  await refuses(t, { replace: otherValues }, { code: 'ERR_CHECKSUM', message: /offset: expected values with the SHA-256/ })
  await refuses(t, { replace: { [`${detector}/noise`]: null } }, { code: 'ERR_CHECKSUM', message: /noise: .*received no map/ })
  await refuses(
    t,
    { replace: { [path]: await checksums({ noise: undefined }) } },
    { code: 'ERR_CHECKSUM', message: /a map with a checksum/ }
  )
  await refuses(t, { replace: { [path]: await checksums({ noise: 17 }) } }, { code: 'ERR_CHECKSUM', message: /SHA-256 17/ })
  await refuses(t, { replace: { [path]: { data: '{' } } }, { code: 'ERR_FORMAT', message: /checksums of the maps/ })
  await refuses(t, { replace: { [path]: { data: 'null' } } }, { code: 'ERR_CHECKSUM', message: /a map with a checksum/ })
})

t.test('odd provenance is refused, never a crash', async (t) => {
  const { provenance } = madeCalibration(shape)
  const path = '/entry/process/provenance/data'
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
  const texts = ['', '{', 'null', '17', '"x"', '[]', '{}', deep, `{"__proto__":{"schema":1}}`]
  const changes: object[] = [{ mode: null }, { mode: { binning: 2 } }, { stacks: [null] }, { stacks: {} }, { kilovolts: '70' }]
  changes.push({ schema: 'flatpanel.calibration/9' }, { warnings: [1] }, { defectCounts: { dead: -1 } }, { options: [] }, { created: 5 })
  for (const change of changes) texts.push(JSON.stringify({ ...provenance, ...change }))
  for (const text of texts) {
    const error = { code: 'ERR_FORMAT', message: /provenance of a calibration/ }
    await refuses(t, { replace: { [path]: { data: text } } }, error, text.slice(0, 40))
  }
  await refuses(
    t,
    { replace: { [path]: { data: JSON.stringify({ ...provenance, mode: null }) } } },
    { code: 'ERR_FORMAT', message: /at "mode": / }
  )
  const odd = { ...provenance, options: { deep: JSON.parse(deep.slice(0, 1000) + deep.slice(-1000)) }, more: { constructor: 1 } }
  const loaded = await loadCalibration(await forged({ replace: { [path]: { data: JSON.stringify(odd) } } }, { provenance: odd }))
  t.strictSame(loaded.provenance, odd)
})

t.test('a file of 0.1.0 is loaded, every value as it was known when it was written', async (t) => {
  const path = fileURLToPath(new URL('../../fixtures/calibration/schema-1.nxs', import.meta.url))
  const { provenance, ...loaded } = await loadCalibration(path)
  t.strictSame(loaded, firstSchema())
  t.match(provenance, {
    schema: 'flatpanel.calibration/2',
    version: '0.1.0',
    kilovolts: 70,
    mode: { binning: '2x2', integrationTime: 100 }
  })
  const again = join(folder, 'again.nxs')
  await saveCalibration(again, { ...loaded, provenance })
  t.strictSame(await loadCalibration(again), { ...loaded, provenance }, 'and saved as one of today')
  const whole = readFileSync(path)
  for (const at of [0, 3000, whole.length - 60, whole.length - 56, whole.length - 40, whole.length - 1]) {
    const flipped = Uint8Array.from(whole)
    flipped[at] ^= 4
    writeFileSync(bad, flipped)
    await t.rejects(loadCalibration(bad), { code: /ERR_(CHECKSUM|FORMAT)/ }, `byte ${at}`)
  }
})

const rowReference = {
  columns: [[0, 4], [36, 40]], // prettier-ignore
  halves: [
    { rows: [0, 12], rowNoise: 1.25, weight: 0.75 },
    { rows: [12, 24], rowNoise: 1 / 3, weight: 1 }
  ]
} as const

t.test('a further correction comes back, and what requires an unknown step is refused', async (t) => {
  const made = madeCalibration(shape, 1, { corrections: { rowReference } })
  const path = join(folder, 'row-reference.nxs')
  await saveCalibration(path, made)
  t.strictSame(await loadCalibration(path), made)
  const steps = { requiredSteps: ['row-reference'] }
  const refusesSteps = async (attributes: Record<string, unknown>, message: RegExp, replace: Forgery['replace'] = {}) => {
    sealed(bad, await forgedHdf5(path, { attributes, replace }), { ...headerPart(path), ...steps })
    await t.rejects(loadCalibration(bad), { code: 'ERR_CALIBRATION', message })
  }
  t.strictSame((await loadCalibration(sealed(bad, await forgedHdf5(path, {}), headerPart(path)))).corrections, made.corrections)
  await refusesSteps({ required_steps: 'row-reference lag' }, /steps that this flatpanel knows \(update flatpanel.*received "lag"/)
  await refusesSteps({ required_steps: 7 }, /received no text/)
  await refusesSteps({ required_steps: null }, /received the group only/)
  const place = `${detector}/reference_pixels`
  await refusesSteps({}, /received the step only/, { [place]: null })
  const numbers = (name: string, data: number[], shape = [data.length]) => ({
    [`${place}/${name}`]: { data: Float64Array.from(data), shape }
  })
  await refusesSteps({}, /columns: expected runs .* from 0 to 40/, numbers('columns', [0, 41], [1, 2]))
  await refusesSteps({}, /columns: expected runs/, numbers('columns', [4, 8, 0, 4], [2, 2]))
  await refusesSteps({}, /rows: expected runs/, numbers('rows', [0, 12, 12, 24]))
  await refusesSteps({}, /weight: expected 2 finite values from 0 to 1/, numbers('weight', [0.5, 1.01]))
  await refusesSteps({}, /row_noise: expected 2 finite/, numbers('row_noise', [1]))
  const wrong = { ...rowReference, columns: [[0, 400]] as const }
  const saving = saveCalibration(join(folder, 'wrong.nxs'), madeCalibration(shape, 1, { corrections: { rowReference: wrong } }))
  await t.rejects(saving, { code: 'ERR_CALIBRATION', message: /reference_pixels: columns/ })
  const refusesFormat = async (replace: Forgery['replace'], message: RegExp) => {
    sealed(bad, await forgedHdf5(path, { replace }), headerPart(path))
    await t.rejects(loadCalibration(bad), { code: 'ERR_FORMAT', message })
  }
  await refusesFormat({ [`${place}/weight`]: null }, /numbers at .*weight, received nothing/)
  await refusesFormat({ [`${place}/weight`]: { data: new Float32Array(2), shape: [2] } }, /float64 at .*weight/)
  const changed = { [`${place}/weight`]: { data: Float64Array.of(0.75, 0.5), shape: [2] } }
  sealed(bad, await forgedHdf5(path, { replace: changed }), headerPart(path))
  await t.rejects(loadCalibration(bad), { code: 'ERR_CHECKSUM', message: /reference_pixels\/weight/ })
})

t.test('a header that says anything else than the file is refused', async (t) => {
  const bytes = hdf5Part(genuine)
  const stated = headerPart(genuine)
  const refusesHeader = async (changed: object, code: string, message: RegExp) => {
    sealed(bad, bytes, { ...stated, ...changed })
    await t.rejects(loadCalibration(bad), { code, message })
  }
  for (const changed of [{ reference: 1 }, { shape: [24, 41] }, { serialNumber: 'SN' }, { darkFrames: 31 }, { checksums: {} }]) {
    await refusesHeader(changed, 'ERR_CALIBRATION', new RegExp(`header: expected ${Object.keys(changed)[0]} .*as the calibration has it`))
  }
  await refusesHeader({ requiredSteps: ['row-reference'] }, 'ERR_CALIBRATION', /header: expected requiredSteps/)
  await refusesHeader({ requiredSteps: ['lag'] }, 'ERR_CALIBRATION', /steps that this flatpanel knows .*"lag"/)
  await refusesHeader({ schema: 'flatpanel.calibration/3' }, 'ERR_CALIBRATION', /calibration\/3" \(update flatpanel/)
  for (const changed of [
    { shape: [0, 1] },
    { reference: null },
    { checksums: { offset: 'x' } },
    { pixelPitch: [1] },
    { darkFrames: 0.5 }
  ]) {
    await refusesHeader(changed, 'ERR_FORMAT', new RegExp(`header of a calibration .* as "${Object.keys(changed)[0]}"`))
  }
  const elsewhere = { file: '../other.nxs', sha256: 'ab'.repeat(32) }
  await refusesHeader({ maps: elsewhere }, 'ERR_FORMAT', /as "maps"/)
  await refusesHeader({ provenance: { ...stated.provenance, mode: null } }, 'ERR_FORMAT', /as "provenance"/)
})

t.test('importing the room loads neither HDF5 nor zod', async (t) => {
  // A child that refuses both modules; the loader hooks see every import.
  const refuse = `export async function resolve(name, context, next) {
    if (/^(h5wasm|zod)/.test(name)) throw new Error('loaded ' + name)
    return next(name, context)
  }`
  const register = `import { register } from 'node:module'; register('data:text/javascript,' + ${JSON.stringify(encodeURIComponent(refuse))})`
  const url = new URL('../../../lib/io/load-calibration.js', import.meta.url).href
  const save = new URL('../../../lib/io/save-calibration.js', import.meta.url).href
  const program = `await import(${JSON.stringify(url)}); await import(${JSON.stringify(save)}); console.log('done')`
  const flags = [...process.execArgv, '--import', `data:text/javascript,${encodeURIComponent(register)}`]
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, '--input-type=module', '-e', program], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' }
  })
  t.match(stdout, /done/, stderr)
})
