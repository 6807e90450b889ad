import { ShapeError, StackError } from '../../lib/errors.js'
import type { FrameInfo } from '../../lib/frame/frame-info.js'
import type { FrameSource } from '../../lib/frame/frame-source.js'
import type { KernelPixels, PixelType } from '../../lib/frame/pixel-data.js'
import { pixelTypeOf } from '../../lib/frame/pixel-type-of.js'
import type { RawFrame } from '../../lib/frame/raw-frame.js'
import type { Shape } from '../../lib/frame/shape.js'
import { toKernelPixels } from '../../lib/frame/to-kernel-pixels.js'
import type { OffsetMap } from '../../lib/maps/maps.js'
import { assertSource } from './assert-source.js'
import { checkPoint } from '../check-point.js'
import { framesOf } from './frames-of.js'
import { hashFrame } from './hash-frame.js'
import { hashHead } from './hash-head.js'
import { measureFrame } from './measure-frame.js'
import type { FrameReference, FrameStatistics } from './measure-frame.js'
import { planSampling } from './plan-sampling.js'
import { quantisationStep } from './quantisation-step.js'
import { resolveSaturation } from './resolve-saturation.js'
import type { Saturation, SaturationOptions } from './resolve-saturation.js'
import { StackStore } from './stack-store.js'
import type { PlacedFrame } from './stack-store.js'
import { DEFAULT_MEMORY } from '../run-options.js'
import type { RunOptions } from '../run-options.js'

/** What the first pass says of one frame. */
export interface FrameFacts {
  readonly index: number
  readonly info: FrameInfo
  readonly sha256: string | null
  readonly statistics: FrameStatistics
  /** Values on the sampling grid of the stack, as float32. */
  readonly sample: Float32Array
}

/** A stack after its first pass. */
export interface OpenStack {
  readonly source: FrameSource
  readonly store: StackStore
  /** Name for messages: `darks`, `flats of level 1`. */
  readonly subject: string
  readonly role: 'dark' | 'flat'
  readonly shape: Shape
  readonly pixelType: PixelType
  readonly saturation: Saturation
  /** Step of the raw values, DN; 0: fractional; null: not known. */
  readonly quantum: number | null
  readonly frames: readonly FrameFacts[]
  /** The frames themselves where they fit into memory; null: to be read again. */
  held: readonly KernelPixels[] | null
  /** Passes over the source so far. */
  passes: number
}

/** What the first pass must know. */
export interface OpenStackOptions extends RunOptions, SaturationOptions {
  readonly role: 'dark' | 'flat'
  readonly subject: string
  /** For flats: the offset map, so that signal and pixels below the offset can be told. */
  readonly offset?: OffsetMap
  /** Where frames are held that are not those of an array. @default one of its own */
  readonly store?: StackStore
}

/**
 * First pass over a stack: shape, pixel type, hash and whole-frame figures of every frame; the frames are kept as long as
 * they fit into the memory that was allowed.
 * @throws {StackError} ERR_STACK when it is empty, spent, or mixes pixel types
 * @throws {ShapeError} ERR_SHAPE when a frame has another shape than the first, or than the offset map
 * @throws {AbortedError} ERR_ABORTED
 */
export async function openStack(source: FrameSource, options: OpenStackOptions): Promise<OpenStack> {
  const { subject, role, offset, memory = DEFAULT_MEMORY, store = new StackStore() } = options
  assertSource(source, subject)
  const inPlace = Array.isArray(source)
  const total = inPlace ? source.length : null
  const frames: Omit<FrameFacts, 'sha256'>[] = []
  const hashes: Promise<string | null>[] = []
  let held: KernelPixels[] | null = []
  let bytes = 0
  let first: { shape: Shape; pixelType: PixelType; saturation: Saturation } | null = null
  let reference: FrameReference | null = null
  let scratch: Float32Array | undefined
  for await (const frame of framesOf(source, subject)) {
    const index = frames.length
    checkPoint(options, `reading ${subject}`, index, total)
    const name = frame.info?.name ?? `${subject}, frame ${index}`
    const pixelType = pixelTypeOf(frame.data)
    if (first === null) {
      const shape: Shape = [frame.shape[0], frame.shape[1]]
      if (offset) assertOffset(offset, shape, subject)
      first = { shape, pixelType, saturation: resolveSaturation(options, pixelType) }
      store.begin(frame.data.length)
      reference = {
        shape,
        sampling: planSampling(shape),
        saturation: first.saturation.level,
        offset: offset ? { data: offset.data, mean: meanOf(offset.data) } : null
      }
    }
    assertAlike(frame, pixelType, first, name, index)
    const pixels = toKernelPixels(name, frame.data, scratch)
    const own = pixels !== frame.data
    if (held !== null) {
      bytes += inPlace && !own ? 0 : pixels.byteLength
      if (bytes > memory) held = null
      else held.push(own || inPlace ? pixels : hold(store, pixels))
    }
    const mine = held?.at(-1) ?? pixels
    const placed = store.placeOf(mine)
    if (placed !== null && index === 0 && offset) store.placeBase(offset.data)
    const hash = hashByTeam(frame, placed, store)
    // A failure is told below, when all are there.
    hash?.catch(() => {})
    hashes.push(hash ?? Promise.resolve(frame.info?.sha256 ?? (await hashFrame(frame))))
    frames.push({ index, info: frame.info ?? {}, ...measureFrame(mine, reference!, placed) })
    if (held === null && own) scratch = pixels as Float32Array
  }
  if (first === null) throw new StackError({ subject, expected: 'at least one frame', received: 'none' })
  checkPoint(options, `reading ${subject}`, frames.length, frames.length)
  const sums = await Promise.all(hashes)
  const quantum = quantisationStep(frames.map(({ sample }) => sample))
  return {
    source,
    store,
    subject,
    role,
    ...first,
    quantum,
    frames: frames.map((frame, k) => ({ ...frame, sha256: sums[k] })),
    held,
    passes: 1
  }
}

/** A copy that stays: the source may use its buffer again. */
function hold(store: StackStore, pixels: KernelPixels): KernelPixels {
  return (pixels instanceof Uint16Array ? store.place(pixels) : null) ?? pixels.slice()
}

/** While this frame is measured and the next one is read, where it stands in the memory of a team; null: not by the team. */
function hashByTeam(frame: RawFrame, placed: PlacedFrame | null, { team }: StackStore): Promise<string> | null {
  if (team === null || placed === null || frame.info?.sha256 !== undefined) return null
  return team.hash(hashHead(frame), placed.at, frame.data.byteLength)
}

function meanOf(values: Float32Array): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]
  return sum / values.length
}

function assertOffset(offset: OffsetMap, shape: Shape, subject: string): void {
  if (offset.shape[0] !== shape[0] || offset.shape[1] !== shape[1]) {
    throw new ShapeError({ subject, expected: `shape [${offset.shape.join(', ')}] as the darks`, received: `[${shape.join(', ')}]` })
  }
}

function assertAlike(
  frame: RawFrame,
  pixelType: PixelType,
  first: { shape: Shape; pixelType: PixelType },
  name: string,
  index: number
): void {
  const [rows, cols] = first.shape
  if (frame.shape[0] !== rows || frame.shape[1] !== cols) {
    throw new ShapeError({
      subject: name,
      expected: `shape [${rows}, ${cols}] as the first frame of its stack`,
      received: `[${frame.shape.join(', ')}] in frame ${index}`
    })
  }
  if (pixelType !== first.pixelType) {
    throw new StackError({
      subject: name,
      expected: `pixel type ${first.pixelType} as the first frame of its stack`,
      received: `${pixelType} in frame ${index}`,
      frames: [index]
    })
  }
}
