declare module 'zeros' {
  import type { NdArray } from 'ndarray'
  /** Zero-filled ndarray. The default dtype is float64: always name it. */
  function zeros(shape: readonly number[], dtype: 'float32'): NdArray<Float32Array>
  function zeros(shape: readonly number[], dtype: 'uint16'): NdArray<Uint16Array>
  function zeros(shape: readonly number[], dtype: 'uint32'): NdArray<Uint32Array>
  function zeros(shape: readonly number[], dtype: 'float32' | 'uint16'): NdArray<Float32Array> | NdArray<Uint16Array>
  export default zeros
}
