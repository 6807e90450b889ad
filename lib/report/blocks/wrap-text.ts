/** What is not parted: words, and a number with its percent sign. */
export function wordsOf(text: string): string[] {
  return text.split(/ (?!%)/)
}

/**
 * Break a text into lines at its spaces. A word that is longer than a line stays whole, so that a path can be copied, unless `cutWords`.
 * @param width characters (code points) of a line, at least 1
 * @returns at least one line
 */
export function wrapText(text: string, width: number, cutWords = false): string[] {
  if ([...text].length <= width) return [text]
  const lines: string[] = []
  let line = ''
  for (const word of wordsOf(text).flatMap((word) => (cutWords ? cutWord(word, width) : [word]))) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && [...longer].length > width) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return [...lines, line]
}

/** After a mark between the parts of a name where there is one in the second half of the line. */
function cutWord(word: string, width: number): string[] {
  const characters = [...word]
  if (characters.length <= width) return [word]
  const marks = characters.slice(0, width).findLastIndex((character) => '/\\-_.'.includes(character)) + 1
  const end = marks > width / 2 ? marks : width
  return [characters.slice(0, end).join(''), ...cutWord(characters.slice(end).join(''), width)]
}
