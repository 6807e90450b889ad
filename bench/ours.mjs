/**
 * The build that is measured: dist/, or the folder that FLATPANEL_DIST names, so that two builds can be compared.
 * @param {string} path a file of the build, such as `lib/index.js`
 */
export function ours(path) {
  return import(oursUrl(path).href)
}

export function oursUrl(path) {
  const given = process.env.FLATPANEL_DIST
  return new URL(path, given ? new URL(`file://${given.replace(/\/*$/, '/')}`) : new URL('../dist/', import.meta.url))
}
