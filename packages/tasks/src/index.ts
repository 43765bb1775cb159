export { openFeed } from './feed.ts'
export { type EvaluationBatch, type Feed, type TrainingWindow } from './training_window.ts'
export { windowAt, truncation, type SequenceWindow, type Truncation } from './windows.ts'
