import type { Batch } from '@unroll/bptt'
import {
  answeredQuantiles,
  listStates,
  sequencesProblem,
  type JobSpec,
  type Part,
  type Problem,
  type SequencesPlan,
} from '@unroll/contract'
import type { EvaluationBatch, Feed, Scoring, TrainingWindow } from '../training_window.ts'
import { truncation, type Decided } from '../windows.ts'
import { buildBatch, wholeRow, type BatchReaders, type Row } from './batches.ts'
import { BucketedEpochs, inBuckets } from './bucketed_epochs.ts'
import { balancedWeights, chanceOfClasses, chanceOfNumbers, countTargets, findMiddle } from './chance.ts'
import { describeDecoding } from './decoding.ts'
import { InputReader } from './input_reader.ts'
import { leaveOut } from './left_out.ts'
import { splitPieces, wholePieces, type Piece, type Pieces } from './pieces.ts'
import { computeScales, type Scales } from './scales.ts'
import type { Sequences } from './sequences.ts'
import { StartReader } from './start_reader.ts'
import { TargetReader } from './target_reader.ts'
import { cutPieces, groupPieces, countSteps, findLongest, rowsBetween, WindowEpochs } from './window_epochs.ts'

/**
 * What a plan makes of sequences. Those that are no longer than `sequence_length` are batched whole, by their lengths; longer
 * ones are cut into windows, with the state carried from one to the next.
 *
 * @throws {RangeError} where a part that is asked for has nothing to train on
 */
export async function sequenceFeed(spec: JobSpec, plan: SequencesPlan, sequences: Sequences): Promise<Feed> {
  const pieces = splitPieces(plan, sequences, spec.sequence_length)
  if (pieces.training.length === 0)
    throw new RangeError('Cannot train as no sequence with a target is left to train on')
  const scales = await computeScales(plan, leaveOut(sequences, plan.mask?.name), pieces.training)
  const posed = sequencesProblem(plan)
  const readers = openReaders(spec, plan, { sequences, scales, problem: posed })
  const problem = await measured(posed, plan, pieces, readers.targets)
  return new SequenceFeed({ spec, plan, pieces, scales, readers, problem })
}

/** All of a data set as the part that a trained model is tested on, read with the model's own scales. */
export function sequenceTestFeed(spec: JobSpec, plan: SequencesPlan, scales: Scales, sequences: Sequences): Feed {
  const problem = sequencesProblem(plan)
  const readers = openReaders(spec, plan, { sequences, scales, problem })
  return new SequenceFeed({ spec, plan, pieces: wholePieces(plan, sequences), scales, readers, problem })
}

/** What batches of a plan are read by. */
function openReaders(
  { model }: JobSpec,
  plan: SequencesPlan,
  { sequences, scales, problem }: { sequences: Sequences; scales: Scales; problem: Problem },
): BatchReaders {
  const mask = plan.mask?.name
  const counted = leaveOut(sequences, mask)
  return {
    inputs: new InputReader(plan, counted, scales, problem.inputs.size),
    targets: new TargetReader(plan, counted, scales),
    ...(plan.initialState && { starts: new StartReader(sequences, plan.initialState, listStates(model)) }),
    ...(mask !== undefined && { takes: (...steps) => sequences.stepNumbers(steps[0], mask, steps[1], steps[2]) }),
  }
}

/** A problem with what is known of the data: how hard it is, and how often each class is there. */
async function measured(posed: Problem, plan: SequencesPlan, pieces: Pieces, targets: TargetReader): Promise<Problem> {
  const { training, validation } = pieces
  const held = validation.length > 0 ? validation : training
  if (posed.readout.kind === 'identity') return { ...posed, chance: await chanceOfNumbers(plan, held, targets) }
  const counts = await countTargets(posed, training, targets)
  return {
    ...posed,
    readout: { ...posed.readout, ...(plan.balanced && { classWeights: balancedWeights(counts) }) },
    chance: await chanceOfClasses(posed, counts, held, targets),
  }
}

/** What a feed is made of. */
interface Opened {
  spec: JobSpec
  plan: SequencesPlan
  pieces: Pieces
  scales: Scales
  readers: BatchReaders
  problem: Problem
}

class SequenceFeed implements Feed {
  readonly problem: Problem
  readonly scoring: Scoring
  readonly decoding: Readonly<Record<string, string>>
  readonly counts: NonNullable<Feed['counts']>
  readonly #spec: JobSpec
  readonly #plan: SequencesPlan
  readonly #pieces: Pieces
  readonly #readers: BatchReaders
  readonly #train: (step: number, decided: Decided) => TrainingWindow

  constructor({ spec, plan, pieces, scales, readers, problem }: Opened) {
    const { training, validation, test, leftOut } = pieces
    this.#spec = spec
    this.#plan = plan
    this.#pieces = pieces
    this.#readers = readers
    this.problem = problem
    this.scoring = describeScoring(plan, readers.targets)
    this.decoding = describeDecoding(plan, problem, scales)
    this.counts = { training: training.length, validation: validation.length, test: test.length, left_out: leftOut }
    this.#train = this.#isWhole(training) && spec.bptt.mode === 'full' ? this.#whole() : this.#windowed()
  }

  window(step: number, decided: Decided = {}): TrainingWindow {
    return this.#train(step, decided)
  }

  get evaluationBatches(): Iterable<EvaluationBatch> {
    return { [Symbol.iterator]: () => this.#held('validation') }
  }

  get testBatches(): Iterable<EvaluationBatch> {
    return { [Symbol.iterator]: () => this.#held('test') }
  }

  /** A bidirectional model reads whole sequences, also of another data set. */
  #isWhole(pieces: readonly Piece[]): boolean {
    const { model, sequence_length: T } = this.#spec
    return model.bidirectional === true || findLongest(pieces) <= T
  }

  #whole(): (step: number) => TrainingWindow {
    const { training } = this.#pieces
    const { batch_size: N, seed } = this.#spec.training
    const epochs = new BucketedEpochs(training.map(countSteps), this.#buckets(training), N, seed)
    return (step) => {
      const { members, steps } = epochs.at(step - 1)
      const batch = this.#batch(
        members.map((place) => wholeRow(training[place]!)),
        steps,
      )
      return { batch, window: { from: 'initial', lossSteps: steps, advance: 0 } }
    }
  }

  #windowed(): (step: number, decided: Decided) => TrainingWindow {
    const { batch_size: N, seed } = this.#spec.training
    const pieces = cutPieces(this.#pieces.training, N, this.#spec.sequence_length)
    const epochs = new WindowEpochs(pieces, N, truncation(this.#spec), seed)
    return (step, { reach }) => {
      const { rows, start, end, window } = epochs.at(step - 1, reach)
      return { batch: this.#batch(rows, end - start), window }
    }
  }

  /** Everything that is held out, in batches; at most as many as the job says. */
  *#held(part: Part): Generator<EvaluationBatch> {
    const most = this.#spec.training.evaluation_batches ?? Infinity
    let count = 0
    for (const batch of this.#batches(this.#pieces[part])) {
      if (count++ >= most) return
      yield batch
    }
  }

  *#batches(pieces: readonly Piece[]): Generator<EvaluationBatch> {
    const { sequence_length: T } = this.#spec
    const { batch_size: N } = this.#spec.training
    if (this.#isWhole(pieces)) {
      const places = Array.from(pieces.keys())
      for (const { members, steps } of inBuckets(places, pieces.map(countSteps), this.#buckets(pieces), N)) {
        const rows = members.map((place) => wholeRow(pieces[place]!))
        yield { batch: this.#batch(rows, steps), from: 'initial' }
      }
      return
    }
    for (const group of groupPieces(pieces, N)) {
      const longest = findLongest(group)
      for (let start = 0; start < longest; start += T) {
        const rows = rowsBetween(group, start, start + T)
        yield { batch: this.#batch(rows, T), from: start === 0 ? 'initial' : 'carried' }
      }
    }
  }

  /** The buckets of the plan, and one more where a piece is longer than the last. */
  #buckets(pieces: readonly Piece[]): readonly number[] {
    const longest = findLongest(pieces)
    const { buckets } = this.#plan
    return (buckets.at(-1) ?? 0) < longest ? [...buckets, longest] : buckets
  }

  #batch(rows: readonly Row[], steps: number): Batch {
    const { batch_size: N } = this.#spec.training
    return buildBatch(rows, steps, N, this.#readers)
  }
}

function describeScoring(plan: SequencesPlan, { units }: TargetReader): Scoring {
  const { problem, classes, horizon, loss } = plan
  if (problem === 'next_symbol') return { kind: 'symbols' }
  if (classes !== null) return { kind: 'classes', classes }
  if (problem === 'multi_label') return { kind: 'labels' }
  const quantiles = answeredQuantiles(loss)
  return { kind: 'numbers', units, horizon, answers: quantiles.length, point: findMiddle(quantiles) }
}
