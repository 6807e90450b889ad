import type { KernelSpace } from '../../lib/kernels/simd/open-kernels.js'

/** Threads that run kernels in the memory of one stack store. */
export interface StackTeam {
  /** 1 to 64. */
  readonly threads: number
  /** Run `combineU16` on a thread that has the least to do; resolves to what it returns. */
  combine(args: readonly number[]): Promise<number>
  /**
   * SHA-256, hex, of a line of ASCII and of bytes in the memory behind it.
   * @param place byte offset
   */
  hash(head: string, place: number, bytes: number): Promise<string>
}

/** Starts the threads on the memory in which they will work. */
export type OpenStackTeam = (space: KernelSpace) => StackTeam
