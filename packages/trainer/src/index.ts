export { evaluateTrained } from './evaluate_trained.ts'
export { forked, type Occasion, type RunPosition, type RunState } from './run_state.ts'
export { train, type Outcome } from './train.ts'
