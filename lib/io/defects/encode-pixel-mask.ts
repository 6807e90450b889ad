import type { DefectMap } from '../../maps/maps.js'
import { openHdf5Library } from '../nexus/open-hdf5-library.js'

let filesMade = 0

/**
 * Lay a defect map out as HDF5 after NeXus: uint32 [rows, cols] at `/entry/instrument/detector/pixel_mask`, and nothing else.
 * @see NeXus NXdetector, pixel_mask (2024 definitions)
 */
export async function encodePixelMask({ data, shape }: DefectMap): Promise<Uint8Array> {
  const library = await openHdf5Library()
  const path = `/pixel-mask-${++filesMade}.nxs`
  const file = new library.File(path, 'w')
  for (const [name, value] of Object.entries({ NX_class: 'NXroot', default: 'entry', creator: 'flatpanel' }))
    file.create_attribute(name, value)
  let group: Pick<typeof file, 'create_group' | 'create_attribute' | 'create_dataset'> = file
  for (const [name, kind] of [
    ['entry', 'NXentry'],
    ['instrument', 'NXinstrument'],
    ['detector', 'NXdetector']
  ]) {
    group = group.create_group(name)
    group.create_attribute('NX_class', kind)
  }
  const dataset = group.create_dataset({ name: 'pixel_mask', data, shape: [...shape] })
  dataset.create_attribute('long_name', 'defect flags: bits of NXdetector/pixel_mask')
  file.close()
  const bytes = library.FS!.readFile(path)
  library.FS!.unlink(path)
  return bytes
}
