export { type Failpoint } from './points.ts'
export { armFailpoints, failpoint } from './failpoint.ts'
