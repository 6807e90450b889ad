import { Option } from 'commander'
import type { Command } from 'commander'
import { ENTRY_CLASSES } from '../maps/layers/entry-classes.js'
import { commandAction } from './command-action.js'
import { outputOptions } from './output-options.js'
import { parseDefectArea, parseDefectClasses, parseDefectDate, parseDefectOrigin, parseDefectShape } from './parse-defect-options.js'
import type { PanelArea } from './parse-defect-options.js'
import { parseNumber } from './parse-options.js'
import type { Surroundings } from './terminal.js'

type Exit = (code: number) => void

const MAP_HELP = `
A map is a calibration, defects as text, .bpm.xml of X-Tek / PerkinElmer, the JSON list of
areaDetector, CSV with headings, HDF5 with a pixel_mask, TIFF or PNG; its form is seen from its
content. What a form does not state must be said: --shape for JSON and CSV, --bad-value or
--good-value for TIFF and PNG. Rows and columns count from 0.`

const AREA_HELP = `
Areas are rows,columns from 0, both ends included: 12,34 a pixel; 10..12,20..23 a rectangle;
..,1277 a column; 500,.. a row.
Nothing is deleted: every edit is an entry of the user layer with author, date and reason, and has
precedence over the factory map and over what calibration found. The calibration before the edit is
kept under another name, as calibrate --force does.`

const COMPARE_HELP = `
The advice follows stated rules. More than 10 new bad pixels, or any new cluster kernel pixel:
recalibrate. Any new line, or growth that doubles the bad pixels within a year: have the panel
inspected. With --fail-on-new the exit code is 4 when more pixels are new.`

const GRADE_HELP = `
Grades: xrd1621-imaging, xrd1621-ct (the maker's published tables), or a JSON file (schema flatpanel.grade/1).
Exit code 4 when a limit is missed; a figure that cannot be known misses its limit.`

const FORMATS = ['text', 'bpm-xml', 'areadetector', 'csv', 'nexus', 'tiff', 'png']

/** `flatpanel defects` and its commands. */
export function buildDefectsProgram(program: Command, surroundings: Surroundings, exit: Exit): void {
  const defects = program
    .command('defects')
    .description('List, edit, merge, compare, grade, export and import defect maps.')
    .addHelpText('after', MAP_HELP)
  const action = (run: Parameters<typeof commandAction>[2]): ReturnType<typeof commandAction> => commandAction(surroundings, exit, run)

  midline(mapOptions(outputOptions(defects.command('list'))))
    .description('Say what a defect map holds: layers, classes, clusters, lines, edits.')
    .argument('<map>', 'defect map')
    .option('--entries', 'print every entry instead, one per line, as in the text form')
    .addOption(new Option('--layer <name>', 'with --entries: one layer only').choices(['factory', 'found', 'user']))
    .action(
      action(async (options, [file], terminal) => {
        const { runList } = await import('./commands/defects/list.js')
        return runList({ ...options, file }, terminal)
      })
    )

  for (const name of ['add', 'remove'] as const) {
    editOptions(outputOptions(defects.command(name)))
      .description(name === 'add' ? 'Call pixels bad.' : 'Veto defects: call pixels good although a layer calls them bad.')
      .argument('<file>', 'calibration, or defects as text')
      .argument('<areas...>', 'rows,columns', parseAreas)
      .addOption(classes(name === 'add' ? 'classes of the pixels (default: user)' : 'veto these classes only (default: all)'))
      .addHelpText('after', `${AREA_HELP}\nClasses: ${ENTRY_CLASSES.slice(0, 7).join(', ')},\n${ENTRY_CLASSES.slice(7).join(', ')}.`)
      .action(
        action(async (options, [file, ...areas], terminal) => {
          const { runEdit } = await import('./commands/defects/edit.js')
          return runEdit({ ...options, action: name, file, areas }, terminal)
        })
      )
  }

  outFormat(mapOptions(outputOptions(defects.command('merge'))))
    .description('Merge the maps of several exposures into one.')
    .argument('<maps...>', 'defect maps of one panel')
    .addOption(
      new Option('--rule <rule>', 'bad in one map, in all, or in a fraction of them').choices(['or', 'and', 'fraction']).default('or')
    )
    .addOption(
      new Option('--fraction <part>', 'with --rule fraction (default: 0.7)').argParser(parseNumber('--fraction', { min: 0, max: 1 }))
    )
    .addHelpText('after', MAP_HELP)
    .action(
      action(async (options, files, terminal) => {
        const { runMerge } = await import('./commands/defects/merge.js')
        return runMerge({ ...options, files }, terminal)
      })
    )

  midline(mapOptions(outputOptions(defects.command('compare'))))
    .description('Compare the maps of a panel at two dates: new, healed, persisting, and what to do.')
    .argument('<before>', 'earlier defect map')
    .argument('<after>', 'later defect map')
    .addOption(new Option('--origin <row,col>', 'where the later map begins on the earlier one').argParser(parseDefectOrigin))
    .addOption(new Option('--before-date <date>', 'date of the earlier map, where it does not say').argParser(parseDefectDate))
    .addOption(new Option('--after-date <date>', 'date of the later map, where it does not say').argParser(parseDefectDate))
    .addOption(
      new Option('--fail-on-new <n>', 'exit 4 when more pixels are new').argParser(parseNumber('--fail-on-new', { min: 0, integer: true }))
    )
    .addHelpText('after', COMPARE_HELP)
    .action(
      action(async (options, [before, after], terminal) => {
        const { runCompare } = await import('./commands/defects/compare.js')
        return runCompare({ ...options, before, after }, terminal)
      })
    )

  midline(mapOptions(outputOptions(defects.command('grade'))))
    .description('Hold a defect map against an acceptance grade: pass or fail for each line of its table.')
    .argument('<map>', 'defect map')
    .requiredOption('--grade <name>', 'grade of the package, or a JSON file')
    .addHelpText('after', GRADE_HELP)
    .action(
      action(async (options, [file], terminal) => {
        const { runGrade } = await import('./commands/defects/grade.js')
        return runGrade({ ...options, file }, terminal)
      })
    )

  outFormat(mapOptions(outputOptions(defects.command('export'))))
    .description('Write the map in force in the form that another program reads, or the layers as text.')
    .argument('<map>', 'defect map')
    .addOption(new Option('--action <how>', 'areadetector: how it replaces pixels').choices(['median', 'replace', 'set']).default('median'))
    .addOption(new Option('--set-value <DN>', 'areadetector: the value with --action set').argParser(parseNumber('--set-value')))
    .addHelpText('after', MAP_HELP)
    .action(
      action(async (options, [file], terminal) => {
        const { runExport } = await import('./commands/defects/export.js')
        return runExport({ ...options, file }, terminal)
      })
    )

  editOptions(mapOptions(outputOptions(defects.command('import'))))
    .description('Bring the map of another program into a layer of a calibration, or begin a text with it.')
    .argument('<map>', 'defect map')
    .requiredOption('--into <file>', 'calibration, or defects as text (.defects, .txt; begun where it is missing)')
    .addOption(new Option('--layer <name>', 'layer that it becomes a part of').choices(['factory', 'user']).default('factory'))
    .addOption(new Option('--origin <row,col>', 'where the map of a region begins on the panel').argParser(parseDefectOrigin))
    .option('--serial <text>', 'serial number of the panel, for a new text')
    .option('--replace', 'put the map in the place of an earlier factory layer')
    .addHelpText('after', MAP_HELP)
    .action(
      action(async (options, [file], terminal) => {
        const { runImport } = await import('./commands/defects/import.js')
        return runImport({ ...options, file }, terminal)
      })
    )
}

function mapOptions(command: Command): Command {
  return command
    .addOption(new Option('--shape <rowsxcols>', 'rows and columns of the panel, such as 2000x1600').argParser(parseDefectShape))
    .addOption(new Option('--bad-value <n>', 'TIFF, PNG: the stored value that means bad').argParser(parseNumber('--bad-value')))
    .addOption(new Option('--good-value <n>', 'TIFF, PNG: the stored value that means good').argParser(parseNumber('--good-value')))
    .addOption(new Option('--class-if-unknown <name>', 'class of pixels that a file only calls bad').choices(ENTRY_CLASSES).default('user'))
    .option('--dataset <path>', 'HDF5 of others: path of the map', '/entry/instrument/detector/pixel_mask')
}

function outFormat(command: Command): Command {
  const value = (name: string): ((text: string) => number) => parseNumber(name, { min: 0, max: 65535, integer: true })
  return command
    .requiredOption('--out <file>', 'file to write')
    .addOption(new Option('--format <name>', 'form to write (default: by the ending of --out)').choices(FORMATS))
    .addOption(new Option('--out-bad-value <n>', 'TIFF, PNG: write this for bad pixels').argParser(value('--out-bad-value')))
    .addOption(new Option('--out-good-value <n>', 'TIFF, PNG: write this for good pixels').argParser(value('--out-good-value')))
    .option('--force', 'replace an existing file')
}

function editOptions(command: Command): Command {
  return command
    .requiredOption('--reason <text>', 'why')
    .option('--author <name>', 'who (default: the user name of the system)')
    .addOption(new Option('--date <date>', 'when (default: now)').argParser(parseDefectDate))
    .option('--no-archive', 'do not keep the calibration of before')
}

function midline(command: Command): Command {
  return command.addOption(
    new Option('--midline <row>', 'first row of the lower read-out half: lines end there').argParser(
      parseNumber('--midline', { min: 1, integer: true })
    )
  )
}

function classes(description: string): Option {
  return new Option('--class <names>', description).argParser(parseDefectClasses)
}

function parseAreas(text: string, previous: readonly PanelArea[] = []): readonly PanelArea[] {
  return [...previous, parseDefectArea(text)]
}
