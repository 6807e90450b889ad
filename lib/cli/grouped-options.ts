import { measureCommands } from './commands/measure/measure-commands.js'

/** Options of each command whose occurrences must be kept apart. */
const GROUPED: Readonly<Record<string, readonly string[]>> = { calibrate: ['--dark', '--flat', '--decay'], verify: ['--flat'] }

/** The grouped options of the command that a command line names, `measure lag` counting as one; none where it names no command. */
export function groupedOptions(argv: readonly string[]): readonly string[] {
  const [first = '', second = ''] = argv.filter((word) => !word.startsWith('-'))
  if (first !== 'measure') return GROUPED[first] ?? []
  const command = measureCommands.find(({ name }) => name === second)
  return (command?.grouped ?? []).map(({ flag }) => flag)
}
