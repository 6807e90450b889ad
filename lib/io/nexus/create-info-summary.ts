import type { FrameInfo, FrameRole } from '../../frame/frame-info.js'

/** What is said of a stack beside its pixels, as NXdetector has it. */
export interface InfoFields {
  /** One value per frame. */
  readonly numbers: readonly { readonly name: string; readonly values: readonly number[]; readonly units: string }[]
  readonly texts: Readonly<Record<string, string>>
  /** `image_key` of each frame; null: not all of them say it. */
  readonly keys: readonly number[] | null
  /** ISO 8601, of the first frame. */
  readonly start: string | null
  /** Seconds from `start` to each frame; null: not all of them say it. */
  readonly times: readonly number[] | null
}

/** Gathers what the frames of a stack say, frame by frame. */
export interface InfoSummary {
  add(info: FrameInfo): void
  give(): InfoFields
}

const roleKeys: Readonly<Record<FrameRole, number>> = { projection: 0, flat: 1, dark: 2 }

const numberFields: readonly { readonly name: string; readonly units: string; readonly of: (info: FrameInfo) => number | undefined }[] = [
  { name: 'count_time', units: 'ms', of: ({ mode }) => mode?.integrationTime },
  { name: 'y_pixel_size', units: 'mm', of: ({ pixelPitch }) => pixelPitch?.[0] },
  { name: 'x_pixel_size', units: 'mm', of: ({ pixelPitch }) => pixelPitch?.[1] },
  { name: 'bit_depth_readout', units: 'bits', of: ({ bitsUsed }) => bitsUsed }
]
const textFields: Readonly<Record<string, (info: FrameInfo) => string | undefined>> = {
  serial_number: ({ serialNumber }) => serialNumber,
  corrections: ({ corrections }) => (corrections?.length === 0 ? 'none' : corrections?.join(' '))
}

/** Gather the fields that every frame states; texts only where all agree. */
export function createInfoSummary(): InfoSummary {
  const numbers = numberFields.map(() => [] as number[])
  const texts = Object.keys(textFields).map(() => new Set<string>())
  const corrections = new Set<string>()
  const keys: number[] = []
  const times: number[] = []
  let start: string | null = null
  let count = 0
  return {
    add(info) {
      if (count === 0) start = info.time ?? null
      count++
      numberFields.forEach(({ of }, i) => {
        const value = of(info)
        if (value !== undefined) numbers[i].push(value)
      })
      Object.values(textFields).forEach((of, i) => texts[i].add(of(info) ?? ''))
      info.corrections?.forEach((correction) => corrections.add(correction))
      if (info.time !== undefined) times.push(Date.parse(info.time))
      if (info.role !== undefined) keys.push(roleKeys[info.role])
    },
    give: () => ({
      numbers: numberFields
        .map(({ name, units }, i) => ({ name, units, values: numbers[i] }))
        .filter(({ values }) => values.length === count),
      texts: {
        ...Object.fromEntries(
          Object.keys(textFields).flatMap((name, i) => (texts[i].size === 1 && !texts[i].has('') ? [[name, [...texts[i]][0]]] : []))
        ),
        // what was done to some frames must not get lost
        ...(corrections.size > 0 && { corrections: [...corrections].join(' ') })
      },
      keys: keys.length === count ? keys : null,
      start,
      times: times.length === count ? times.map((time) => (time - times[0]) / 1000) : null
    })
  }
}
