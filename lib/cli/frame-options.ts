import { Option } from 'commander'
import type { Command } from 'commander'
import type { FormatName } from '../io/formats/frame-format.js'
import { parseNumber } from './parse-options.js'

/** Every format by name; the formats themselves are loaded when files are read. */
const FORMAT_NAMES: readonly FormatName[] = ['tiff', 'his', 'ge', 'xim', 'hnd', 'edf', 'dicom', 'hdf5', 'npy', 'npz', 'fits', 'png', 'raw']

/**
 * The options that say how files of frames are read.
 * @param hidden keep them out of the help
 */
export function frameOptions(command: Command, { hidden = false } = {}): Command {
  const before = command.options.length
  command
    .addOption(new Option('--format <name>', 'read every file as this, whatever it holds').choices(FORMAT_NAMES))
    .option('--allow-corrected', 'take frames that state that they were corrected already; it is recorded')
    .addOption(new Option('--rows <n>', 'headerless raw files: rows').argParser(parseNumber('--rows', { min: 1, integer: true })))
    .addOption(new Option('--cols <n>', 'headerless raw files: columns').argParser(parseNumber('--cols', { min: 1, integer: true })))
    .addOption(
      new Option('--dtype <type>', 'headerless raw files: pixel type').choices(['u8', 'u16', 'u32', 'i8', 'i16', 'i32', 'f32', 'f64'])
    )
    .addOption(new Option('--byte-order <order>', 'headerless raw files: byte order').choices(['little', 'big']))
    .addOption(
      new Option('--header-bytes <n>', 'headerless raw files: bytes before the first frame').argParser(
        parseNumber('--header-bytes', { min: 0, integer: true })
      )
    )
  for (const option of command.options.slice(before)) option.hideHelp(hidden)
  return command
}
