export { ROWS, RowRunner } from './answers/row_runner.ts'
export { TrainedModel, describeAnswering, type Trained } from './answers/trained_model.ts'
export { evaluateTrained } from './evaluate_trained.ts'
export { chooseFlossing, type FlossingStep } from './flossing.ts'
export { START, forked, type Occasion, type RunPosition, type RunState } from './run_state.ts'
export { describeProgram, train, type Outcome } from './train.ts'
export { findOrigin } from './replay/origin.ts'
export { forkRun } from './replay/fork.ts'
export { Replayer, type Replayed } from './replay/replay.ts'
export {
  BatchSession,
  type AskedGradient,
  type BatchSessionState,
  type GradientAnswer,
  type UpdateAnswer,
} from './session/batch_session.ts'
