import type * as h5wasm from 'h5wasm'

/** The HDF5 library with its file system in memory. */
export type Hdf5Library = typeof h5wasm

/**
 * Load the HDF5 library, on first use only. It is the build with a file system in memory: libhdf5 sees the bytes that
 * were verified, never a path. Its errors are made to throw; without that a failed read gives whatever stood in memory.
 */
export async function openHdf5Library(): Promise<Hdf5Library> {
  const library = await import('h5wasm')
  const module = await library.ready
  module.activate_throwing_error_handler()
  return library
}
