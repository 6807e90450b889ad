export * from './correction.as'
export * from './sliding-median.as'
