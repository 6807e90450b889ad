/** How a judgement came out; `none`: nothing was judged, the text says what was done. */
export type Outcome = 'good' | 'bad' | 'unknown' | 'none'

/** The one sentence that stands before everything else of a report. */
export interface VerdictBlock {
  readonly kind: 'verdict'
  readonly outcome: Outcome
  readonly text: string
}

/** A sentence beside the numbers. */
export interface NoteBlock {
  readonly kind: 'note'
  readonly text: string
}

/** A command line, to be copied. */
export interface CommandBlock {
  readonly kind: 'command'
  readonly text: string
}

/** What blocks of several rows have in common. */
interface RowsBlock {
  /** Stands over the rows. @default none */
  readonly title?: string
  /** Rows that are enough for a first look; 0: the block can wait as a whole. @default all of them */
  readonly brief?: number
}

/** One named value: a number in its unit, words, or null with the reason. */
export interface FigureRow {
  readonly name: string
  readonly value: number | string | null
  /** Behind a number. @default none */
  readonly unit?: string
  /** What the value is held against, in words. */
  readonly limit?: string
  readonly meaning?: string
  /** Why the value is null. */
  readonly reason?: string
}

export interface FiguresBlock extends RowsBlock {
  readonly kind: 'figures'
  readonly rows: readonly FigureRow[]
}

export interface TableBlock extends RowsBlock {
  readonly kind: 'table'
  /** Names of the columns. @default none */
  readonly columns?: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** Side to which each column is aligned. @default left */
  readonly align?: readonly ('left' | 'right')[]
}

export interface ListBlock extends RowsBlock {
  readonly kind: 'list'
  readonly items: readonly string[]
}

/**
 * A piece of a report. Reports are made of blocks, in the order in which a person reads them, the verdict first; how they look is the
 * affair of a renderer, one for each form. A block of no rows is nothing.
 */
export type Block = VerdictBlock | NoteBlock | CommandBlock | FiguresBlock | TableBlock | ListBlock
