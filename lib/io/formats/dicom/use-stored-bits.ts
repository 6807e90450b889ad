import { FormatError } from '../../../errors.js'
import type { PixelData } from '../../../frame/pixel-data.js'
import type { DicomLayout } from './dicom-layout.js'

/**
 * Make every value that of its stored bits, in place. Above them are zeros or copies of the sign; anything else is refused, unless
 * the file says that overlays stand there: then they are masked off, as they never were part of the pixels.
 * @throws {FormatError} ERR_FORMAT
 * @see DICOM PS3.5, part 8.1.1, 2024; overlays in unused bits: retired in 2004
 */
export function useStoredBits(path: string, data: PixelData, { width, bitsStored, type, overlays }: DicomLayout): void {
  const unused = 8 * width - bitsStored
  if (unused === 0) return
  const signed = type.startsWith('i')
  const shift = 32 - bitsStored
  for (let i = 0; i < data.length; i++) {
    const value = data[i]
    const stored = signed ? (value << shift) >> shift : (value << shift) >>> shift
    if (stored === value) continue
    // a negative value whose upper bits were left at zero
    const zeros = signed && value > 0 && value === (value << shift) >>> shift
    if (!zeros && !overlays) {
      throw new FormatError({
        file: path,
        expected: `pixels of ${bitsStored} bits, ${signed ? 'with' : 'without'} sign, and no others in ${8 * width}`,
        received: `${value} at pixel ${i}`
      })
    }
    data[i] = stored
  }
}
