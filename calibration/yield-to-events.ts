/** Let timers, signals and messages through; where there are no timers, only the microtasks. */
export async function yieldToEvents(): Promise<void> {
  const timers = globalThis as { setTimeout?: (call: () => void, delay: number) => unknown }
  const later = timers.setTimeout
  if (later) await new Promise<void>((resolve) => void later(resolve, 0))
}
