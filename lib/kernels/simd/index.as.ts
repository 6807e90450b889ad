export * from './correction.as'
