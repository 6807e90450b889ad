/** Little-endian bytes, one after another. */
export class ByteWriter {
  readonly #bytes: number[] = []

  get length(): number {
    return this.#bytes.length
  }

  u8(...values: number[]): this {
    this.#bytes.push(...values)
    return this
  }

  u16(value: number): this {
    return this.u8(value & 0xff, (value >>> 8) & 0xff)
  }

  u32(value: number): this {
    return this.u16(value & 0xffff).u16(value >>> 16)
  }

  /** Below 2 ** 53. */
  u64(value: number): this {
    return this.u32(value % 2 ** 32).u32(Math.floor(value / 2 ** 32))
  }

  /** An address that leads nowhere. */
  nowhere(): this {
    return this.u32(0xffffffff).u32(0xffffffff)
  }

  ascii(text: string): this {
    return this.u8(...Array.from(text, (letter) => letter.charCodeAt(0)))
  }

  append(bytes: Uint8Array): this {
    for (const byte of bytes) this.#bytes.push(byte)
    return this
  }

  padTo(length: number): this {
    while (this.#bytes.length < length) this.#bytes.push(0)
    return this
  }

  give(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.#bytes)
  }
}
