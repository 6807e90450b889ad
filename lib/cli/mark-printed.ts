const printed = new WeakSet<object>()

/** Mark an error as already told in the JSON document of its command (which had more to say: the files finished so far). */
export function markPrinted(error: unknown): void {
  if (typeof error === 'object' && error !== null) printed.add(error)
}

/** True when the error was marked by {@link markPrinted}. */
export function isPrinted(error: unknown): boolean {
  return typeof error === 'object' && error !== null && printed.has(error)
}
