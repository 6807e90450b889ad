import type { DefectClass } from '../maps/defect-flags.js'

/** What people call the defect classes. */
export const defectClassNames: Readonly<Record<DefectClass, string>> = Object.freeze({
  gap: 'gap (no pixel)',
  dead: 'dead or stuck',
  underResponding: 'under-responding',
  overResponding: 'over-responding',
  noisy: 'noisy',
  unexposed: 'not exposed (no defect)',
  cluster: 'member of a cluster',
  user: 'set by the user',
  hot: 'hot',
  nonUniform: 'non-uniform',
  lagging: 'lagging',
  badNeighbourhood: 'bad neighbourhood',
  line: 'member of a line',
  nonLinear: 'non-linear',
  unstable: 'unstable',
  clusterKernel: 'cluster kernel pixel (informs)',
  unrepairable: 'beyond trustworthy repair (informs)'
})
