/** Types of the messages of a run's stream, with the type of their data. */
export const STREAM_MESSAGES = {
  status: 'The job, at first and whenever its log says that it was changed.',
  metrics: 'Rows of metrics as columns: `Metrics`.',
  flow: 'Rows of the flow of one layer: `Flow`.',
  event: 'An entry of the log: `Event`.',
  checkpoint: 'An entry of the log that says that a checkpoint was written.',
  end: 'The job as it ended. Everything has been sent, and the stream closes.',
} as const

export type StreamType = Exclude<keyof typeof STREAM_MESSAGES, 'end'>

/** The types that a client can request. `end` always comes. */
export const STREAM_TYPES: readonly StreamType[] = ['status', 'metrics', 'flow', 'event', 'checkpoint']

/** The id of a message, opaque to clients, or the `cursor` of a page of metrics. */
export const STREAM_ID_PATTERN = String.raw`^\d{1,9}\.\d{1,12}(?:_\d{1,9}\.\d{1,12}_\d{1,9}(?:_end)?)?$`
