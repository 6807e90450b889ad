/** The part of zlib that is needed at once, where readers cannot wait. */
export interface ZlibOfNode {
  inflateSync(source: Uint8Array, options: { readonly chunkSize: number; readonly maxOutputLength: number }): Uint8Array
}

interface Runtime {
  readonly process?: { readonly getBuiltinModule?: (name: string) => ZlibOfNode | undefined }
}

/** zlib where this is Node; null on a page, which can only unpack in the background. An import would keep the reader from pages. */
export function zlibOfNode(): ZlibOfNode | null {
  return (globalThis as Runtime).process?.getBuiltinModule?.('zlib') ?? null
}
