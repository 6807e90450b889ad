import type { DataElement, DataSet } from './read-data-set.js'

/** Values of a data set, as text and numbers; undefined where an element is absent, empty, or not of that kind. */
export interface ElementValues {
  /** The values of a text, without padding; printable ASCII only. */
  readonly texts: (tag: number) => readonly string[]
  readonly text: (tag: number) => string | undefined
  /** Lines of a long text. */
  readonly lines: (tag: number) => readonly string[]
  /** Numbers in decimal text (DS, IS). */
  readonly decimals: (tag: number) => readonly number[]
  readonly decimal: (tag: number) => number | undefined
  /** A binary number of 16 bits (US). */
  readonly short: (tag: number) => number | undefined
}

const decimalText = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/

/** Ways to the values of a data set. @see DICOM PS3.5, part 6.2, 2024 */
export function elementValues(elements: DataSet | undefined, byteOrder: 'little' | 'big'): ElementValues {
  const latin = (tag: number): string => textOf(elements?.get(tag))
  const texts = (tag: number): string[] => latin(tag).split('\\').map(printable)
  const decimals = (tag: number): number[] => texts(tag).map((text) => (decimalText.test(text) ? Number(text) : NaN))
  return {
    texts,
    text: (tag) => texts(tag)[0] || undefined,
    lines: (tag) =>
      latin(tag)
        .split(/[\r\n]+/)
        .map((line) => line.trim()),
    decimals,
    decimal: (tag) => decimals(tag).find((value) => Number.isFinite(value)),
    short: (tag) => {
      const bytes = elements?.get(tag)?.bytes
      return bytes?.length === 2 ? new DataView(bytes.buffer, bytes.byteOffset).getUint16(0, byteOrder === 'little') : undefined
    }
  }
}

function textOf(element: DataElement | undefined): string {
  return element === undefined ? '' : Buffer.from(element.bytes).toString('latin1')
}

function printable(text: string): string {
  const unpadded = text.replace(/[\0 ]+$/, '').trimStart()
  return /^[ -~]*$/.test(unpadded) ? unpadded : ''
}
