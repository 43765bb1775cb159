export { diagnosis } from './docs/diagnosis.ts'
export { errors } from './docs/errors.ts'
export { jobSpecification } from './docs/job_specification.ts'
export { states } from './docs/states.ts'
