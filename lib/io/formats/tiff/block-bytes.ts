import { pixelTypeFacts } from '../pixel-type-facts.js'
import type { PageLayout } from './page-layout.js'

/**
 * Bytes that one block unpacks to and that are needed: a whole tile, or the rows of the page that a strip holds.
 * @param index number of the block, from 0
 */
export function blockBytes({ tiled, rows, blockRows, blockCols, type }: PageLayout, index: number): number {
  const height = tiled ? blockRows : Math.min(blockRows, rows - index * blockRows)
  return height * blockCols * pixelTypeFacts[type].bytes
}
