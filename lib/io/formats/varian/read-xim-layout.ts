import { FormatError } from '../../../errors.js'
import type { FrameInfo } from '../../../frame/frame-info.js'
import type { FrameFile } from '../frame-file.js'
import { LARGEST_UNPACKED } from '../largest-unpacked.js'

/** A part of the file. */
interface Part {
  readonly position: number
  readonly bytes: number
}

/** Where the parts of a frame stand. */
export interface XimLayout {
  readonly rows: number
  readonly cols: number
  readonly type: 'u8' | 'u16' | 'i32'
  /** Lengths of the differences; undefined: the pixels are plain. */
  readonly lengths: Part | undefined
  readonly pixels: Part
  readonly info: FrameInfo
}

type Property = readonly [name: string, value: number | undefined]

const types: Readonly<Record<number, XimLayout['type']>> = { 1: 'u8', 2: 'u16', 4: 'i32' }
/** Most properties, and longest name of one, that are looked at. */
const mostProperties = 10_000
const longestName = 1024

/**
 * Read the structure of an XIM file, each part checked against the file.
 * @throws {FormatError} ERR_FORMAT
 */
export async function readXimLayout(file: FrameFile): Promise<XimLayout> {
  const reader = new Reader(file, 8)
  await reader.integer('a version')
  const cols = await reader.integer('columns', 1)
  const rows = await reader.integer('rows', 1)
  await reader.integer('bits per pixel', 1)
  const width = await reader.integer('bytes per pixel', 1)
  const type = types[width]
  if (type === undefined) return reader.refuse('1, 2 or 4 bytes per pixel', String(width))
  if (rows * cols * 4 > LARGEST_UNPACKED) reader.refuse(`a frame of at most ${LARGEST_UNPACKED} bytes`, `${rows} rows x ${cols} columns`)
  const packed = (await reader.integer('compression', 0, 1)) === 1
  const lengths = packed ? await reader.part('lengths') : undefined
  const pixels = await reader.part('pixels')
  if (packed) await reader.integer('the size of the pixels')
  const least = packed ? 4 * Math.min(cols + 1, rows * cols) : rows * cols * width
  if (pixels.bytes < least || (!packed && pixels.bytes !== least)) {
    reader.refuse(`${least} bytes of pixels${packed ? ' at least' : ''} (${rows} rows x ${cols} columns)`, `${pixels.bytes} bytes`)
  }
  const pastFirst = Math.max(0, rows * cols - cols - 1)
  if (lengths && (lengths.bytes * 4 < pastFirst || pixels.bytes < least + pastFirst)) {
    reader.refuse(`lengths and differences of ${pastFirst} pixels`, `${lengths.bytes} and ${pixels.bytes} bytes`)
  }
  await reader.skip(4 * (await reader.integer('bins of the histogram', 0)))
  return { rows, cols, type, lengths, pixels, info: infoOf(await reader.properties()) }
}

function infoOf(properties: readonly Property[]): FrameInfo {
  const positive = (name: string): number | undefined => {
    const value = properties.find((property) => property[0] === name)?.[1]
    return value !== undefined && Number.isFinite(value) && value > 0 ? value : undefined
  }
  const [height, width] = [positive('PixelHeight'), positive('PixelWidth')]
  const [kilovolts, milliamps] = [positive('KVKiloVolts'), positive('KVMilliAmperes')]
  return {
    ...(height !== undefined && width !== undefined && { pixelPitch: [height * 10, width * 10] as const }),
    ...(kilovolts !== undefined && { kilovolts }),
    ...(milliamps !== undefined && { milliamps })
  }
}

/** Goes through a file field by field. */
class Reader {
  readonly #file: FrameFile
  #at: number

  constructor(file: FrameFile, at: number) {
    this.#file = file
    this.#at = at
  }

  refuse(expected: string, received: string): never {
    throw new FormatError({ file: this.#file.path, offset: this.#at, expected, received })
  }

  async integer(what: string, least = -(2 ** 31), most = 2 ** 31): Promise<number> {
    const value = (await this.#view(4)).getInt32(0, true)
    if (value < least || value > most) this.refuse(`${what} from ${least} to ${most}`, String(value))
    this.#at += 4
    return value
  }

  /** A length and as many bytes, passed over. */
  async part(what: string): Promise<Part> {
    const bytes = await this.integer(`bytes of ${what}`, 0)
    const position = this.#at
    await this.skip(bytes)
    return { position, bytes }
  }

  async skip(bytes: number): Promise<void> {
    if (this.#at + bytes > this.#file.size) this.refuse(`${bytes} bytes`, `${this.#file.size - this.#at} up to the end of the file`)
    this.#at += bytes
  }

  async properties(): Promise<Property[]> {
    const count = await this.integer('properties', 0, mostProperties)
    const found: Property[] = []
    for (let i = 0; i < count; i++) found.push(await this.#property())
    return found
  }

  /** A name, a type, a value: integer, double, text, and arrays of them with their length in bytes. */
  async #property(): Promise<Property> {
    const length = await this.integer('letters of a name', 0, longestName)
    const name = Buffer.from((await this.#view(length)).buffer).toString('latin1')
    this.#at += length
    const type = await this.integer('the type of a property', 0, 5)
    if (type === 0) return [name, await this.integer(name)]
    if (type === 1) {
      const value = (await this.#view(8)).getFloat64(0, true)
      this.#at += 8
      return [name, value]
    }
    if (type === 3) this.refuse('a property of type 0, 1, 2, 4 or 5', '3')
    await this.part(name)
    return [name, undefined]
  }

  async #view(length: number): Promise<DataView> {
    const bytes = new Uint8Array(length)
    await this.#file.read(bytes, this.#at)
    return new DataView(bytes.buffer)
  }
}
