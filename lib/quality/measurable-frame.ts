import type { NdArray } from 'ndarray'
import type { PixelData } from '../frame/pixel-data.js'
import type { Shape } from '../frame/shape.js'

/** What a metric takes: a frame or map as `{ data, shape }`, or a two-dimensional ndarray (a strided view is copied). */
export type MeasurableFrame = { readonly data: PixelData; readonly shape: Shape } | NdArray<PixelData>
