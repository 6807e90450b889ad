import { createHash } from 'node:crypto'
import { newUid } from '../../io/formats/dicom/new-uid.js'

/** What the files of a run have in common. */
export interface DicomSeries {
  readonly studyUid: string
  readonly seriesUid: string
  /** When the study began, ISO 8601; empty: not known. */
  readonly studyTime: string
}

/**
 * The series of a run.
 * @param key the same one gives the same series; undefined: a new one
 */
export function dicomSeries(key: string | undefined, studyTime: string): DicomSeries {
  if (key === undefined) return { studyUid: newUid(), seriesUid: newUid(), studyTime }
  return { studyUid: uidOf('study', key), seriesUid: uidOf('series', key), studyTime }
}

/** A UID made of a hash, as one of a UUID. @see DICOM PS3.5, annex B.2, 2024 */
export function uidOf(kind: string, key: string): string {
  return `2.25.${BigInt(`0x${createHash('sha256').update(`${kind} ${key}`).digest('hex').slice(0, 32)}`)}`
}
