import { OptionError } from '../../errors.js'
import { selectPixels } from '../select-pixels.js'
import type { Region } from '../../frame/region.js'
import type { DefectMap } from '../../maps/maps.js'
import type { Unknowns } from '../figure.js'
import type { MeasurableFrame } from '../measurable-frame.js'
import type { PixelCounts, PixelSelection } from '../select-pixels.js'

export interface MeasureTileUniformityOptions {
  /** Pixel pitch in mm [between rows, between columns]; null: unknown, and the six figures are null. @default null */
  readonly pixelPitch?: readonly [number, number] | null
  /** Side of a tile in mm. @default 10 */
  readonly tileSize?: number
  /** Width of the border in mm that is left out on every side. @default 10 */
  readonly border?: number
  /** Tiles with a smaller share of counted pixels are left out, 0..1. @default 0.5 */
  readonly minimumShare?: number
  /** Area in which border and tiles are laid out. @default the whole frame */
  readonly region?: Region
}

/** `usedPixels` counts the pixels inside the tiles; the other two counts are those of the whole region. */
export interface TileUniformity extends PixelCounts {
  readonly localSignalNonUniformityPercent: number | null
  readonly globalSignalNonUniformityPercent: number | null
  readonly localNoiseNonUniformityPercent: number | null
  readonly globalNoiseNonUniformityPercent: number | null
  readonly localSnrNonUniformityPercent: number | null
  readonly globalSnrNonUniformityPercent: number | null
  /** Pixels of a tile, [rows, cols]; [0, 0] where the pitch is unknown. */
  readonly tilePixels: readonly [number, number]
  /** Whole tiles that fit, [rows, cols] of tiles. */
  readonly tiles: readonly [number, number]
  /** Tiles left out because too few of their pixels count. */
  readonly tilesLeftOut: number
  readonly unknown: Unknowns
}

type Quantity = 'Signal' | 'Noise' | 'Snr'

/** Mean and sd of each tile, row-major; NaN where the tile is left out. */
interface TileTable {
  readonly rows: number
  readonly cols: number
  readonly mean: Float64Array
  readonly sd: Float64Array
}

/**
 * Measure local and global non-uniformity of signal, noise and SNR over 10 mm tiles, after AAPM TG-150: global = (max - min) / Q,
 * local = largest difference between a tile and its neighbours above, below, left and right / Q, with Q the mean over the tiles.
 * Tiles have floor(10 mm / pitch) pixels a side, the border ceil(10 mm / pitch); a last partial tile is dropped.
 * The figures are those of the draft; it sets no limits: compare with a baseline.
 * @param frame corrected flat, DN, linear in exposure
 * @param defects bad pixels never count; null: no map
 * @returns six percentages, null with a reason in `unknown` where the data cannot give them: no pitch, no tile or one, a quantity
 *   whose mean is not above 0, an SNR without noise (a constant frame)
 * @throws {OptionError} ERR_OPTION when pitch, tile size, border or share is out of range
 * @throws {ShapeError} ERR_SHAPE when frame and defect map differ in shape
 * @see Dave et al., TG-150 draft recommendations in software, Med. Phys. 39(6) 3648, 2012, doi 10.1118/1.4734818
 */
export function measureTileUniformity(
  frame: MeasurableFrame,
  defects: DefectMap | null,
  { pixelPitch = null, tileSize = 10, border = 10, minimumShare = 0.5, region }: MeasureTileUniformityOptions = {}
): TileUniformity {
  assertLengths(pixelPitch, tileSize, border, minimumShare)
  const selection = selectPixels('frame', frame, defects, region)
  if (pixelPitch === null) return withoutTiles(selection.counts, 'the pixel pitch is unknown')
  const tilePixels = [wholePixels(tileSize, pixelPitch[0]), wholePixels(tileSize, pixelPitch[1])] as const
  const layout = layTiles(selection.region, tilePixels, [
    Math.ceil(border / pixelPitch[0] - 1e-9),
    Math.ceil(border / pixelPitch[1] - 1e-9)
  ])
  if (layout.rows * layout.cols === 0) return withoutTiles(selection.counts, `no tile of ${tileSize} mm fits inside the border`)
  const { table, used, usedPixels } = measureTiles(selection, layout, tilePixels, minimumShare)
  return {
    ...gradeTiles(table, used),
    ...selection.counts,
    usedPixels,
    tilePixels,
    tiles: [layout.rows, layout.cols],
    tilesLeftOut: layout.rows * layout.cols - used
  }
}

function assertLengths(pitch: readonly [number, number] | null, tileSize: number, border: number, share: number): void {
  for (const side of pitch ?? []) assertRange('pixelPitch', side, side > 0, 'mm above 0')
  assertRange('tileSize', tileSize, tileSize > 0, 'mm above 0')
  assertRange('border', border, border >= 0, 'mm of at least 0')
  assertRange('minimumShare', share, share >= 0 && share <= 1, 'a share of 0 to 1')
}

function assertRange(name: string, value: number, holds: boolean, expected: string): void {
  if (!holds || !Number.isFinite(value)) throw new OptionError({ subject: `option "${name}"`, expected, received: String(value) })
}

// 10 / 0.1 must give 100 whatever the last bit of the quotient says.
function wholePixels(length: number, pitch: number): number {
  return Math.floor(length / pitch + 1e-9)
}

function layTiles(region: Region, [height, width]: readonly [number, number], border: readonly [number, number]) {
  const count = (length: number, edge: number, side: number) => (side < 1 ? 0 : Math.max(0, Math.floor((length - 2 * edge) / side)))
  return {
    row: region.row + border[0],
    col: region.col + border[1],
    rows: count(region.rows, border[0], height),
    cols: count(region.cols, border[1], width)
  }
}

function measureTiles(selection: PixelSelection, layout: Region, [height, width]: readonly [number, number], minimumShare: number) {
  const { rows, cols } = layout
  const table: TileTable = { rows, cols, mean: new Float64Array(rows * cols), sd: new Float64Array(rows * cols) }
  let used = 0
  let usedPixels = 0
  for (let tile = 0; tile < rows * cols; tile++) {
    const row = layout.row + Math.floor(tile / cols) * height
    const col = layout.col + (tile % cols) * width
    const { n, mean, sd } = momentsInside(selection, row, col, height, width)
    const counts = n >= 2 && n >= minimumShare * height * width
    table.mean[tile] = counts ? mean : NaN
    table.sd[tile] = counts ? sd : NaN
    if (!counts) continue
    used++
    usedPixels += n
  }
  return { table, used, usedPixels }
}

function momentsInside({ data, good, shape }: PixelSelection, row: number, col: number, rows: number, cols: number) {
  const width = shape[1]
  let n = 0
  let sum = 0
  for (let r = row; r < row + rows; r++) {
    for (let i = r * width + col, end = i + cols; i < end; i++) {
      if (good[i] === 0) continue
      n++
      sum += data[i]
    }
  }
  const mean = sum / n
  let squares = 0
  for (let r = row; r < row + rows; r++) {
    for (let i = r * width + col, end = i + cols; i < end; i++) {
      if (good[i] === 0) continue
      const deviation = data[i] - mean
      squares += deviation * deviation
    }
  }
  return { n, mean, sd: Math.sqrt(squares / (n - 1)) }
}

function gradeTiles(table: TileTable, used: number) {
  if (used < 2) return nullFigures(used === 0 ? 'no tile has enough good pixels' : 'one tile has nothing to be compared with')
  const unknown: Record<string, string> = {}
  const snr = table.mean.map((mean, tile) => mean / table.sd[tile])
  const [localSignal, globalSignal] = gradeQuantity('Signal', table, table.mean, unknown)
  const [localNoise, globalNoise] = gradeQuantity('Noise', table, table.sd, unknown)
  const [localSnr, globalSnr] = gradeQuantity('Snr', table, snr, unknown)
  return {
    localSignalNonUniformityPercent: localSignal,
    globalSignalNonUniformityPercent: globalSignal,
    localNoiseNonUniformityPercent: localNoise,
    globalNoiseNonUniformityPercent: globalNoise,
    localSnrNonUniformityPercent: localSnr,
    globalSnrNonUniformityPercent: globalSnr,
    unknown
  }
}

function gradeQuantity(quantity: Quantity, table: TileTable, values: Float64Array, unknown: Record<string, string>) {
  const local = `local${quantity}NonUniformityPercent`
  const global = `global${quantity}NonUniformityPercent`
  const known = Array.from(values).filter((value, tile) => table.mean[tile] === table.mean[tile])
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length
  if (!(mean > 0 && mean < Infinity)) {
    unknown[local] = unknown[global] = reasonFor(quantity, mean)
    return [null, null] as const
  }
  const step = largestStep(table, values)
  if (step === null) unknown[local] = 'no two tiles stand side by side'
  const range = Math.max(...known) - Math.min(...known)
  return [step === null ? null : (100 * step) / mean, (100 * range) / mean] as const
}

function reasonFor(quantity: Quantity, mean: number): string {
  if (quantity === 'Signal') return 'the mean signal is not above 0'
  if (quantity === 'Noise') return 'the noise of every tile is 0'
  return mean < 0 ? 'the mean signal-to-noise ratio is not above 0' : 'a tile without noise has no signal-to-noise ratio'
}

function largestStep({ rows, cols }: TileTable, values: Float64Array): number | null {
  let largest = -1
  for (let tile = 0; tile < rows * cols; tile++) {
    const right = tile % cols < cols - 1 ? Math.abs(values[tile + 1] - values[tile]) : NaN
    const below = tile + cols < rows * cols ? Math.abs(values[tile + cols] - values[tile]) : NaN
    if (right > largest) largest = right
    if (below > largest) largest = below
  }
  return largest < 0 ? null : largest
}

function withoutTiles(counts: PixelCounts, reason: string): TileUniformity {
  return { ...counts, ...nullFigures(reason), usedPixels: 0, tilePixels: [0, 0], tiles: [0, 0], tilesLeftOut: 0 }
}

function nullFigures(reason: string) {
  return {
    localSignalNonUniformityPercent: null,
    globalSignalNonUniformityPercent: null,
    localNoiseNonUniformityPercent: null,
    globalNoiseNonUniformityPercent: null,
    localSnrNonUniformityPercent: null,
    globalSnrNonUniformityPercent: null,
    unknown: {
      localSignalNonUniformityPercent: reason,
      globalSignalNonUniformityPercent: reason,
      localNoiseNonUniformityPercent: reason,
      globalNoiseNonUniformityPercent: reason,
      localSnrNonUniformityPercent: reason,
      globalSnrNonUniformityPercent: reason
    }
  }
}
