/** What messages call a flat: its name, else its number from 1. */
export function flatName({ name, index }: { readonly name: string | null; readonly index: number }): string {
  return name ?? `flat ${index + 1}`
}
