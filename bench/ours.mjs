import { existsSync } from 'node:fs'

/**
 * The build that is measured: dist/, or the folder that FLATPANEL_DIST names, so that two builds can be compared. What no entry of the
 * package exports comes from build/ beside it, where the modules lie that are joined in dist/.
 * @param {string} path a file of the build, such as `lib/index.js`
 */
export function ours(path) {
  return import(oursUrl(path).href)
}

export function oursUrl(path) {
  const given = process.env.FLATPANEL_DIST
  const dist = given ? new URL(`file://${given.replace(/\/*$/, '/')}`) : new URL('../dist/', import.meta.url)
  const entry = new URL(path, dist)
  return existsSync(entry) ? entry : new URL(`../build/${path}`, dist)
}
