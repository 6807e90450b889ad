import { Option } from 'commander'
import type { Command } from 'commander'
import { commandAction } from './command-action.js'
import { measureCommands } from './commands/measure/measure-commands.js'
import type { MeasureCommand } from './measure-command.js'
import { outputOptions } from './output-options.js'
import { parseNumber, parseRegion } from './parse-options.js'
import { frameOptions } from './frame-options.js'
import type { Surroundings } from './terminal.js'

type Groups = Readonly<Record<string, string[][]>>
type Exit = (code: number) => void

const MEASURE_HELP = `
Every one has a page: flatpanel measure <metric> --help says the formula and the standard.`

const RAW_HELP = `
Headerless raw files: --rows, --cols, --dtype, --byte-order, --header-bytes as in flatpanel correct.`

/** A page of formulas needs the room, terminal or not. */
const HELP_WIDTH = 100

/** `flatpanel measure` and one command for each metric of the table. */
export function buildMeasureProgram(program: Command, surroundings: Surroundings, groups: Groups, exit: Exit): void {
  const measure = program
    .command('measure')
    .description('Measure frames after the standards: uniformity, noise, NPS, MTF, DQE, lag, EMVA 1288, drift.')
    .addHelpText('after', MEASURE_HELP)
  for (const command of measureCommands) addCommand(measure, command, surroundings, groups, exit)
}

function addCommand(measure: Command, command: MeasureCommand, surroundings: Surroundings, groups: Groups, exit: Exit): void {
  const { name, summary, frames, grouped = [], addOptions, explanation, standard } = command
  const added = measure.command(name).description(summary)
  if (frames !== undefined) added.argument(grouped.length > 0 ? '[frames...]' : '<frames...>', frames)
  for (const { flag, description } of grouped) added.option(`${flag} <patterns...>`, description)
  commonOptions(added, command)
  addOptions?.(added)
  frameOptions(outputOptions(added), { hidden: true })
    .configureOutput({ getOutHelpWidth: () => HELP_WIDTH, getErrHelpWidth: () => HELP_WIDTH })
    .addHelpText('after', `${RAW_HELP}\n\n${explanation.trim()}\n\nAfter: ${standard.replaceAll('; ', ';\n       ')}`)
    .action(
      commandAction(surroundings, exit, async (options, patterns, terminal) => {
        const { runMeasure } = await import('./commands/measure/run-measure.js')
        return runMeasure(command, options, { patterns, groups }, terminal)
      })
    )
}

function commonOptions(added: Command, { calibrationUse: { description, required = false }, usesPitch = false }: MeasureCommand): void {
  added.addOption(new Option('--calibration <file>', description).makeOptionMandatory(required))
  if (usesPitch) {
    const pitch = new Option('--pitch <um>', 'pixel pitch in micrometres; otherwise that of the calibration')
    added.addOption(pitch.argParser(parseNumber('--pitch', { min: 0.1, max: 10000 })))
  }
  added.addOption(new Option('--region <row0:row1,col0:col1>', 'measure this rectangle only').argParser(parseRegion('--region')))
}
