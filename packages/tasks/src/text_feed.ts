import type { Batch } from '@unroll/bptt'
import { textProblem, type Data, type JobSpec } from '@unroll/spec'
import type { Examination, Feed } from './lesson.ts'
import { encode, vocabularyOf } from './vocabulary.ts'
import { truncation, windowAt } from './windows.ts'

/** N streams that are read side by side: the text cut into N equal parts. */
interface Streams {
  symbols: Int32Array
  /** Symbols of one stream. */
  length: number
  N: number
}

/**
 * Next-symbol prediction on a text. The training part is cut into N streams; windows move along them with the state
 * carried, and start again from the initial state when the streams end. The tail of the text is held out.
 */
export function textFeed(spec: JobSpec, data: Extract<Data, { dataset: string }>, text: string): Feed {
  const vocabulary = vocabularyOf(text)
  const symbols = encode(text, vocabulary)
  const N = spec.training.batch_size
  const cut = Math.floor(symbols.length * (1 - data.validation_fraction))
  const training = streamsOf(symbols.subarray(0, cut), N)
  const { k1, k2 } = truncation(spec)
  const windowsPerPass = Math.floor((training.length - 1) / k1) // the last symbol of a stream is only ever a target
  if (windowsPerPass < 1)
    throw new RangeError(`Cannot train on ${symbols.length} characters as ${N} streams are shorter than ${k1} steps`)
  return {
    problem: textProblem({ characters: symbols.length, vocabulary_size: vocabulary.length }),
    examinations: examine(streamsOf(symbols.subarray(cut), N), spec),
    lesson(step) {
      const { start, end, window } = windowAt((step - 1) % windowsPerPass, { k1, k2 })
      return { batch: read(training, start, end), window }
    },
  }
}

function streamsOf(symbols: Int32Array, N: number): Streams {
  return { symbols, length: Math.floor(symbols.length / N), N }
}

/** Consecutive windows from the start of the held-out part, the state carried from one to the next. */
function examine(held: Streams, { sequence_length: T, training }: JobSpec): Examination[] {
  const steps = Math.min(T, held.length - 1)
  if (steps < 1) return []
  const count = Math.min(training.evaluation_batches, Math.floor((held.length - 1) / steps))
  return Array.from({ length: count }, (_, index) => ({
    batch: read(held, index * steps, (index + 1) * steps),
    from: index === 0 ? 'initial' : 'carried',
  }))
}

/** Steps [start, end) of every stream, time-major, each with the symbol that follows for target. */
function read({ symbols, length, N }: Streams, start: number, end: number): Batch {
  const steps = end - start
  const inputs = new Int32Array(steps * N)
  const targets = new Int32Array(steps * N)
  for (let n = 0; n < N; n++) {
    for (let t = 0; t < steps; t++) {
      const at = n * length + start + t
      inputs[t * N + n] = symbols[at] ?? 0
      targets[t * N + n] = symbols[at + 1] ?? 0
    }
  }
  return { steps, inputs, targets }
}
