/** A file that is open for reading at any position. */
export interface FrameFile {
  /** As the caller gave it. */
  readonly path: string
  /** In bytes. */
  readonly size: number
  /** All bytes, where they are in memory and not at `path`: a file that was packed. */
  readonly bytes?: Uint8Array
  /**
   * Fill `target` with the bytes that begin at `position`.
   * @throws {FormatError} ERR_FORMAT when the file ends before
   * @throws {IoError} ERR_IO
   */
  read(target: Uint8Array, position: number): Promise<void>
  close(): Promise<void>
}
