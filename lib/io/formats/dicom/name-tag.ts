/** Name of a tag, as DICOM writes it: `(0028,0010)`. */
export function nameTag(tag: number): string {
  const hex = tag.toString(16).padStart(8, '0')
  return `(${hex.slice(0, 4)},${hex.slice(4)})`
}
