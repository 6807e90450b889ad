export * from './correction.as'
export * from './median.as'
export * from './sliding-median.as'
