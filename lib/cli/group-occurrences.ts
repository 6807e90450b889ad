/** The command line without the grouped options, and the values of each of their occurrences. */
export interface GroupedArguments {
  readonly rest: string[]
  readonly groups: Readonly<Record<string, string[][]>>
}

/**
 * Take the options `names` (such as `--flat`) out of a command line, one group of values per occurrence. An occurrence
 * takes every following word up to the next option, so that shell-expanded patterns work; the argument library can
 * neither keep occurrences apart nor stop a variadic option before it swallows what follows.
 */
export function groupOccurrences(argv: readonly string[], names: readonly string[]): GroupedArguments {
  const rest: string[] = []
  const groups: Record<string, string[][]> = Object.fromEntries(names.map((name) => [name, []]))
  let open: string[] | null = null
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]
    if (word === '--') {
      rest.push(...argv.slice(i))
      break
    }
    const name = names.find((candidate) => word === candidate || word.startsWith(`${candidate}=`))
    if (name !== undefined) {
      open = word === name ? [] : [word.slice(name.length + 1)]
      groups[name].push(open)
    } else if (open !== null && (word === '-' || !word.startsWith('-'))) {
      open.push(word)
    } else {
      open = null
      rest.push(word)
    }
  }
  return { rest, groups }
}
