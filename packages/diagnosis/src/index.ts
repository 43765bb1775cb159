export { Diagnostician } from './diagnostician.ts'
export { flowIsProbe } from './flow_reading.ts'
export { EPSILON, fitProbe, phiOf, type ProbeFit } from './probe_fit.ts'
