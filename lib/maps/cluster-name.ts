import type { Region } from '../frame/region.js'

/**
 * Name of a group of bad pixels: rows x columns of its bounding rectangle, what it is, its bad pixels; with kernel pixels
 * `rel` in front and their number behind: `2x3cluster4`, `rel3x4cluster7-2`, `1000x1line1000`.
 * @param kernelPixels cluster kernel pixels in it
 * @see ASTM E2597/E2597M-14 as publicly described; names of lines are formed alike
 */
export function clusterName({ rows, cols }: Region, what: 'cluster' | 'line', pixels: number, kernelPixels: number): string {
  const name = `${rows}x${cols}${what}${pixels}`
  return kernelPixels === 0 ? name : `rel${name}-${kernelPixels}`
}
