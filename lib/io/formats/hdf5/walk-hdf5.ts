import type { Dataset, Group } from 'h5wasm'
import { isDetectorError } from '../../../errors.js'
import type { FormatError } from '../../../errors.js'
import type { Hdf5File, Hdf5Member } from './open-hdf5-file.js'
import { readTextAttribute } from './read-text.js'

export interface Hdf5Group extends Hdf5Found<Group> {
  readonly nexusClass: string | null
}

/** What was found, and the path that leads to it from the file that was opened, whatever files lie between. */
export interface Hdf5Found<T extends Group | Dataset = Group | Dataset> extends Hdf5Member<T> {
  readonly way: string
}

/** What stands in a file, breadth first; what is linked from several places is named once. */
export interface Hdf5Tree {
  readonly groups: readonly Hdf5Group[]
  readonly datasets: readonly Hdf5Found<Dataset>[]
  /** False: there is more in it than is looked at. */
  readonly complete: boolean
  /** The first link that leads out of the folder, or nowhere. */
  readonly refused: FormatError | null
}

const mostObjects = 4096

/** Look at the groups and datasets of a file, at most 4096 of them. Links that lead out of its folder, or nowhere, are passed by. */
export function walkHdf5(file: Hdf5File): Hdf5Tree {
  const { library, folder } = file
  const groups: Hdf5Group[] = []
  const datasets: Hdf5Found<Dataset>[] = []
  const seen = new Set<string>()
  const queue: Hdf5Found<Group>[] = [{ place: folder.main, entity: file.at(folder.main), way: '' }]
  let refused: FormatError | null = null
  let looked = 0
  for (let group = queue.shift(); group !== undefined; group = queue.shift()) {
    groups.push({ ...group, nexusClass: readTextAttribute(group.entity, 'NX_class') })
    for (const name of group.entity.keys()) {
      if (++looked > mostObjects) return { groups, datasets, complete: false, refused }
      const found = lookAt(file, group, name)
      if (isDetectorError(found, 'ERR_FORMAT')) refused ??= found
      if (found === null || isDetectorError(found)) continue
      const { place, entity } = found
      const address = `${place} ${Buffer.from(entity.create_reference().ref_data).toString('hex')}`
      if (seen.has(address)) continue
      seen.add(address)
      const way = `${group.way}/${name}`
      if (entity instanceof library.Group) queue.push({ place, entity, way })
      else datasets.push({ place, entity, way })
    }
  }
  return { groups, datasets, complete: true, refused }
}

/** Links in a circle make libhdf5 raise an error. */
function lookAt(file: Hdf5File, { place, entity }: Hdf5Member<Group>, name: string): Hdf5Member | FormatError | null {
  try {
    return file.member(place, `${entity.path}/${name}`)
  } catch (error) {
    return isDetectorError(error, 'ERR_FORMAT') ? error : null
  }
}
