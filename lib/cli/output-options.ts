import type { Command } from 'commander'

/** The options that every command has. */
export function outputOptions(command: Command): Command {
  return command
    .option('--json', 'print one JSON document on stdout')
    .option('--verbose', 'show every table in full')
    .option('--quiet', 'say nothing but results and errors')
    .option('--debug', 'with an error, show where in the program it arose')
}
