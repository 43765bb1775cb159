// A network as a file of ONNX: from inputs in the units of the data to answers, of any number of rows and any length.

import { create, toBinary } from '@bufbuild/protobuf'
import { listLevels } from '@unroll/bptt'
import { stateSize, type SequencesDecoding } from '@unroll/contract'
import { ModelProtoSchema, StringStringEntryProtoSchema } from 'onnx-buf'
import { describeNetwork, FACTS } from '../facts.ts'
import type { TrainedNetwork } from '../model.ts'
import { countColumns } from '../proof/drawn_rows.ts'
import type { Proof } from '../proof/proof.ts'
import { DataType, GraphWriter, type Size, type Value } from './graph.ts'
import { writeLayer, type LayerInputs } from './layers.ts'
import { normalise } from './normalise.ts'
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
    const { layers, mode, cell, residual } = network
    const given = this.#inputs()
    const lengths = graph.input({
      name: 'lengths',
      type: DataType.INT32,
      shape: [BATCH],
      description: 'Steps of each row; what is behind them counts for nothing.',
    })
    const sizes = graph.add('Shape', [given])
    const [batch, time] = [0, 1].map((axis) => graph.add('Gather', [sizes, graph.integers([axis])])) as [Value, Value] // [1]
    const started = cell.states.map((state) => this.#startState(state, batch))
    let inputs = this.#readInputs(given, batch)
    const alive = this.#alive(lengths, time)
    const spoilt = this.#spoilt(inputs, alive)
    const spoil = (x: Value, by: Value | undefined) => (by === undefined ? x : graph.add('Add', [x, by]))
    const finals: Value[][] = []
    // Of the layer below: at every step, and at the last that each direction takes of each row.
    let [outputs, last]: (Value | undefined)[] = []
    for (const rows of listLevels(network)) {
      const before = rows.map((row) =>
        Object.fromEntries(cell.states.map((state, index) => [state, started[index]![row]!])),
      )
      const { hs, after } = writeLayer({ graph, model: this.#model, rows, inputs, lengths, alive, before })
      const add = (own: Value, below: Value | undefined) => (residual && below ? graph.add('Add', [own, below]) : own)
      const ends = after.map((own) => own['h']!)
      outputs = add(hs, outputs)
      last = add(ends.length === 1 ? ends[0]! : graph.add('Concat', ends, { axis: -1 }), last)
      inputs = { kind: 'vectors', x: outputs }
      for (const own of after) finals.push(cell.states.map((state) => own[state]!))
    }
    this.#answer(
      mode === 'many_to_one'
        ? spoil(last!, spoilt?.atEnd)
        : graph.add('Transpose', [spoil(outputs!, spoilt?.steps)], { perm: [1, 0, 2] }),
    )
    for (const [index, state] of cell.states.entries()) {
      const rows = finals.map((states) => graph.add('Unsqueeze', [states[index]!, graph.integers([0])]))
      const joined = rows.length === 1 ? rows[0]! : graph.add('Concat', rows, { axis: 0 })
      graph.output(spoil(joined, spoilt?.atEnd), {
        name: `final_${state}`,
        type: DataType.FLOAT,
        shape: [layers.length, BATCH, stateSize(layers[0]!, state)], // of all, or the format is refused
      })
    }
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
  #readInputs(given: Value, batch: Value): LayerInputs {
    const graph = this.#graph
    const { network, decoding, parameters } = this.#model
    if (network.inputs.kind === 'symbols') {
      const ids = graph.add('Transpose', [given], { perm: [1, 0] })
      const table = parameters['embedding']
      if (table === undefined) return { kind: 'symbols', ids, size: network.inputs.size }
      return { kind: 'vectors', x: graph.add('Gather', [graph.constant('embedding', table.shape, table.data), ids]) }
    }
    const x = normalise(graph, decoding as SequencesDecoding, given, batch)
    return { kind: 'vectors', x: graph.add('Transpose', [x], { perm: [1, 0, 2] }) }
  }

  /** The state of each layer before the first step, [N,H] each; one for all rows may be given. */
  #startState(state: string, batch: Value): Value[] {
    const graph = this.#graph
    const { layers } = this.#model.network
    const size = stateSize(layers[0]!, state) // of all, or the format is refused
    const given = graph.input({
      name: `initial_${state}`,
      type: DataType.FLOAT,
      shape: [layers.length, 'batch_or_1', size],
      description: this.#model.network.bidirectional
        ? 'State of each direction, forward before backward, layer by layer, before the first step that it takes, of each row or of all.'
        : 'State of each layer before the first step, of each row or of all.',
    })
    const shape = graph.add('Concat', [batch, graph.integers([size])], { axis: 0 })
    return layers.map((_, layer) =>
      graph.add('Expand', [graph.add('Gather', [given, graph.integer(layer)], { axis: 0 }), shape]),
    )
  }

  /** Whether each row still goes on at each step, bool [T,N,1]. */
  #alive(lengths: Value, time: Value): Value {
    const graph = this.#graph
    const scalar = graph.add('Squeeze', [time])
    const steps = graph.add('Range', [graph.integer(0), scalar, graph.integer(1)])
    const ends = graph.add('Cast', [lengths], { to: DataType.INT64 })
    return graph.add('Less', [
      graph.add('Reshape', [steps, graph.integers([-1, 1, 1])]),
      graph.add('Reshape', [ends, graph.integers([1, -1, 1])]),
    ])
  }

  /**
   * NaN for each row from the step on at which it reads NaN, else 0: [T,N,1], and [N,1] at its end; in both directions at every step, [N,1].
   * onnxruntime's LSTM, GRU and RNN take
   * NaN for a large number (`findings/onnxruntime_recurrent_nan.sh`). Symbols are never NaN.
   */
  #spoilt(inputs: LayerInputs, alive: Value): { readonly steps: Value; readonly atEnd: Value } | undefined {
    if (this.#model.network.inputs.kind === 'symbols' || inputs.kind === 'symbols') return undefined
    const graph = this.#graph
    const isNaN = graph.add('Cast', [graph.add('IsNaN', [inputs.x])], { to: DataType.FLOAT })
    const any = graph.add('ReduceMax', [isNaN, graph.integers([2])], { keepdims: 1 })
    const read = graph.add('Where', [alive, any, graph.number(0)])
    const seen = graph.add('CumSum', [read, graph.integer(0)])
    const isSpoilt = graph.add('Greater', [seen, graph.number(0)])
    const steps = graph.add('Where', [isSpoilt, graph.number(Number.NaN), graph.number(0)])
    const atEnd = graph.add('Gather', [steps, graph.integer(-1)], { axis: 0 })
    return { steps: this.#model.network.bidirectional ? atEnd : steps, atEnd }
  }

  /** @param hs h_t that the read-out reads: [N,H], or [N,T,H] */
  #answer(hs: Value): void {
    const graph = this.#graph
    const { network, parameters, decoding } = this.#model
    const { readout, mode } = network
    const constant = (name: string) => graph.constant(name, parameters[name]!.shape, parameters[name]!.data)
    const product = graph.add('MatMul', [hs, constant('readout.Wo')])
    const outputs = graph.add('Add', [product, constant('readout.bo')])
    const shape: Size[] = mode === 'many_to_one' ? [BATCH, readout.size] : [BATCH, TIME, readout.size]
    const type = DataType.FLOAT
    graph.output(outputs, { name: 'outputs', type, shape, description: 'Of the read-out before its nonlinearity.' })
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
    const scaled = graph.add('Mul', [graph.add('Cast', [outputs], { to: DataType.DOUBLE }), row('unit')])
    const description = 'In the units of the data.'
    graph.output(graph.add('Add', [scaled, row('offset')]), {
      name: 'values',
      type: DataType.DOUBLE,
      shape,
      description,
    })
  }
}
