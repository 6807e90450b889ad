/** A few things to be used in turn: made when first needed, at most so many, each given back after use. */
export class FrameRing<F> {
  readonly #free: F[] = []
  readonly #waiting: ((frame: F) => void)[] = []
  readonly #make: () => F
  #left: number

  constructor(most: number, make: () => F) {
    this.#left = most
    this.#make = make
  }

  /** The next that is free; waits for it when all are in use. */
  async take(): Promise<F> {
    const free = this.#free.pop()
    if (free !== undefined) return free
    if (this.#left > 0) {
      this.#left--
      return this.#make()
    }
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  giveBack(frame: F): void {
    const next = this.#waiting.shift()
    if (next) next(frame)
    else this.#free.push(frame)
  }
}
