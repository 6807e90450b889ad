/**
 * What building a calibration cannot avoid: read every file, SHA-256 of it, write as many bytes as the result has, fsync.
 * Arguments: folder of the frames, file to write, its bytes, threads. With several threads each takes every so manieth file.
 */
import { createHash } from 'node:crypto'
import { closeSync, fstatSync, fsyncSync, openSync, readdirSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { isMainThread, Worker, workerData } from 'node:worker_threads'

function readAndHash(files) {
  let buffer = Buffer.alloc(0)
  for (const file of files) {
    const descriptor = openSync(file)
    const { size } = fstatSync(descriptor)
    if (buffer.length < size) buffer = Buffer.alloc(size)
    const bytes = readSync(descriptor, buffer, 0, size, 0)
    createHash('sha256').update(buffer.subarray(0, bytes)).digest('hex')
    closeSync(descriptor)
  }
}

function writeAndSync(file, bytes) {
  const descriptor = openSync(file, 'w')
  const block = Buffer.alloc(1 << 22, 7)
  for (let done = 0; done < bytes; done += block.length) writeSync(descriptor, block, 0, Math.min(block.length, bytes - done))
  fsyncSync(descriptor)
  closeSync(descriptor)
}

if (!isMainThread) readAndHash(workerData)
else {
  const [folder, result, bytes, threads] = process.argv.slice(2)
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.tif'))
    .map((name) => join(folder, name))
  const shares = Array.from({ length: Number(threads) }, (_, at) => files.filter((_, k) => k % Number(threads) === at))
  const [first, ...others] = shares
  const workers = others.map(
    (share) =>
      new Promise((resolve, reject) => {
        new Worker(new URL(import.meta.url), { workerData: share }).on('exit', resolve).on('error', reject)
      })
  )
  readAndHash(first)
  await Promise.all(workers)
  writeAndSync(result, Number(bytes))
}
