export { forked, type Occasion, type RunPosition, type RunState } from './run_state.ts'
export { programOf, train, type Outcome, type TrainOptions } from './train.ts'
