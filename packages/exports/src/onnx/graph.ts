// Writes a graph of ONNX, node by node. https://github.com/onnx/onnx/blob/main/docs/IR.md

import { create, type MessageInitShape } from '@bufbuild/protobuf'
import {
  AttributeProto_AttributeType as Kind,
  GraphProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType as DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProtoSchema,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from 'onnx-buf'

export { DataType }

/** A size: a number, or the name of one that differs from call to call. */
export type Size = number | string

/** A tensor of the graph. */
export interface Value {
  readonly name: string
}

type Attribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly strings: readonly string[] }
  | GraphProto

export type Attributes = Readonly<Record<string, Attribute>>

/** What a tensor is declared as. */
export interface Declared {
  readonly name: string
  readonly type: DataType
  readonly shape: readonly Size[]
  readonly description?: string
}

/** Names that differ over a graph and all graphs within it. */
class Names {
  readonly #taken = new Map<string, number>()

  take(wanted: string): string {
    const count = (this.#taken.get(wanted) ?? 0) + 1
    this.#taken.set(wanted, count)
    return count === 1 ? wanted : `${wanted}_${count}`
  }
}

export class GraphWriter {
  readonly #names: Names
  readonly #nodes: NodeProto[] = []
  readonly #constants: TensorProto[] = []
  readonly #inputs: ValueInfoProto[] = []
  readonly #outputs: ValueInfoProto[] = []
  /** Names of the outputs by those of the values: a node writes an output itself, as onnxruntime runs an Identity as one node more. */
  readonly #outputNames = new Map<string, string>()
  /** Constants by what they hold: those of one number are needed often. */
  readonly #small = new Map<string, Value>()

  constructor(names: Names = new Names()) {
    this.#names = names
  }

  input(declared: Declared): Value {
    const name = this.#names.take(declared.name)
    this.#inputs.push(declareValue({ ...declared, name }))
    return { name }
  }

  /** Declares a value that a node computes as an output. */
  output(value: Value, declared: Declared): void {
    const name = this.#names.take(declared.name)
    this.#outputs.push(declareValue({ ...declared, name }))
    if (this.#outputNames.has(value.name))
      this.#nodes.push(create(NodeProtoSchema, { opType: 'Identity', name, input: [value.name], output: [name] }))
    else this.#outputNames.set(value.name, name)
  }

  /** Adds a node of one output. */
  add(opType: string, inputs: readonly (Value | undefined)[], attributes: Attributes = {}): Value {
    return this.addMany(opType, inputs, 1, attributes)[0]!
  }

  /** Adds a node of several outputs. An input that is undefined is left out: behind the last one there is nothing. */
  addMany(
    opType: string,
    inputs: readonly (Value | undefined)[],
    outputs: number,
    attributes: Attributes = {},
  ): Value[] {
    const name = this.#names.take(opType)
    const made = Array.from({ length: outputs }, (_, index) => ({
      name: index === 0 ? `${name}.out` : `${name}.out${index}`,
    }))
    this.#nodes.push(
      create(NodeProtoSchema, {
        opType,
        name,
        input: inputs.slice(0, inputs.findLastIndex(Boolean) + 1).map((input) => input?.name ?? ''),
        output: made.map((output) => output.name),
        attribute: Object.entries(attributes).map(([key, value]) => writeAttribute(key, value)),
      }),
    )
    return made
  }

  /** A constant of the file. */
  constant(
    name: string,
    shape: readonly number[],
    data: Float32Array | Float64Array | BigInt64Array | Int32Array,
  ): Value {
    const taken = this.#names.take(name)
    this.#constants.push(
      create(TensorProtoSchema, {
        name: taken,
        dataType: toDataType(data),
        dims: shape.map(BigInt),
        rawData: new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength),
      }),
    )
    return { name: taken }
  }

  /** A float32 number, []. */
  number(value: number): Value {
    return this.#once(`number.${value}`, () => this.constant('number', [], Float32Array.of(value)))
  }

  /** int64 numbers, such as a shape or axes. */
  integers(values: readonly number[]): Value {
    return this.#once(`integers.${values}`, () =>
      this.constant('integers', [values.length], BigInt64Array.from(values, BigInt)),
    )
  }

  /** An int64 number, []. */
  integer(value: number): Value {
    return this.#once(`integer.${value}`, () => this.constant('integer', [], BigInt64Array.of(BigInt(value))))
  }

  #once(key: string, make: () => Value): Value {
    const known = this.#small.get(key) ?? make()
    this.#small.set(key, known)
    return known
  }

  /** Values side by side along an axis. */
  join(values: readonly Value[], axis: number): Value {
    return values.length === 1 ? values[0]! : this.add('Concat', values, { axis })
  }

  /** The parts of a value along its first axis, by their sizes. */
  split(value: Value, sizes: readonly number[]): readonly Value[] {
    return sizes.length === 1
      ? [value]
      : this.addMany('Split', [value, this.integers(sizes)], sizes.length, { axis: 0 })
  }

  /** Values as one with a first axis of their own. */
  stack(values: readonly Value[]): Value {
    return this.join(
      values.map((value) => this.add('Unsqueeze', [value, this.integers([0])])),
      0,
    )
  }

  /** A graph within this one, which sees its values. */
  inner(): GraphWriter {
    return new GraphWriter(this.#names)
  }

  /** The graph, without what none of its outputs needs: onnxruntime would compute it. */
  finish(name: string): GraphProto {
    this.#nodes.forEach((node) => renameValues(node, this.#outputNames))
    const read = new Set(this.#outputs.map((output) => output.name))
    const needed: NodeProto[] = []
    for (const node of this.#nodes.toReversed()) {
      if (!node.output.some((output) => read.has(output))) continue
      listRead(node).forEach((input) => read.add(input))
      if (HAS_OPTIONAL_OUTPUTS.has(node.opType)) node.output = node.output.map((own) => (read.has(own) ? own : ''))
      needed.unshift(node)
    }
    return create(GraphProtoSchema, {
      name,
      node: needed,
      initializer: this.#constants.filter((constant) => read.has(constant.name)),
      input: this.#inputs,
      output: this.#outputs,
    })
  }
}

const HAS_OPTIONAL_OUTPUTS: ReadonlySet<string> = new Set(['RNN', 'GRU', 'LSTM'])

/** Names that a node reads, those within its graphs too. */
function listRead({ input, attribute }: NodeProto): string[] {
  return [...input, ...attribute.flatMap(({ g }) => g?.node.flatMap(listRead) ?? [])]
}

function renameValues(node: NodeProto, names: ReadonlyMap<string, string>): void {
  const rename = (name: string) => names.get(name) ?? name
  node.input = node.input.map(rename)
  node.output = node.output.map(rename)
  for (const { g } of node.attribute) g?.node.forEach((inner) => renameValues(inner, names))
}

function toDataType(data: Float32Array | Float64Array | BigInt64Array | Int32Array): DataType {
  if (data instanceof Float32Array) return DataType.FLOAT
  if (data instanceof Float64Array) return DataType.DOUBLE
  return data instanceof Int32Array ? DataType.INT32 : DataType.INT64
}

function declareValue({ name, type, shape, description }: Declared): ValueInfoProto {
  const dim = shape.map((size) => ({
    value:
      typeof size === 'number'
        ? ({ case: 'dimValue', value: BigInt(size) } as const)
        : ({ case: 'dimParam', value: size } as const),
  }))
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: type, shape: { dim } } } },
    ...(description !== undefined && { docString: description }),
  })
}

function writeAttribute(name: string, value: Attribute): MessageInitShape<typeof AttributeProtoSchema> {
  if (typeof value === 'number') return { name, type: Kind.INT, i: BigInt(value) }
  if (typeof value === 'string') return { name, type: Kind.STRING, s: encode(value) }
  if (isIntegers(value)) return { name, type: Kind.INTS, ints: value.map(BigInt) }
  if ('float' in value) return { name, type: Kind.FLOAT, f: value.float }
  if ('floats' in value) return { name, type: Kind.FLOATS, floats: [...value.floats] }
  if ('strings' in value) return { name, type: Kind.STRINGS, strings: value.strings.map(encode) }
  return { name, type: Kind.GRAPH, g: value }
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}

function isIntegers(value: object): value is readonly number[] {
  return Array.isArray(value)
}
