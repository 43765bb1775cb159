export { FAULT_POINTS, type FaultPoint } from './points.ts'
export { armFaults, reach } from './reach.ts'
