/** The pixel types that a raw frame may have. */
export type PixelData = Uint8Array | Uint16Array | Uint32Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array

/** The pixel types that the kernels know; every other type is turned into one of them, exactly, or refused. */
export type KernelPixels = Uint16Array | Float32Array

/** Short names of the pixel types, as they stand in files, options and provenance. */
export type PixelType = 'u8' | 'u16' | 'u32' | 'i8' | 'i16' | 'i32' | 'f32' | 'f64'
