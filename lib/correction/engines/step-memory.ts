import { STEP_KERNELS } from '../../kernels/frame/steps/step-kernels.js'
import type { StepOperand } from '../../kernels/frame/steps/step-operand.js'
import { STEP_BYTES, STEP_FIELDS } from '../../kernels/simd/layouts.js'
import type { KernelSpace } from '../../kernels/simd/open-kernels.js'
import type { Program, StripStep } from '../program/compile-program.js'

/** What the interpreter in WebAssembly reads of a step that is the same for every frame: places are byte offsets. */
interface PlacedStep {
  readonly kernel: number
  readonly map: number
  readonly state: number
  readonly operand: StepOperand
}

/** The steps of a program that come after loading, in the memory of the kernels. */
export class StepMemory {
  readonly #space: KernelSpace
  readonly #pixels: number
  /** Places for the maps and states of steps, by their number in the program, used again by the next program. */
  readonly #maps: number[] = []
  readonly #states = new Map<Float32Array, number>()
  #reserved: PlacedStep[] = []
  #steps: readonly PlacedStep[] = []
  #copied: number[] = []
  #room = 0
  #bytes = 0
  /** Byte offset of the steps as `write` leaves them. */
  at = 0

  constructor(space: KernelSpace, pixels: number) {
    this.#space = space
    this.#pixels = pixels
  }

  get count(): number {
    return this.#steps.length
  }

  /** Bytes that the steps of a frame take. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * Find places for all that a program needs.
   * @param known places of maps that are in the memory already
   * @returns false when a step has no kernel here, or there is no memory: what is in use stays
   */
  reserve({ rest }: Program, known: ReadonlyMap<Float32Array, number>): boolean {
    const bytes = rest.reduce((sum, { operand }) => sum + 4 * operand.rows.length, STEP_BYTES * rest.length)
    if (bytes > this.#room) {
      const at = this.#space.reserve(bytes)
      if (at === null) return false
      this.at = at
      this.#room = bytes
    }
    this.#reserved = []
    this.#copied = []
    for (let k = 0; k < rest.length; k++) {
      const placed = this.#place(rest[k], k, known)
      if (placed === null) return false
      this.#reserved.push(placed)
    }
    return true
  }

  #place({ kernel, operand }: StripStep, k: number, known: ReadonlyMap<Float32Array, number>): PlacedStep | null {
    const { map, state } = operand
    const code = STEP_KERNELS.indexOf(kernel)
    let mapAt: number | null = map.length === 0 ? 0 : (known.get(map) ?? null)
    if (mapAt === null) {
      mapAt = this.#maps[k] ?? this.#space.reserve(4 * this.#pixels)
      if (mapAt !== null) this.#maps[k] = mapAt
      this.#copied.push(k)
    }
    const stateAt = state.length === 0 ? 0 : (this.#states.get(state) ?? this.#space.reserve(4 * this.#pixels))
    if (code < 0 || mapAt === null || stateAt === null) return null
    if (state.length > 0) this.#states.set(state, stateAt)
    return { kernel: code, map: mapAt, state: stateAt, operand }
  }

  /** Use the program for which places were reserved. */
  put(program: Program): void {
    this.#steps = this.#reserved
    this.#bytes = program.rest.reduce((sum, { operand }) => sum + 4 * operand.rows.length, STEP_BYTES * program.rest.length)
    for (const k of this.#copied) {
      const { map, operand } = this.#steps[k]
      new Float32Array(this.#space.memory.buffer, map, this.#pixels).set(operand.map)
    }
  }

  /** Write what the interpreter reads, with what the steps have measured of a frame; other frames may be under way elsewhere. */
  write(at = this.at): void {
    const { buffer } = this.#space.memory
    const words = new Uint32Array(buffer, at, this.#bytes / 4)
    const singles = new Float32Array(buffer, at, this.#bytes / 4)
    let rowsAt = (STEP_BYTES / 4) * this.#steps.length
    for (let k = 0; k < this.#steps.length; k++) {
      const { kernel, map, state, operand } = this.#steps[k]
      const first = k * STEP_FIELDS.length
      words[first + FIELD.kernel] = kernel
      words[first + FIELD.map] = map
      words[first + FIELD.state] = state
      words[first + FIELD.rows] = at + 4 * rowsAt
      singles[first + FIELD.scalar] = operand.scalar
      words[first + FIELD.cols] = operand.cols
      singles.set(operand.rows, rowsAt)
      rowsAt += operand.rows.length
    }
  }
}

/** Place of each field of a step. */
const FIELD = Object.fromEntries(STEP_FIELDS.map((name, k) => [name, k])) as Record<(typeof STEP_FIELDS)[number], number>
