import type { Batch } from '@unroll/bptt'
import { textProblem, type Data, type JobSpec } from '@unroll/contract'
import type { EvaluationBatch, Feed } from './training_window.ts'
import { encode, buildVocabulary } from './vocabulary.ts'
import { truncation, windowAt } from './windows.ts'

/** The streams of a batch of N rows: the text in equal parts, one for each of the first rows. */
interface Streams {
  symbols: Int32Array
  /** Symbols of one stream. */
  length: number
  /** The number of streams; further rows are empty. */
  count: number
  N: number
}

/**
 * Next-symbol prediction on a text. The training part is cut into N streams; windows move along them with the state
 * carried, and start again from the initial state when the streams end. The tail of the text is held out, in as many streams
 * as it has windows for.
 */
export function textFeed(spec: JobSpec, data: Extract<Data, { dataset: string }>, text: string): Feed {
  const vocabulary = buildVocabulary(text)
  const symbols = encode(text, vocabulary)
  const N = spec.training.batch_size
  const cut = Math.floor(symbols.length * (1 - data.validation_fraction))
  const training = cutStreams(symbols.subarray(0, cut), N)
  const { k1, k2 } = truncation(spec)
  const windowsPerPass = Math.floor((training.length - 1) / k1) // the last symbol of a stream is only ever a target
  if (windowsPerPass < 1)
    throw new RangeError(`Cannot train on ${symbols.length} characters as ${N} streams are shorter than ${k1} steps`)
  return {
    problem: textProblem({ characters: symbols.length, vocabulary_size: vocabulary.length }),
    evaluationBatches: examine(cutStreams(symbols.subarray(cut), N, spec.sequence_length), spec),
    window(step) {
      const { start, end, window } = windowAt((step - 1) % windowsPerPass, { k1, k2 })
      return { batch: read(training, start, end), window }
    },
  }
}

/** N streams, or fewer so that each has a window of T steps and the symbol after it. */
function cutStreams(symbols: Int32Array, N: number, T = 0): Streams {
  const count = Math.min(N, Math.floor(symbols.length / (T + 1)))
  return { symbols, length: Math.floor(symbols.length / count), count, N }
}

/** Consecutive windows from the start of the held-out part, the state carried from one to the next. */
function examine(held: Streams, { sequence_length: T, training }: JobSpec): EvaluationBatch[] {
  if (held.count === 0) return []
  const count = Math.min(training.evaluation_batches, Math.floor((held.length - 1) / T))
  return Array.from({ length: count }, (_, index) => ({
    batch: read(held, index * T, (index + 1) * T),
    from: index === 0 ? 'initial' : 'carried',
  }))
}

/** Steps [start, end) of every stream, time-major, each with the symbol that follows for target. */
function read({ symbols, length, count, N }: Streams, start: number, end: number): Batch {
  const steps = end - start
  const inputs = new Int32Array(steps * N)
  const targets = new Int32Array(steps * N)
  for (let n = 0; n < count; n++) {
    for (let t = 0; t < steps; t++) {
      const at = n * length + start + t
      inputs[t * N + n] = symbols[at] ?? 0
      targets[t * N + n] = symbols[at + 1] ?? 0
    }
  }
  if (count === N) return { steps, inputs, targets }
  return { steps, inputs, targets, lengths: Int32Array.from({ length: N }, (_, n) => (n < count ? steps : 0)) }
}
