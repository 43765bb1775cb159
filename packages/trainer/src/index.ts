export { forked, type Occasion, type RunPosition, type RunState } from './run_state.ts'
export { describeProgram, train, type Outcome, type TrainOptions } from './train.ts'
