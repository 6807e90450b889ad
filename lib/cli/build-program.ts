import { Command, Option } from 'commander'
import type { OutputFormat } from '../jobs/output/frame-writer.js'
import { version } from '../version.js'
import { buildDefectsProgram } from './build-defects-program.js'
import { buildMeasureProgram } from './build-measure-program.js'
import { commandAction } from './command-action.js'
import { outputOptions } from './output-options.js'
import { parseDefectRule } from './parse-defect-rule.js'
import { parseDate, parseMemory, parseMode, parseNumber, parseRange, parseRegion, repeated } from './parse-options.js'
import { parseReadout } from './parse-readout.js'
import { frameOptions } from './frame-options.js'
import type { Surroundings } from './terminal.js'

type Groups = Readonly<Record<string, string[][]>>

/** Formats that frames are written in; what writes them is loaded when it is needed. */
const OUTPUT_FORMATS: readonly OutputFormat[] = ['tiff', 'npy', 'hdf5', 'dicom', 'raw']

const EXIT_CODES = `
Exit codes: 0 done, 1 a fault of ours, 2 usage, 3 input refused or output exists, 4 limits not met, 130 on Ctrl-C.
Patterns in double quotes are expanded by flatpanel: "darks/*.tif". A folder means its TIFF files.`

const VERIFY_HELP = `
Limits are JSON: { "schema": "flatpanel.limits/1", "limits": { "noiseRatio": { "min": 0.95, "max": 1.05 } } }
  min, max            ends of what passes, included; judged over all flats and in each
  maxChange           largest |figure - baseline|, in the unit of the metric; judged over all flats
  maxChangePercent    the same in percent of the baseline
A figure that cannot be known misses its limit. "baseline": "<file>" beside "limits" names an earlier document of verify --json;
one of another panel is refused unless --any-panel says that it is meant, one of another frame size always.`

const QC_HELP = `
With z = (x - mean) / sd, mean and sd (n - 1) of the first 20 runs:
  EWMA    e = 0.2 z + 0.8 e, alarm beyond 3 sqrt(0.2 / 1.8) = 1 sd     (Roberts, Technometrics 1, 1959)
  CUSUM   c+ = max(0, c+ + z - 0.5), c- = max(0, c- - z - 0.5), alarm above 5     (Page, Biometrika 41, 1954)
The charts run on after an alarm; after a repair or a recalibration --since begins a new baseline.
In control, a CUSUM of known mean and sd alarms falsely about every 465 runs. Runs without the figure are passed over and counted.`

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

  frameOptions(outputOptions(program.command('calibrate')))
    .description('Build offset, gain and bad-pixel maps from dark frames and flat fields: one calibration file.')
    .argument('[scans...]', 'files that say which of their frames are darks and flats (NeXus image_key, Data Exchange, DICOM)')
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
    .addOption(
      new Option('--mode <key=value>', 'binning, gain-range, integration-time (ms), frame-rate, readout-region').argParser(parseMode)
    )
    .addOption(new Option('--kv <kV>', 'tube voltage').argParser(parseNumber('--kv', { min: 0, max: 100000 })))
    .option('--filter <text>', 'beam filter, such as 21mmAl')
    .addOption(
      new Option('--temperature <C>', 'panel temperature in degrees Celsius').argParser(
        parseNumber('--temperature', { min: -273.15, max: 200 })
      )
    )
    .addOption(new Option('--combine <method>', 'how frames are combined').choices(['auto', 'mean', 'median', 'clip']).default('auto'))
    .option('--no-normalize-flats', 'do not bring the flats of a level to a common output')
    .addOption(
      new Option('--defects-preset <name>', 'whose rules find defects')
        .choices(['general', 'e2597', 'xrd1621', 'statistical'])
        .default('general')
    )
    .addOption(
      new Option('--defect-rule <key=value>', 'one number of these rules; repeated; "none": not in use').argParser(parseDefectRule)
    )
    .addOption(
      new Option('--readout <key=value>', 'how the panel is read out: chip-columns, midline (a row, or middle)').argParser(parseReadout)
    )
    .addOption(
      new Option(
        '--reference-columns <from:to>',
        'shielded columns, half-open, that show the level of each row: it is then taken off every frame; repeated'
      ).argParser(repeated(parseRange('--reference-columns')))
    )
    .addOption(
      new Option(
        '--field <extent>',
        'flats that leave a part of the panel without radiation: refuse them (whole, the default), or flag what lies outside'
      ).choices(['whole', 'of-view'])
    )
    .option('--decay <patterns...>', 'frames from the first one after an exposure on: finds lagging pixels')
    .option('--split-half', 'find defects from even and odd frames apart too, and say how far they agree (three times the time)')
    .addOption(new Option('--memory <size>', 'memory for one stack, such as 512M').argParser(parseMemory).default(2 ** 30, '1G'))
    .addOption(
      new Option('--threads <n>', 'threads that hash and combine the frames (as many as there are cores)').argParser(
        parseNumber('--threads', { min: 1, max: 64, integer: true })
      )
    )
    .option('--keep-defects <file>', 'keep the factory and user defects of this calibration (or text of flatpanel defects) in force')
    .option('--force', 'replace an existing calibration; the old one is kept as <name>.<time>.nxs')
    .action(
      commandAction(surroundings, exit, async (options, scans, terminal) => {
        const { runCalibrate } = await import('./commands/calibrate.js')
        return runCalibrate({ ...options, scans, dark: groups['--dark'], flat: groups['--flat'], decay: groups['--decay'] }, terminal)
      })
    )

  frameOptions(outputOptions(program.command('correct')))
    .description('Correct raw frames with a calibration; one file per input file, with the same pages, or one for all.')
    .argument('<frames...>', 'raw frames: files, folders or patterns')
    .requiredOption('--calibration <file>', 'calibration file')
    .option('--out <folder>', 'folder to write to; made where it is missing')
    .option('--into <file>', 'one HDF5 file (NeXus) for the frames of all inputs, in place of --out')
    .addOption(
      new Option('--to <format>', 'format to write (default: tiff; hdf5 with --into); DICOM one file per frame').choices(OUTPUT_FORMATS)
    )
    .addOption(new Option('--output <type>', 'pixel type of the corrected frames').choices(['float32', 'uint16']).default('float32'))
    .addOption(
      new Option('--pedestal <DN>', 'added before a uint16 output, so that noise around 0 is kept').argParser(
        parseNumber('--pedestal', { min: 0, max: 65535 })
      )
    )
    .addOption(new Option('--compression <method>', 'compression of corrected TIFF files').choices(['none', 'deflate']).default('none'))
    .addOption(
      new Option('--threads <n>', 'threads that share each frame (1 below 2 megapixels, else as many as there are cores)').argParser(
        parseNumber('--threads', { min: 1, max: 256, integer: true })
      )
    )
    .addOption(
      new Option(
        '--beam-region <row0:row1,col0:col1>',
        'where only air lies, half-open: every frame is brought to the reference of the calibration there; repeated: pooled'
      ).argParser(repeated(parseRegion('--beam-region')))
    )
    .addOption(
      new Option('--beam-on-object <action>', 'when something lies there: refuse the frame, or use the factor of the frame before').choices(
        ['refuse', 'previous']
      )
    )
    .option('--skip-existing', 'take up a run that was ended: leave out inputs whose corrected files are there, from this very work')
    .option('--hash-inputs', 'know inputs by the SHA-256 of the whole file as well; it is recorded')
    .option('--force', 'replace corrected frames that are already there')
    .action(
      commandAction(surroundings, exit, async (options, files, terminal) => {
        const { runCorrect } = await import('./commands/correct.js')
        return runCorrect({ ...options, frames: files }, terminal)
      })
    )

  frameOptions(outputOptions(program.command('convert')))
    .description(
      'Write frames in another format, values as stored: one file per input file; DICOM (DX for processing) one per frame, a series per run.'
    )
    .argument('<frames...>', 'frames: files, folders or patterns; file::inside for a dataset of HDF5 or an array of NPZ')
    .requiredOption('--out <folder>', 'folder to write to; made where it is missing')
    .addOption(new Option('--to <format>', 'format to write').choices(OUTPUT_FORMATS).makeOptionMandatory())
    .addOption(
      new Option('--pitch <um>', 'pixel pitch in micrometres, in place of what the frames say (DICOM must state it)').argParser(
        parseNumber('--pitch', { min: 0.1, max: 10000 })
      )
    )
    .option('--force', 'replace files that are already there')
    .action(
      commandAction(surroundings, exit, async (options, files, terminal) => {
        const { runConvert } = await import('./commands/convert.js')
        return runConvert({ ...options, frames: files }, terminal)
      })
    )

  frameOptions(outputOptions(program.command('verify')))
    .description('Correct flat fields that were not used for the calibration and measure what is left.')
    .requiredOption('--calibration <file>', 'calibration file')
    .option('--flat <patterns...>', 'flat fields to check')
    .option('--limits <file>', 'limits as JSON (see limits.schema.json in the package); exit 4 when one is missed')
    .option('--baseline <file>', 'document of an earlier verify --json, for limits on changes; otherwise the one that the limits name')
    .option('--any-panel', 'the baseline may be of another panel, such as a reference unit of the same model')
    .option('--junit <file>', 'write the verdicts as JUnit XML; an existing file is replaced')
    .option('--log <file>', 'append this run to a QC log (one line of JSON); see flatpanel qc')
    .addHelpText('after', VERIFY_HELP)
    .action(
      commandAction(surroundings, exit, async (options, _files, terminal) => {
        const { runVerify } = await import('./commands/verify.js')
        return runVerify({ ...options, flat: groups['--flat'] }, terminal)
      })
    )

  outputOptions(program.command('qc'))
    .description('Control charts over a QC log: has a figure left its baseline? Exit 4 on an alarm of the last run.')
    .requiredOption('--log <file>', 'QC log of flatpanel verify --log')
    .option('--metric <names...>', 'metrics to chart, as verify names them; otherwise a choice of eight')
    .option('--serial <text>', 'panel, where the log holds more than one; "unknown" for runs without a serial number')
    .addOption(
      new Option('--since <date>', 'leave out runs before it, such as 2026-03-01: a new baseline begins').argParser(parseDate('--since'))
    )
    .addOption(
      new Option('--baseline <n>', 'runs that make the baseline, from the first on')
        .argParser(parseNumber('--baseline', { min: 20, integer: true }))
        .default(20)
    )
    .option('--any', 'exit 4 on an alarm of any run, not of the last one only')
    .addHelpText('after', QC_HELP)
    .action(
      commandAction(surroundings, exit, async (options, _files, terminal) => {
        const { runQc } = await import('./commands/qc.js')
        return runQc(options, terminal)
      })
    )

  buildMeasureProgram(program, surroundings, groups, exit)

  outputOptions(program.command('inspect'))
    .description('Say what a calibration file holds, after checking it against its checksums.')
    .argument('<file>', 'calibration file')
    .option('--header', 'only what its header says, at once for any size: the maps are not verified')
    .action(
      commandAction(surroundings, exit, async (options, [file], terminal) => {
        const { runInspect } = await import('./commands/inspect.js')
        return runInspect({ ...options, file }, terminal)
      })
    )

  outputOptions(program.command('demo'))
    .description('The main job on a simulated detector: make frames, calibrate, correct, verify.')
    .option('--out <folder>', 'folder for the frames, maps and corrected frames', 'flatpanel-demo')
    .action(
      commandAction(surroundings, exit, async (options, _files, terminal) => {
        const { runDemo } = await import('./commands/demo.js')
        return runDemo(options, terminal)
      })
    )

  buildDefectsProgram(program, surroundings, exit)

  for (const sub of program.commands) {
    shared(sub, surroundings)
    for (const under of sub.commands) shared(under, surroundings)
  }
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
