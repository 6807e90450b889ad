import type { Dataset, Group } from 'h5wasm'
import { FormatError } from '../../../errors.js'
import type { FrameRole } from '../../../frame/frame-info.js'
import { describeDataset, frameShape, pixelTypeOfDataset } from './describe-dataset.js'
import { describeExposure } from './describe-exposure.js'
import type { Hdf5Stack } from './hdf5-request.js'
import type { Hdf5File, Hdf5Member } from './open-hdf5-file.js'
import { readNumbers } from './read-numbers.js'
import { readTextAttribute } from './read-text.js'
import { walkHdf5 } from './walk-hdf5.js'
import type { Hdf5Tree } from './walk-hdf5.js'

/** A dataset, and the group in which it was found: what says something of its frames stands there, also where the dataset does not. */
type FrameDataset = Hdf5Member<Dataset> & { readonly owner?: Hdf5Member<Group> }

/** Datasets of Data Exchange, in the order in which they are read; some writers have several of a kind (`data_white_pre`). */
const exchangeRoles: readonly (readonly [RegExp, FrameRole])[] = [
  [/^data_dark(_.*)?$/, 'dark'],
  [/^data_(white|flat)(_.*)?$/, 'flat'],
  [/^data$/, 'projection']
]
/** Values of `image_key`; 3 is invalid: such frames are left out. */
const keyRoles: Readonly<Record<number, FrameRole>> = { 0: 'projection', 1: 'flat', 2: 'dark' }
const invalidKey = 3
/** Of the datasets that could be meant, so many are named. */
const mostNamed = 12

/**
 * Find the frames of a file: Data Exchange (`/exchange/data`, `data_dark`, `data_white`); `data` beside an `image_key` (NXtomo); the
 * signal that the chain of `default` attributes leads to, or of the only NXdata; `data` of the only NXdetector; the only dataset of
 * numbers with 2 or 3 dimensions.
 * @param inside path of a dataset, or of a group in which it is searched so
 * @throws {FormatError} ERR_FORMAT when it does not say which of several datasets is meant, or that one cannot be frames
 * @see NeXus definitions, NXtomo, NXdata (2024); De Carlo et al., Scientific data exchange, J. Synchrotron Rad. 21 (2014)
 */
export function findHdf5Frames(file: Hdf5File, inside: string | undefined): Hdf5Stack[] {
  assertNoCalibration(file)
  const tree = walkHdf5(file)
  const found = inside === undefined ? search(file, tree, '/') : asked(file, tree, inside)
  const stacks = found.map((dataset) => stackOf(file, tree, atHome(file, tree, dataset)))
  if (stacks.some(({ frames }) => frames.length > 0)) return stacks.filter(({ frames }) => frames.length > 0)
  throw new FormatError({ file: file.name, expected: 'at least one valid frame', received: 'image_key 3 (invalid) for all' })
}

/** Its maps are no frames, although they look so. */
function assertNoCalibration(file: Hdf5File): void {
  const schema = readTextAttribute(file.at(file.folder.main), 'schema')
  if (schema?.startsWith('flatpanel.calibration/') !== true) return
  throw new FormatError({ file: file.name, expected: 'frames', received: `a file with the schema ${schema}, whose datasets are no frames` })
}

function asked(file: Hdf5File, tree: Hdf5Tree, inside: string): FrameDataset[] {
  const found = file.member(file.folder.main, inside)
  if (found === null) return refuse(file, tree, `a dataset at ${inside}`)
  if (!isDataset(file, found)) return search(file, tree, found.entity.path === '/' ? '/' : `${found.entity.path}/`)
  const owner = file.member(file.folder.main, inside.replace(/[^/]*\/*$/, ''))
  return [owner === null || isDataset(file, owner) ? found : { ...found, owner: owner as Hdf5Member<Group> }]
}

function search(file: Hdf5File, tree: Hdf5Tree, below: string): FrameDataset[] {
  const part: Hdf5Tree = {
    ...tree,
    groups: tree.groups.filter(({ entity }) => below === '/' || `${entity.path}/`.startsWith(below)),
    datasets: tree.datasets.filter(({ entity, way }) => entity.path.startsWith(below) || way.startsWith(below))
  }
  const found = exchange(file, part) ?? keyed(file, part) ?? signal(file, part) ?? detector(file, part)
  if (found) return found
  const possible = part.datasets.filter(couldBeFrames)
  if (!tree.complete) return refuse(file, part, 'a file of at most 4096 objects, or the path of the frames, as file.h5::/path')
  if (possible.length === 1 && isCertain(possible[0], part)) return possible
  if (possible.length === 0 && tree.refused) throw tree.refused
  return refuse(file, part, 'one dataset of frames; say which as file.h5::/path')
}

/** Not where it is a line, as lists of energies are, or where another array could hold the frames in a way that is not read. */
function isCertain({ entity: { metadata } }: FrameDataset, { datasets }: Hdf5Tree): boolean {
  const arrays = datasets.filter(({ entity }) => (entity.metadata.shape ?? []).filter((extent) => extent > 1).length > 1)
  return metadata.shape!.slice(-2).every((extent) => extent > 1) && arrays.length === 1
}

function refuse(file: Hdf5File, { datasets }: Hdf5Tree, expected: string): never {
  const candidates = datasets.filter(couldBeFrames)
  const named = candidates.slice(0, mostNamed).map(({ way, entity: { metadata } }) => `${way} [${metadata.shape!.join(', ')}]`)
  const more = candidates.length > mostNamed ? ` and ${candidates.length - mostNamed} more` : ''
  const received = named.length === 0 ? 'no dataset of numbers with 2 or 3 dimensions' : named.join(', ') + more
  throw new FormatError({ file: file.name, expected, received })
}

function exchange(file: Hdf5File, { groups }: Hdf5Tree): FrameDataset[] | null {
  const group = groups.find(({ entity }) => entity.path === '/exchange')
  if (group === undefined || childOf(file, group, 'data') === null) return null
  const named = group.entity.keys().filter((name) => /^data(_|$)/.test(name))
  const unknown = named.filter((name) => !exchangeRoles.some(([pattern]) => pattern.test(name)))
  if (unknown.some((name) => couldBeFrames(childOf(file, group, name)))) return null
  return exchangeRoles.flatMap(([pattern]) =>
    named.filter((name) => pattern.test(name)).flatMap((name) => childOf(file, group, name) ?? [])
  )
}

function keyed(file: Hdf5File, { groups }: Hdf5Tree): FrameDataset[] | null {
  const found = groups.filter((group) => childOf(file, group, 'image_key') !== null && childOf(file, group, 'data') !== null)
  const chosen = found.length > 1 ? found.filter(({ nexusClass }) => nexusClass === 'NXdetector') : found
  return chosen.length === 1 ? [childOf(file, chosen[0], 'data')!] : null
}

function signal(file: Hdf5File, { groups }: Hdf5Tree): FrameDataset[] | null {
  const plots = groups.filter(({ nexusClass }) => nexusClass === 'NXdata')
  const chosen = followDefaults(file, groups[0]) ?? (plots.length === 1 ? plots[0] : null)
  const name = chosen && readTextAttribute(chosen.entity, 'signal')
  const dataset = chosen && name ? childOf(file, chosen, name) : null
  return dataset && couldBeFrames(dataset) ? [dataset] : null
}

/** Each step leads down, so that the chain ends. */
function followDefaults(file: Hdf5File, group: Hdf5Member<Group> | undefined): Hdf5Member<Group> | null {
  const name = group ? readTextAttribute(group.entity, 'default') : null
  if (group === undefined || name === null) return group && readTextAttribute(group.entity, 'signal') !== null ? group : null
  const next = name.includes('..') || name.startsWith('/') ? null : file.member(group.place, `${group.entity.path}/${name}`)
  return next !== null && next.entity.path.length > group.entity.path.length && !isDataset(file, next)
    ? followDefaults(file, next as Hdf5Member<Group>)
    : null
}

function detector(file: Hdf5File, { groups }: Hdf5Tree): FrameDataset[] | null {
  const found = groups.filter(({ nexusClass }) => nexusClass === 'NXdetector').flatMap((group) => childOf(file, group, 'data') ?? [])
  const frames = found.filter(couldBeFrames)
  return frames.length === 1 ? frames : null
}

/** NXdata links to the dataset of a detector; what is said of it stands there. */
function atHome(file: Hdf5File, { groups }: Hdf5Tree, dataset: FrameDataset): FrameDataset {
  const own = groups.filter(({ nexusClass }) => nexusClass === 'NXdetector')
  const addressOf = ({ entity }: FrameDataset): string => Buffer.from(entity.create_reference().ref_data).toString('hex')
  const address = addressOf(dataset)
  const data = own.flatMap((group) => reachable(() => childOf(file, group, 'data')) ?? [])
  return data.find((candidate) => candidate.place === dataset.place && addressOf(candidate) === address) ?? dataset
}

/** What stands elsewhere in a file, and leads nowhere, is no reason to refuse the frames. */
function reachable<T>(find: () => T): T | null {
  try {
    return find()
  } catch {
    return null
  }
}

function stackOf(file: Hdf5File, tree: Hdf5Tree, dataset: FrameDataset): Hdf5Stack {
  const { place, entity } = dataset
  const { shape, type, packed } = describeDataset(file, dataset)
  const count = shape.length === 3 ? shape[0] : 1
  const keys = keysOf(file, dataset, count)
  const all = Array.from({ length: count }, (_, frame) => frame)
  const frames = keys ? all.filter((frame) => keys[frame] !== invalidKey) : all
  const name = /^\/exchange\/([^/]+)$/.exec(entity.path)?.[1] ?? ''
  const role = exchangeRoles.find(([pattern]) => pattern.test(name))?.[1]
  const roles = keys ? frames.map((frame) => keyRoles[keys[frame]]) : role && frames.map(() => role)
  const { info, integrationTimes } = describeExposure(file, tree, dataset, count)
  const times = integrationTimes && frames.map((frame) => integrationTimes[frame])
  return {
    ...{ place, path: entity.path, shape, type, frames, info },
    ...(packed && { packed }),
    ...(roles && { roles }),
    ...(times && { integrationTimes: times })
  }
}

/** The keys beside the link to a dataset, else beside the dataset itself. */
function keysOf(file: Hdf5File, { place, entity, owner }: FrameDataset, count: number): readonly number[] | null {
  const parents = [...(owner ? [[owner.place, owner.entity.path]] : []), [place, entity.path.slice(0, entity.path.lastIndexOf('/'))]]
  const members = parents.flatMap(([place, parent]) => file.member(place, `${parent}/image_key`) ?? [])
  const member = members.find((member) => isDataset(file, member))
  if (member === undefined) return null
  const { path } = member.entity
  const keys = readNumbers(member.entity, count)?.values
  const wrong = (received: string): never => {
    throw new FormatError({
      file: file.name,
      expected: `${count} keys 0 (projection), 1 (flat), 2 (dark) or 3 (invalid) at ${path}`,
      received
    })
  }
  if (keys === undefined || keys.length !== count) return wrong(`shape [${member.entity.metadata.shape?.join(', ') ?? ''}]`)
  const unknown = keys.findIndex((key) => key !== invalidKey && keyRoles[key] === undefined)
  return unknown < 0 ? keys : wrong(`${keys[unknown]} for frame ${unknown}`)
}

function childOf(file: Hdf5File, { place, entity }: Hdf5Member<Group>, name: string): FrameDataset | null {
  if (!entity.keys().includes(name)) return null
  const found = file.member(place, `${entity.path}/${name}`)
  return found && isDataset(file, found) ? { ...found, owner: { place, entity } } : null
}

function isDataset(file: Hdf5File, member: Hdf5Member): member is FrameDataset {
  return member.entity instanceof file.library.Dataset
}

function couldBeFrames(dataset: FrameDataset | null): boolean {
  if (dataset === null) return false
  const { metadata } = dataset.entity
  const extents = metadata.shape ?? []
  return pixelTypeOfDataset(metadata) !== null && frameShape(extents) !== null && extents.every((extent) => extent > 0)
}
