import { CommanderError } from 'commander'
import { buildProgram } from './build-program.js'
import { describeError, errorDocument } from './describe-error.js'
import type { ErrorDocument } from './describe-error.js'
import { EXIT, exitCodeOf } from './exit-code-of.js'
import { groupOccurrences } from './group-occurrences.js'
import { groupedOptions } from './grouped-options.js'
import { isPrinted } from './mark-printed.js'
import type { Surroundings } from './terminal.js'

/**
 * Run the command.
 * @param argv the words after the program's name
 * @returns the exit code: 0 done, 1 our bug, 2 usage, 3 input refused or output exists, 4 limits not met, 130 on Ctrl-C
 */
export async function run(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { rest, groups } = groupOccurrences(argv, groupedOptions(argv))
  const json = rest.includes('--json')
  const outcome = { code: EXIT.done as number }
  try {
    await buildProgram(surroundings, groups, (code) => (outcome.code = code)).parseAsync(rest, { from: 'user' })
    return outcome.code
  } catch (error) {
    if (error instanceof CommanderError) return explainUsage(error, json, surroundings)
    surroundings.stderr.write(`${describeError(error)}\n`)
    if (rest.includes('--debug') && error instanceof Error) surroundings.stderr.write(`${error.stack}\n`)
    if (json && !isPrinted(error)) surroundings.stdout.write(`${JSON.stringify(errorDocument(error), null, 2)}\n`)
    return exitCodeOf(error)
  }
}

/** Commander has told the user by then; what is left is the exit code and the JSON document. */
function explainUsage(error: CommanderError, json: boolean, { stdout }: Surroundings): number {
  if (error.exitCode === 0) return EXIT.done
  if (json) {
    const message = error.message.replace(/^error: /, '')
    const document: ErrorDocument = {
      schema: 'flatpanel.error/1',
      error: { code: 'ERR_OPTION', message, subject: null, expected: null, received: null }
    }
    stdout.write(`${JSON.stringify(document, null, 2)}\n`)
  }
  return EXIT.usage
}
