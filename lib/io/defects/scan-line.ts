import { FormatError } from '../../errors.js'

/** One line of a text file, read word by word from the left; it knows where it stands. */
export interface LineScanner {
  /** Read what `pattern` matches here (a sticky expression), and the blank behind it; else refuse, saying what was expected. */
  take(pattern: RegExp, expected: string): RegExpExecArray
  /** Refuse the word that was taken last. */
  refuse(expected: string, received: string): never
  /** Assert that the line ends here. */
  end(): void
}

/** Most characters of a word that a message repeats. */
const longestQuote = 40

/**
 * Read a line word by word; words are parted by one blank.
 * @param file name for messages
 * @param line number from 1
 */
export function scanLine(file: string, line: number, text: string): LineScanner {
  let at = 0
  let start = 0
  const fail = (column: number, expected: string, received: string): never => {
    throw new FormatError({ file, line, column: column + 1, expected, received })
  }
  return {
    take(pattern, expected) {
      pattern.lastIndex = at
      const match = pattern.exec(text)
      if (match === null) return fail(at, expected, at >= text.length ? 'the end of the line' : JSON.stringify(wordAt(text, at)))
      start = at
      at += match[0].length
      if (at < text.length) {
        if (text[at] !== ' ') return fail(at, `a blank after ${JSON.stringify(shorten(match[0]))}`, JSON.stringify(wordAt(text, at)))
        at++
      }
      return match
    },
    refuse: (expected, received) => fail(start, expected, shorten(received)),
    end() {
      if (at < text.length || text.endsWith(' ')) fail(at, 'the end of the line', JSON.stringify(shorten(text.slice(at)) || ' '))
    }
  }
}

function wordAt(text: string, at: number): string {
  return shorten(text.slice(at).split(' ', 1)[0] || ' ')
}

function shorten(text: string): string {
  return text.length > longestQuote ? `${text.slice(0, longestQuote)}...` : text
}
