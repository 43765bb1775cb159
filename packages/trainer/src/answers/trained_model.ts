// A trained network that answers: sequences by what they are, and prompts by what follows.

import {
  averagedState,
  createNetwork,
  flattenLayers,
  mapTensors,
  parameterShapes,
  stateShapes,
  listLayerShapes,
  type Batch,
  type Engine,
  type HostTensor,
  type Network,
  type Program,
  type Session,
} from '@unroll/bptt'
import {
  chooseLoss,
  listStates,
  shardCount,
  toJsonNumber,
  usesDataset,
  writtenSymbols,
  type Asked,
  type AskedSequence,
  type AskedTrace,
  type Decoding,
  type JobSpec,
  type PredictedAnswer,
  type PredictionRequest,
  type SequencePrediction,
  type TracedSequence,
} from '@unroll/contract'
import {
  answerReader,
  describeInputs,
  describeTargets,
  readAskedRows,
  readoutTargets,
  softmax,
  symbolDrawer,
  symbolWriter,
  type AskedRow,
} from '@unroll/tasks'
import { Explainer } from './explainer.ts'
import { ROWS, RowRunner, type RowStates, type Standing } from './row_runner.ts'

/** Threads that compute a tile side by side, as in training. */
const SHARDS = 2

const PLAIN = {
  clipping: { policy: 'none', nonfinite: 'fail' },
  optimizer: { type: 'sgd', learning_rate: 1, weight_decay: 0, schedule: { type: 'constant', warmup_steps: 0 } },
} as const

/** A checkpoint of a job. */
export interface Trained {
  readonly spec: JobSpec
  readonly decoding: Decoding
  readonly tensors: Readonly<Record<string, HostTensor>>
}

/** The static part of a model that answers. */
export function describeAnswering({ spec, decoding }: Pick<Trained, 'spec' | 'decoding'>): Program {
  const shared = { model: spec.model, batchSize: ROWS, shards: shardCount(ROWS, SHARDS), seed: 0, ...PLAIN }
  if (decoding.kind === 'text') {
    const size = decoding.vocabulary.length
    return { ...shared, inputs: { kind: 'symbols', size }, readout: { kind: 'softmax', size }, mode: 'many_to_many' }
  }
  const { inputs, outputs } = decoding
  const loss = usesDataset(spec.data) ? chooseLoss(spec.data, outputs.readout) : null
  return {
    ...shared,
    inputs: { kind: inputs.kind, size: inputs.size },
    readout: { kind: outputs.readout, size: outputs.size, ...(loss !== null && { loss }) },
    mode: outputs.mode,
  }
}

export class TrainedModel {
  readonly #session: Session
  /** What it reads and answers. */
  readonly decoding: Decoding
  readonly #maxLength: number
  /** K. */
  readonly #outputs: number
  readonly #runner: RowRunner
  readonly #read: (outputs: ArrayLike<number>) => PredictedAnswer
  readonly #engine: Engine
  readonly #trained: Trained
  #explainer: Promise<Explainer> | undefined

  private constructor(engine: Engine, session: Session, network: Network, trained: Trained) {
    const { spec, decoding, tensors } = trained
    this.#engine = engine
    this.#trained = trained
    this.#session = session
    this.decoding = decoding
    this.#outputs = network.readout.size
    this.#maxLength = (usesDataset(spec.data) ? spec.data.max_length : undefined) ?? Infinity
    this.#runner = new RowRunner(session, network, initialStates(network, tensors), {
      oneShape: engine.accelerator === 'gpu',
    })
    this.#read = answerReader(decoding)
  }

  /** @throws {RangeError} where the tensors do not fit the specification */
  static async open(engine: Engine, checkpoint: Trained): Promise<TrainedModel> {
    const trained = { ...checkpoint, tensors: averagedState(checkpoint.tensors) }
    const { session, network } = await openWith(engine, trained, describeAnswering(trained))
    return new TrainedModel(engine, session, network, trained)
  }

  /** Answers each of some sequences. @throws the reason of the signal when it aborts */
  async predict(
    { sequences }: Extract<Asked, { kind: 'inputs' }>,
    wanted: Pick<PredictionRequest, 'steps' | 'saliency' | 'gates'>,
    signal?: AbortSignal,
  ): Promise<SequencePrediction[]> {
    const rows = this.#readRows(sequences)
    return await Promise.all(rows.map((row) => this.#answer(row, wanted, signal)))
  }

  /**
   * Writes on from a prompt, symbol by symbol: those of a text as text.
   *
   * @throws the reason of the signal when it aborts
   */
  async *write(
    { symbols }: Extract<Asked, { kind: 'prompt' }>,
    { length, temperature, top_k: topK = null, seed }: PredictionRequest,
    signal?: AbortSignal,
  ): AsyncGenerator<string> {
    const written = writtenSymbols(this.decoding) ?? []
    const writeSymbol = symbolWriter(this.decoding)
    const draw = symbolDrawer({ temperature, topK, seed })
    let inputs = Int32Array.from(symbols)
    let from: Standing | undefined
    for (let count = 0; count < length; count++) {
      const ran = await this.#runner.run({ steps: inputs.length, inputs }, { from, signal })
      const id = draw(ran.last)
      yield writeSymbol(written[id]!)
      inputs = Int32Array.of(id)
      from = ran.end
    }
  }

  /** Follows what is asked through the network and back; undefined targets are those that the sequence has itself, or none. */
  async trace(
    { sequence, targets }: Extract<AskedTrace, { kind: 'input' }>,
    signal?: AbortSignal,
  ): Promise<TracedSequence> {
    const [row] = this.#readRows([sequence])
    return await this.traceRow(row!, readoutTargets(this.decoding, row!, targets), signal)
  }

  /** Follows a row through the network and back: from its loss, or where it has no targets from its answer. */
  async traceRow(row: AskedRow, targets: Batch['targets'] | undefined, signal?: AbortSignal): Promise<TracedSequence> {
    const hasTarget = targets?.some((target) => (targets instanceof Int32Array ? target >= 0 : Number.isFinite(target)))
    const explainer = await this.#explain()
    const of = hasTarget === true ? { targets: targets! } : await this.#runner.run(row, { signal })
    const { outputs, loss, ...traced } = await explainer.trace(row, of)
    const K = this.#outputs
    return {
      length: row.steps,
      of: hasTarget === true ? 'loss' : 'answer',
      loss: loss === undefined ? null : toJsonNumber(loss),
      inputs: describeInputs(this.decoding, row),
      answers: Array.from({ length: row.steps }, (_, t) => this.#read(outputs.subarray(t * K, (t + 1) * K))),
      targets: hasTarget === true ? describeTargets(this.decoding, targets!) : [],
      ...traced,
    }
  }

  dispose(): void {
    this.#session.dispose()
    void this.#explainer?.then((explainer) => explainer.dispose())
  }

  async #answer(
    row: AskedRow,
    wanted: Pick<PredictionRequest, 'steps' | 'saliency' | 'gates'>,
    signal?: AbortSignal,
  ): Promise<SequencePrediction> {
    const { steps: wantsSteps } = wanted
    const K = this.#outputs
    const steps: PredictedAnswer[] = []
    const isNext = writtenSymbols(this.decoding) !== undefined
    let nats = 0
    let foretold = 0
    const onOutputs = (outputs: Float32Array, from: number) => {
      for (let t = 0; t * K < outputs.length; t++) {
        const own = outputs.subarray(t * K, (t + 1) * K)
        if (wantsSteps) steps.push(this.#read(own))
        const next = row.inputs[from + t + 1]
        if (!isNext || next === undefined || isLeftOut(row, from + t) || isLeftOut(row, from + t + 1)) continue
        nats -= Math.log(softmax(own)[next]!)
        foretold += 1
      }
    }
    const { last } = await this.#runner.run(row, { signal, ...((wantsSteps || isNext) && { onOutputs }) })
    const isExplained = wanted.saliency || wanted.gates
    return {
      length: row.steps,
      answer: this.#read(last),
      ...(wantsSteps && { steps }),
      ...(isNext && { nats: foretold > 0 ? toJsonNumber(nats / foretold) : null }),
      ...(isExplained && (await (await this.#explain()).explain(row, last, wanted))),
    }
  }

  #readRows(sequences: readonly AskedSequence[]): readonly AskedRow[] {
    const states = listStates(this.#trained.spec.model)
    return readAskedRows(this.decoding, sequences, { maxLength: this.#maxLength, states })
  }

  /** With a session of one row, so that a long window takes no more memory than it must. */
  async #explain(): Promise<Explainer> {
    this.#explainer ??= openWith(this.#engine, this.#trained, {
      ...describeAnswering(this.#trained),
      batchSize: 1,
      shards: 1,
    }).then(({ session, network }) => new Explainer(session, network, initialStates(network, this.#trained.tensors)))
    return await this.#explainer
  }
}

function isLeftOut({ mask }: AskedRow, step: number): boolean {
  return mask?.[step] === 0
}

/** A session of a program that has the parameters of a checkpoint. */
async function openWith(
  engine: Engine,
  { tensors }: Trained,
  program: Program,
): Promise<{ session: Session; network: Network }> {
  const network = createNetwork(program)
  const session = await engine.open(program, { tensors: readParameters(network, program, tensors), updates: 0 })
  return { session, network }
}

/** The state of a run that has these parameters and nothing else. @throws {RangeError} where one is missing */
function readParameters(network: Network, program: Program, tensors: Trained['tensors']): Record<string, HostTensor> {
  const parameters = parameterShapes(network)
  const shapes = Object.entries(stateShapes(network, program))
  return Object.fromEntries(
    shapes.map(([name, shape]) => {
      if (!(name in parameters)) return [name, { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) }]
      const tensor = tensors[name]
      if (tensor === undefined) throw new RangeError(`Cannot open the model as its checkpoint has no tensor "${name}"`)
      return [name, tensor]
    }),
  )
}

/** The state of a row before its first step: zeros, or what was learned. */
function initialStates(network: Network, tensors: Trained['tensors']): RowStates {
  const layers = listLayerShapes(network).map((shapes, layer) =>
    mapTensors(shapes, ([, H = 0], state) => {
      const learned = tensors[`${network.layers[layer]!.name}.${state}0`]
      return learned === undefined ? new Float32Array(H) : Float32Array.from(learned.data)
    }),
  )
  return flattenLayers(layers)
}
