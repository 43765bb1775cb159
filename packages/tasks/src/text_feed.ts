import type { Batch } from '@unroll/bptt'
import { encodeDecoding, textProblem, type DatasetReference, type JobSpec } from '@unroll/contract'
import type { EvaluationBatch, Feed } from './training_window.ts'
import type { EncodedText } from './vocabulary.ts'
import { truncation, windowAt } from './windows.ts'

/** Streams that are read side by side in a batch of N rows: the text cut into parts, one for each of the first rows. */
interface Streams {
  symbols: EncodedText['symbols']
  /** Symbols of one stream; the last may have fewer. */
  length: number
  /** The number of streams; further rows are empty. */
  count: number
  N: number
}

/**
 * Next-symbol prediction on a text. The training part is cut into N streams; windows move along them with the state
 * carried, and start again from the initial state when the streams end. The tail of the text is held out, in as many streams
 * as it has windows for, and evaluated to its last symbol.
 */
export function textFeed(spec: JobSpec, data: DatasetReference, { symbols, unit, vocabulary }: EncodedText): Feed {
  const N = spec.training.batch_size
  const cut = Math.floor(symbols.length * (1 - data.validation_fraction))
  const training = trainingStreams(symbols.subarray(0, cut), N)
  const reach = truncation(spec)
  const windowsPerPass = Math.floor((training.length - 1) / reach.k1) // the last symbol of a stream is only ever a target
  if (windowsPerPass < 1)
    throw new RangeError(
      `Cannot train on ${symbols.length} ${unit}s as ${N} streams are shorter than ${reach.k1} steps`,
    )
  const held = heldStreams(symbols.subarray(cut), N, spec.sequence_length)
  return {
    problem: textProblem({ characters: symbols.length, vocabulary_size: vocabulary.length }),
    scoring: { kind: 'symbols' },
    decoding: encodeDecoding({ kind: 'text', problem: 'next_symbol', unit, vocabulary }),
    evaluationBatches: { [Symbol.iterator]: () => examine(held, spec) },
    window(step, decided) {
      const at = { ...reach, ...decided?.reach }
      const { start, end, window } = windowAt((step - 1) % windowsPerPass, at, step - 1)
      return { batch: read(training, start, end), window }
    },
  }
}

/** All of a text as the part that a trained model is tested on, which has the vocabulary of the model. */
export function textTestFeed(spec: JobSpec, { symbols, vocabulary }: EncodedText): Feed {
  const all = heldStreams(symbols, spec.training.batch_size, spec.sequence_length)
  const held = all.count > 0 ? all : { ...all, count: 1, length: symbols.length - 1 }
  return {
    problem: textProblem({ characters: symbols.length, vocabulary_size: vocabulary.length }),
    scoring: { kind: 'symbols' },
    evaluationBatches: [],
    testBatches: { [Symbol.iterator]: () => examine(held, spec) },
    window() {
      throw new RangeError('Cannot train on a text that a model is tested on')
    },
  }
}

/** N streams of equal length. */
function trainingStreams(symbols: Streams['symbols'], N: number): Streams {
  const count = Math.min(N, symbols.length)
  return { symbols, length: Math.floor(symbols.length / count), count, N }
}

/** N streams, or fewer where each is to have a window of T steps and the symbol after it. Every symbol but the first is a target. */
function heldStreams(symbols: Streams['symbols'], N: number, T: number): Streams {
  const count = Math.min(N, Math.floor(symbols.length / (T + 1)))
  return { symbols, length: Math.ceil((symbols.length - 1) / count), count, N }
}

/** Consecutive windows from the start of the held-out part, the state carried from one to the next. */
function* examine(held: Streams, { sequence_length: T, training }: JobSpec): Generator<EvaluationBatch> {
  if (held.count === 0) return
  const count = Math.min(training.evaluation_batches ?? Infinity, Math.ceil(held.length / T))
  for (let index = 0; index < count; index++)
    yield { batch: read(held, index * T, (index + 1) * T), from: index === 0 ? 'initial' : 'carried' }
}

/** Steps [start, end) of every stream, time-major, each with the symbol that follows for target; fewer where a stream has no more. */
function read({ symbols, length, count, N }: Streams, start: number, end: number): Batch {
  const steps = end - start
  const inputs = new Int32Array(steps * N)
  const targets = new Int32Array(steps * N).fill(-1)
  const lengths = new Int32Array(N)
  for (let n = 0; n < count; n++) {
    const first = n * length + start
    const last = Math.min(first + Math.min(steps, length - start), symbols.length - 1)
    for (let at = first; at < last; at++) {
      inputs[(at - first) * N + n] = symbols[at]!
      targets[(at - first) * N + n] = symbols[at + 1]!
    }
    lengths[n] = Math.max(0, last - first)
  }
  return lengths.every((each) => each === steps) ? { steps, inputs, targets } : { steps, inputs, targets, lengths }
}
