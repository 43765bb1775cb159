// A network as a file of ONNX: from inputs in the units of the data to answers, of any number of rows and any length.

import { create, toBinary } from '@bufbuild/protobuf'
import { listLevels } from '@unroll/bptt'
import type { SequencesDecoding } from '@unroll/contract'
import { ModelProtoSchema, StringStringEntryProtoSchema } from 'onnx-buf'
import { describeNetwork, FACTS } from '../facts.ts'
import type { TrainedNetwork } from '../model.ts'
import { countColumns } from '../proof/drawn_rows.ts'
import type { Proof } from '../proof/proof.ts'
import { DataType, GraphWriter, type Size, type Value } from './graph.ts'
import { writeLayer, type LayerInputs, type LayerPlan } from './layers.ts'
import { isPlain, normalise } from './normalise.ts'
import { digestModel } from './read.ts'

/**
 * The opset with the newest LSTM, GRU and RNN, and the form of files that goes with it. Higher ones change nothing that is used here, and
 * older runtimes refuse them; onnxruntime 1.30 runs up to 26.
 */
const OPSET = 22n
const IR_VERSION = 10n

const [BATCH, TIME] = ['batch', 'time']

export function writeOnnx(model: TrainedNetwork, proof: Proof): Uint8Array<ArrayBuffer> {
  const texts = { ...describeNetwork(model, 'onnx'), [FACTS.proof]: JSON.stringify(proof) }
  const file = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    opsetImport: [{ domain: '', version: OPSET }],
    producerName: 'unroll',
    docString: `Network of job ${model.origin.job} after step ${model.origin.step}.`,
    graph: new NetworkGraph(model).write(),
    metadataProps: Object.entries(texts).map(([key, value]) => ({ key, value })),
  })
  file.metadataProps.push(create(StringStringEntryProtoSchema, { key: FACTS.digest, value: digestModel(file) }))
  return toBinary(ModelProtoSchema, file)
}

class NetworkGraph {
  readonly #model: TrainedNetwork
  readonly #graph = new GraphWriter()

  constructor(model: TrainedNetwork) {
    this.#model = model
  }

  write() {
    const graph = this.#graph
    const { network, spec } = this.#model
    const { layers, mode, cell } = network
    const { hiddenSize: H } = layers[0]! // of all, or the format is refused
    const given = this.#inputs()
    const lengths = graph.input({
      name: 'lengths',
      type: DataType.INT32,
      shape: [BATCH],
      description: 'Steps of each row; what is behind them counts for nothing.',
    })
    const column = graph.add('Unsqueeze', [lengths, graph.integers([1])]) // [N,1]
    const rows = graph.add('Shape', [column]) // N,1
    const start = graph.join(
      cell.states.map((state) => this.#startState(state, rows)),
      0,
    ) // [S·L,N,H], h before the other states
    const inputs = this.#readInputs(given, rows)
    const alive = this.#alive(column, graph.add('Shape', [given]))
    const { outputs, ended } = this.#runLevels({ start, inputs, lengths, alive })
    // onnxruntime answers a row without steps by zeros, and not by the state that it began with.
    const isEmpty = graph.add('Equal', [column, graph.constant('zero', [], Int32Array.of(0))])
    const spoilt = this.#spoilt(inputs, alive)
    const spoil = (x: Value, by: Value | undefined) => (by === undefined ? x : graph.add('Add', [x, by]))
    const final = spoil(graph.add('Where', [isEmpty, start, ended]), spoilt?.atEnd)
    this.#answer(
      mode === 'many_to_one'
        ? this.#readLast(final)
        : graph.add('Transpose', [spoil(outputs, spoilt?.steps)], { perm: [1, 0, 2] }),
    )
    const finals = graph.split(
      final,
      cell.states.map(() => layers.length),
    )
    for (const [index, state] of cell.states.entries())
      graph.output(finals[index]!, {
        name: `final_${state}`,
        type: DataType.FLOAT,
        shape: [layers.length, BATCH, H],
      })
    return graph.finish(spec.name ?? spec.model.cell)
  }

  /** Ids [N,T], or the numbers of the data [N,T,F]. */
  #inputs(): Value {
    const { network, decoding } = this.#model
    if (network.inputs.kind === 'symbols')
      return this.#graph.input({
        name: 'inputs',
        type: DataType.INT64,
        shape: [BATCH, TIME],
        description: 'Ids of symbols.',
      })
    const F = countColumns(decoding as SequencesDecoding)
    const description =
      'The fields of the data side by side, in their units; a class by its number, NaN where a value is missing.'
    return this.#graph.input({ name: 'inputs', type: DataType.FLOAT, shape: [BATCH, TIME, F], description })
  }

  /** What the lowest layer reads, steps first. */
  #readInputs(given: Value, rows: Value): LayerInputs {
    const graph = this.#graph
    const { network, decoding, parameters } = this.#model
    if (network.inputs.kind === 'symbols') {
      const ids = graph.add('Transpose', [given], { perm: [1, 0] })
      const table = parameters['embedding']
      if (table === undefined) return { kind: 'symbols', ids, size: network.inputs.size }
      return { kind: 'vectors', x: graph.add('Gather', [graph.constant('embedding', table.shape, table.data), ids]) }
    }
    const x = normalise(graph, decoding as SequencesDecoding, given, rows)
    return { kind: 'vectors', x: graph.add('Transpose', [x], { perm: [1, 0, 2] }) }
  }

  /** All layers, from the lowest: the outputs at every step, [T,N,D·H], and the states after the last of each row, [S·L,N,H] as at the start. */
  #runLevels({ start, ...plan }: Pick<LayerPlan, 'inputs' | 'lengths' | 'alive'> & { readonly start: Value }) {
    const graph = this.#graph
    const { cell, residual } = this.#model.network
    const levels = listLevels(this.#model.network)
    const started = graph.split(
      start,
      cell.states.flatMap(() => levels.map(({ length }) => length)),
    )
    const ends: Readonly<Record<string, Value>>[] = []
    let outputs: Value | undefined
    for (const [level, rows] of levels.entries()) {
      const before = Object.fromEntries(
        cell.states.map((state, index) => [state, started[index * levels.length + level]!]),
      )
      const inputs = outputs === undefined ? plan.inputs : ({ kind: 'vectors', x: outputs } as const)
      const { hs, after } = writeLayer({ ...plan, graph, model: this.#model, rows, inputs, before })
      outputs = residual && outputs !== undefined ? graph.add('Add', [hs, outputs]) : hs
      ends.push(after)
    }
    const ended = cell.states.flatMap((state) => ends.map((after) => after[state]!))
    return { outputs: outputs!, ended: graph.join(ended, 0) }
  }

  /** What the read-out reads after the last step, [N,D·H], of the final states of all layers, h first. */
  #readLast(final: Value): Value {
    const graph = this.#graph
    const { network } = this.#model
    const read = (layer: number) => graph.add('Gather', [final, graph.integer(layer)], { axis: 0 })
    const ends = listLevels(network).map((rows) => graph.join(rows.map(read), -1))
    return network.residual ? ends.reduce((below, own) => graph.add('Add', [own, below])) : ends.at(-1)!
  }

  /** The state of all layers before the first step, [L,N,H]; one for all rows may be given. */
  #startState(state: string, rows: Value): Value {
    const graph = this.#graph
    const { layers } = this.#model.network
    const { hiddenSize: H } = layers[0]!
    const given = graph.input({
      name: `initial_${state}`,
      type: DataType.FLOAT,
      shape: [layers.length, 'batch_or_1', H],
      description: this.#model.network.bidirectional
        ? 'State of each direction, forward before backward, layer by layer, before the first step that it takes, of each row or of all.'
        : 'State of each layer before the first step, of each row or of all.',
    })
    return graph.add('Expand', [given, rows])
  }

  /**
   * Whether each row still goes on at each step, bool [T,N,1].
   * @param column lengths, int32 [N,1]
   * @param sizes of the inputs, N, T, …
   */
  #alive(column: Value, sizes: Value): Value {
    const graph = this.#graph
    const [zero, one] = [0, 1].map((number) => graph.constant('count', [], Int32Array.of(number))) as [Value, Value]
    const time = graph.add('Cast', [graph.add('Gather', [sizes, graph.integer(1)])], { to: DataType.INT32 })
    const steps = graph.add('Range', [zero, time, one])
    return graph.add('Less', [graph.add('Reshape', [steps, graph.integers([-1, 1, 1])]), column])
  }

  /**
   * NaN for each row from the step on at which it reads NaN, else 0: [T,N,1], and [1,N,1] at its end; in both directions at every
   * step, [1,N,1]. onnxruntime's LSTM, GRU and RNN take NaN for a large number (`findings/onnxruntime_recurrent_nan.sh`). Symbols are never NaN.
   */
  #spoilt(inputs: LayerInputs, alive: Value): { readonly steps: Value; readonly atEnd: Value } | undefined {
    if (this.#model.network.inputs.kind === 'symbols' || inputs.kind === 'symbols') return undefined
    const graph = this.#graph
    const isRead = graph.add('And', [graph.add('IsNaN', [inputs.x]), alive])
    const read = graph.add('Where', [isRead, graph.number(Number.NaN), graph.number(0)]) // [T,N,X]
    // A sum with NaN in it is NaN.
    const atEnd = graph.add('ReduceSum', [read, graph.integers([0, 2])], { keepdims: 1 })
    if (this.#model.network.bidirectional) return { steps: atEnd, atEnd }
    const each = graph.add('ReduceSum', [read, graph.integers([2])], { keepdims: 1 })
    return { steps: graph.add('CumSum', [each, graph.integer(0)]), atEnd }
  }

  /** @param hs h_t that the read-out reads: [N,H], or [N,T,H] */
  #answer(hs: Value): void {
    const graph = this.#graph
    const { network, parameters, decoding } = this.#model
    const { readout, mode } = network
    const constant = (name: string) => graph.constant(name, parameters[name]!.shape, parameters[name]!.data)
    const product = graph.add('MatMul', [hs, constant('readout.Wo')])
    const shape: Size[] = mode === 'many_to_one' ? [BATCH, readout.size] : [BATCH, TIME, readout.size]
    const type = DataType.FLOAT
    const outputs = graph.add('Add', [product, constant('readout.bo')])
    const description = 'Of the read-out before its nonlinearity.'
    graph.output(outputs, { name: 'outputs', type, shape, description })
    if (readout.kind === 'softmax')
      graph.output(graph.add('Softmax', [outputs], { axis: -1 }), { name: 'probabilities', type, shape })
    if (readout.kind === 'sigmoid')
      graph.output(graph.add('Sigmoid', [outputs]), { name: 'probabilities', type, shape })
    if (readout.kind === 'identity') this.#answerNumbers(outputs, decoding as SequencesDecoding, shape)
  }

  /** Numbers in the units of the data: value = output·unit + offset, in float64. */
  #answerNumbers(
    outputs: Value,
    { outputs: { fields = [], quantiles = [0.5] } }: SequencesDecoding,
    shape: Size[],
  ): void {
    const graph = this.#graph
    const scales = fields.flatMap((field) => field.scales ?? []).flatMap((scale) => quantiles.map(() => scale))
    const K = this.#model.network.readout.size
    const row = (of: 'offset' | 'unit') =>
      graph.constant(
        `answers.${of}`,
        [K],
        Float64Array.from({ length: K }, (_, k) => scales[k % scales.length]![of]),
      )
    const precise = graph.add('Cast', [outputs], { to: DataType.DOUBLE })
    const values = isPlain(scales)
      ? precise
      : graph.add('Add', [graph.add('Mul', [precise, row('unit')]), row('offset')])
    const description = 'In the units of the data.'
    graph.output(values, {
      name: 'values',
      type: DataType.DOUBLE,
      shape,
      description,
    })
  }
}
