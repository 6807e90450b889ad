import { Command, Option } from 'commander'
import { version } from '../version.js'
import { buildDefectsProgram } from './build-defects-program.js'
import { createProgress } from './create-progress.js'
import { parseDefectRule } from './parse-defect-rule.js'
import { parseMemory, parseMode, parseNumber } from './parse-options.js'
import { parseReadout } from './parse-readout.js'
import type { Surroundings, Terminal } from './terminal.js'

type Groups = Readonly<Record<string, string[][]>>

const EXIT_CODES = `
Exit codes: 0 done, 1 a fault of ours, 2 usage, 3 input refused or output exists, 4 limits not met, 130 on Ctrl-C.
Patterns in double quotes are expanded by flatpanel: "darks/*.tif". A folder means its TIFF files.`

/**
 * The command line as an argument parser. The code of each command is loaded when it runs, so that --help stays quick.
 * @param groups values of --dark and --flat, one group per occurrence
 * @param exit called with the exit code of a command that ran
 */
export function buildProgram(surroundings: Surroundings, groups: Groups, exit: (code: number) => void): Command {
  const program = new Command('flatpanel')
    .description('Calibrate X-ray flat-panel detectors and correct their frames.')
    .version(version, '-V, --version')
    .addHelpText('after', EXIT_CODES)
  shared(program, surroundings)

  rawOptions(output(program.command('calibrate')))
    .description('Build offset, gain and bad-pixel maps from dark frames and flat fields: one calibration file.')
    .option('--dark <patterns...>', 'dark frames: files, folders or patterns; repeated: added to the same stack')
    .option('--flat <patterns...>', 'flat fields; each --flat is one level, the first makes the gain map')
    .requiredOption('--out <file>', 'calibration file to write (NeXus/HDF5, such as SN1234.nxs)')
    .option('--serial <text>', 'serial number of the panel')
    .option('--name <text>', 'name of the panel for people')
    .addOption(new Option('--saturation <DN>', 'raw value of a saturated pixel').argParser(parseNumber('--saturation', { min: 1 })))
    .addOption(
      new Option('--bits <n>', 'bits of the converter: saturation is 2^n - 1')
        .argParser(parseNumber('--bits', { min: 1, max: 32, integer: true }))
        .conflicts('saturation')
    )
    .addOption(new Option('--pitch <um>', 'pixel pitch in micrometres').argParser(parseNumber('--pitch', { min: 0.1, max: 10000 })))
    .addOption(new Option('--mode <key=value>', 'binning, gain-range, integration-time (ms), frame-rate, readout-region').argParser(parseMode))
    .addOption(new Option('--kv <kV>', 'tube voltage').argParser(parseNumber('--kv', { min: 0, max: 100000 })))
    .option('--filter <text>', 'beam filter, such as 21mmAl')
    .addOption(new Option('--temperature <C>', 'panel temperature in degrees Celsius').argParser(parseNumber('--temperature', { min: -273.15, max: 200 })))
    .addOption(new Option('--combine <method>', 'how frames are combined').choices(['auto', 'mean', 'median', 'clip']).default('auto'))
    .option('--no-normalize-flats', 'do not bring the flats of a level to a common output')
    .addOption(
      new Option('--defects-preset <name>', 'whose rules find defects').choices(['general', 'e2597', 'xrd1621', 'statistical']).default('general')
    )
    .addOption(new Option('--defect-rule <key=value>', 'one number of these rules; repeated; "none": not in use').argParser(parseDefectRule))
    .addOption(new Option('--readout <key=value>', 'how the panel is read out: chip-columns, midline (a row, or middle)').argParser(parseReadout))
    .option('--decay <patterns...>', 'frames from the first one after an exposure on: finds lagging pixels')
    .option('--split-half', 'find defects from even and odd frames apart too, and say how far they agree (three times the time)')
    .addOption(new Option('--memory <size>', 'memory for one stack, such as 512M').argParser(parseMemory).default(2 ** 30, '1G'))
    .option('--keep-defects <file>', 'keep the factory and user defects of this calibration (or text of flatpanel defects) in force')
    .option('--force', 'replace an existing calibration; the old one is kept as <name>.<time>.nxs')
    .action(command(surroundings, exit, async (options, _files, terminal) => {
      const { runCalibrate } = await import('./commands/calibrate.js')
      return runCalibrate({ ...options, dark: groups['--dark'], flat: groups['--flat'], decay: groups['--decay'] }, terminal)
    }))

  rawOptions(output(program.command('correct')))
    .description('Correct raw frames with a calibration; one TIFF file per input file, with the same pages.')
    .argument('<frames...>', 'raw frames: files, folders or patterns')
    .requiredOption('--calibration <file>', 'calibration file')
    .requiredOption('--out <folder>', 'folder to write to; made where it is missing')
    .addOption(new Option('--output <type>', 'pixel type of the corrected frames').choices(['float32', 'uint16']).default('float32'))
    .addOption(new Option('--pedestal <DN>', 'added before a uint16 output, so that noise around 0 is kept').argParser(parseNumber('--pedestal', { min: 0, max: 65535 })))
    .addOption(new Option('--compression <method>', 'compression of the corrected frames').choices(['none', 'deflate']).default('none'))
    .option('--force', 'replace corrected frames that are already there')
    .action(command(surroundings, exit, async (options, files, terminal) => {
      const { runCorrect } = await import('./commands/correct.js')
      return runCorrect({ ...options, frames: files }, terminal)
    }))

  rawOptions(output(program.command('verify')))
    .description('Correct flat fields that were not used for the calibration and measure what is left.')
    .requiredOption('--calibration <file>', 'calibration file')
    .option('--flat <patterns...>', 'flat fields to check')
    .option('--limits <file>', 'limits as JSON (see limits.schema.json in the package); exit 4 when one is missed')
    .action(command(surroundings, exit, async (options, _files, terminal) => {
      const { runVerify } = await import('./commands/verify.js')
      return runVerify({ ...options, flat: groups['--flat'] }, terminal)
    }))

  output(program.command('inspect'))
    .description('Say what a calibration file holds, after checking it against its checksums.')
    .argument('<file>', 'calibration file')
    .action(command(surroundings, exit, async (_options, [file], terminal) => {
      const { runInspect } = await import('./commands/inspect.js')
      return runInspect({ file }, terminal)
    }))

  output(program.command('demo'))
    .description('The main job on a simulated detector: make frames, calibrate, correct, verify.')
    .option('--out <folder>', 'folder for the frames, maps and corrected frames', 'flatpanel-demo')
    .action(command(surroundings, exit, async (options, _files, terminal) => {
      const { runDemo } = await import('./commands/demo.js')
      return runDemo(options, terminal)
    }))

  buildDefectsProgram(program, surroundings, exit)

  for (const sub of program.commands) shared(sub, surroundings)
  return program
}

function shared(command: Command, { stdout, stderr }: Surroundings): Command {
  return command
    .exitOverride()
    .showHelpAfterError('(flatpanel --help, or flatpanel <command> --help)')
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false
    })
}

function output(command: Command): Command {
  return command
    .option('--json', 'print one JSON document on stdout')
    .option('--quiet', 'say nothing but results and errors')
    .option('--debug', 'with an error, show where in the program it arose')
}

function rawOptions(command: Command): Command {
  return command
    .addOption(new Option('--rows <n>', 'headerless raw files: rows').argParser(parseNumber('--rows', { min: 1, integer: true })))
    .addOption(new Option('--cols <n>', 'headerless raw files: columns').argParser(parseNumber('--cols', { min: 1, integer: true })))
    .addOption(new Option('--dtype <type>', 'headerless raw files: pixel type').choices(['u8', 'u16', 'u32', 'i8', 'i16', 'i32', 'f32', 'f64']))
    .addOption(new Option('--byte-order <order>', 'headerless raw files: byte order').choices(['little', 'big']))
    .addOption(new Option('--header-bytes <n>', 'headerless raw files: bytes before the first frame').argParser(parseNumber('--header-bytes', { min: 0, integer: true })))
}

type Action = (options: any, files: string[], terminal: Terminal) => Promise<number>

/** Give an action its terminal, and leave the terminal tidy however it ends. */
function command({ stdout, stderr, signal }: Surroundings, exit: (code: number) => void, action: Action) {
  return async function (this: Command): Promise<void> {
    const options = this.opts()
    const json = options.json === true
    const quiet = options.quiet === true
    const progress = createProgress(stderr, quiet)
    const terminal: Terminal = {
      print: (text) => void (json || stdout.write(`${text}\n`)),
      document: (value) => void (json && stdout.write(`${JSON.stringify(value, null, 2)}\n`)),
      say: (text) => void (quiet || stderr.write(`${text}\n`)),
      progress,
      signal,
      json
    }
    try {
      exit(await action(options, this.processedArgs.flat() as string[], terminal))
    } finally {
      progress.stop()
    }
  }
}
