// MB/s of reading one frame of 3072 x 3072 u16 in each format, beside fs.readSync of the same bytes; rounds interleaved, medians.
//   node bench/formats.mjs [--rounds 9] [--json]
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { readFrames, writeDicom, writeHdf5, writeNpy, writeRaw, writeTiff } from '../dist/lib/io/index.js'

// what earlier readings left behind is cleared beforehand, not within the time of the next one
setFlagsFromString('--expose-gc')
const clear = runInNewContext('gc')

const option = (name, fallback) => (process.argv.includes(name) ? Number(process.argv[process.argv.indexOf(name) + 1]) : fallback)
const rounds = option('--rounds', 9)
const side = option('--side', 3072)
const folder = mkdtempSync(join(tmpdir(), 'flatpanel-formats-'))
const data = Uint16Array.from({ length: side * side }, (_, i) => 8000 + ((i * 2654435761) >>> 22))
const frame = { data, shape: [side, side] }
const bytes = Buffer.from(data.buffer)

const header = (length, fill) => {
  const head = Buffer.alloc(length)
  fill(head)
  return head
}
const his = header(100, (head) => {
  const fields = [
    [0x7000, 0],
    [68, 2],
    [100, 4],
    [32, 10],
    [1, 12],
    [1, 14],
    [side, 16],
    [side, 18],
    [1, 20],
    [4, 32]
  ]
  for (const [value, at] of fields) head.writeUInt16LE(value, at)
  head.writeUInt32LE(100 + bytes.length, 6)
})
const ge = header(8192, (head) => {
  head.write('ADEPT')
  head.writeUInt32LE(8192, 12)
  for (const [value, at] of [
    [1, 22],
    [side, 24],
    [side, 26],
    [16, 28]
  ])
    head.writeUInt16LE(value, at)
})
const edf = Buffer.from(
  `{\nByteOrder = LowByteFirst ;\nDataType = UnsignedShort ;\nDim_1 = ${side} ;\nDim_2 = ${side} ;\n`.padEnd(510) + '}\n'
)

const cards = ['SIMPLE  = T', 'BITPIX  = 16', 'NAXIS   = 2', `NAXIS1  = ${side}`, `NAXIS2  = ${side}`, 'BZERO   = 32768', 'END']
const fits = Buffer.from(
  cards
    .map((card) => card.padEnd(80))
    .join('')
    .padEnd(2880)
)
const bigEndian = Buffer.from(bytes).swap16()
const signed = Buffer.from(Int16Array.from(data, (value) => value - 32768).buffer).swap16()
const chunk = (type, content) => {
  const whole = Buffer.alloc(12 + content.length)
  whole.writeUInt32BE(content.length)
  whole.write(type, 4)
  whole.set(content, 8)
  whole.writeUInt32BE(crc32(whole.subarray(4, 8 + content.length)), 8 + content.length)
  return whole
}
const lines = Buffer.alloc(side * (2 * side + 1))
for (let row = 0; row < side; row++) bigEndian.copy(lines, row * (2 * side + 1) + 1, row * 2 * side, (row + 1) * 2 * side)
const ihdr = header(13, (head) => {
  head.writeUInt32BE(side, 0)
  head.writeUInt32BE(side, 4)
  head[8] = 16
})
const png = [Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', ihdr), chunk('IDAT', deflateSync(lines)), chunk('IEND', Buffer.alloc(0))]

const files = []
const add = async (name, what, write) => {
  const path = join(folder, name)
  await write(path)
  files.push({ format: what, path, ms: [], readSyncMs: [] })
}
const store =
  (...parts) =>
  (path) =>
    writeFileSync(path, Buffer.concat(parts))

await add('a.tif', 'TIFF, not packed', (path) => writeTiff(path, [frame]))
await add('b.tif', 'TIFF, deflate', (path) => writeTiff(path, [frame], { compression: 'deflate' }))
await add('a.his', 'HIS', store(his, bytes))
await add('a.ge', 'GE', store(ge, bytes))
await add('a.edf', 'EDF', store(edf, bytes))
await add('a.fits', 'FITS', store(fits, signed, Buffer.alloc((2880 - (signed.length % 2880)) % 2880)))
await add('a.png', 'PNG', store(...png))
await add('a.dcm', 'DICOM', (path) => writeDicom(path, { ...frame, info: { pixelPitch: [0.139, 0.139], bitsUsed: 16 } }))
await add('a.npy', 'NPY', (path) => writeNpy(path, [frame]))
await add('a.h5', 'HDF5', (path) => writeHdf5(path, [frame]))
await add('a.raw', 'raw', (path) => writeRaw(path, [frame]))

const readOnce = async ({ path, format }) => {
  const options = { hash: false, ...(format === 'raw' && { raw: { rows: side, cols: side, type: 'u16' } }) }
  const start = performance.now()
  for await (const read of readFrames([path], options)) {
    if (read.data.length !== data.length) throw new Error(`${path}: ${read.data.length} pixels`)
  }
  return performance.now() - start
}
const readPlain = ({ path }) => {
  const { size } = statSync(path)
  const start = performance.now()
  const file = openSync(path)
  const target = Buffer.allocUnsafeSlow(size)
  for (let done = 0; done < size;) done += readSync(file, target, done, size - done, done)
  closeSync(file)
  return performance.now() - start
}

for (let round = -1; round < rounds; round++) {
  for (const file of files) {
    clear()
    const ms = await readOnce(file)
    clear()
    const plain = readPlain(file)
    if (round < 0) continue
    file.ms.push(ms)
    file.readSyncMs.push(plain)
  }
}
rmSync(folder, { recursive: true })

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]
const rows = files.map(({ format, ms, readSyncMs }) => {
  const [own, plain] = [median(ms), median(readSyncMs)]
  const megabytesPerSecond = bytes.length / 1000 / own
  return { format, megabytesPerSecond, milliseconds: own, readSyncMilliseconds: plain, speedOfReadSync: plain / own }
})
if (process.argv.includes('--json')) console.log(JSON.stringify({ side, rounds, rows }, null, 2))
else {
  console.log('| format | MB/s | ms | readSync ms | of the speed of readSync |\n| --- | ---: | ---: | ---: | ---: |')
  for (const row of rows) {
    const { format, megabytesPerSecond: speed, milliseconds: own, readSyncMilliseconds: plain, speedOfReadSync } = row
    console.log(`| ${format} | ${speed.toFixed(0)} | ${own.toFixed(1)} | ${plain.toFixed(1)} | ${speedOfReadSync.toFixed(2)} |`)
  }
}
