export { openFeed } from './feed.ts'
export { type Examination, type Feed, type Lesson } from './training_window.ts'
export { windowAt, truncation, type SequenceWindow, type Truncation } from './windows.ts'
