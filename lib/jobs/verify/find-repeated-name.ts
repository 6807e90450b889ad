/**
 * Find a name that occurs twice in one object of a JSON text; JSON.parse would keep the last one and say nothing.
 * @param text valid JSON
 * @returns the name with those of the objects around it, such as `limits.noiseRatio`; null: there is none
 */
export function findRepeatedName(text: string): string | null {
  const open: { readonly names: Set<string>; last: string }[] = []
  for (const [token, string, colon] of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}]/gs)) {
    if (token === '{') open.push({ names: new Set(), last: '' })
    else if (token === '}') open.pop()
    if (colon === undefined) continue
    const object = open[open.length - 1]
    object.last = JSON.parse(string) as string
    if (object.names.has(object.last)) return open.map(({ last }) => last).join('.')
    object.names.add(object.last)
  }
  return null
}
