/** Bytes of anything before the mark of DICOM: often zeros, and by PS3.10 7.1 also the head of a TIFF file. */
export const PREAMBLE_BYTES = 128

/** True where the mark of DICOM stands behind the preamble. */
export function hasPreamble(head: Uint8Array): boolean {
  return head.length > PREAMBLE_BYTES + 4 && String.fromCharCode(...head.subarray(PREAMBLE_BYTES, PREAMBLE_BYTES + 4)) === 'DICM'
}
