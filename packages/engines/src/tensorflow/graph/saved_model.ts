// A graph as TensorFlow stores it, and how its session is opened: the messages SavedModel, MetaGraphDef, GraphDef, NodeDef,
// AttrValue, TensorProto, TensorShapeProto, ConfigProto, GPUOptions, GraphOptions and RewriterConfig of
// tensorflow/core/{protobuf,framework}/*.proto, of which only the fields below are needed.

import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import type { Attribute, Constant, DType, Operation } from './graph.ts'

/** The tag that the graph is stored and asked for under. */
export const TAG = 'unroll'

const SCHEMA_VERSION = 1
/** Version of GraphDef's semantics: the one of TensorFlow 2.21 or older that it still reads. */
const GRAPH_PRODUCER = 1882

/** The enum DataType. */
const DATA_TYPES: Readonly<Record<DType, number>> = { float32: 1, float64: 2, int32: 3, bool: 10, resource: 20 }

/** Fields of RewriterConfig that take a Toggle. */
const SKIPPED_REWRITERS = {
  layout_optimizer: 1,
  constant_folding: 3,
  arithmetic_optimization: 7,
  dependency_optimization: 8,
  loop_optimization: 9,
  function_optimization: 10,
  shape_optimization: 13,
  scoped_allocator_optimization: 15,
  pin_to_host_optimization: 18,
  implementation_selector: 22,
  common_subgraph_elimination: 24,
}
const TOGGLE_OFF = 2

type Write = (writer: BinaryWriter) => void

function message(writer: BinaryWriter, field: number, body: Write): void {
  writer.tag(field, WireType.LengthDelimited).fork()
  body(writer)
  writer.join()
}

function text(writer: BinaryWriter, field: number, value: string): void {
  writer.tag(field, WireType.LengthDelimited).string(value)
}

function integer(writer: BinaryWriter, field: number, value: number): void {
  writer.tag(field, WireType.Varint).int64(value)
}

/** The bytes of `saved_model.pb`. */
export function savedModel(operations: readonly Operation[]): Uint8Array {
  const writer = new BinaryWriter()
  integer(writer, 1, SCHEMA_VERSION) // SavedModel.saved_model_schema_version
  message(writer, 2, (metaGraph) => {
    message(metaGraph, 1, (info) => text(info, 4, TAG)) // MetaGraphDef.meta_info_def.tags
    message(metaGraph, 2, (graph) => {
      for (const operation of operations) message(graph, 1, (node) => writeNode(node, operation))
      message(graph, 4, (versions) => integer(versions, 1, GRAPH_PRODUCER)) // GraphDef.versions.producer
    })
  })
  return writer.finish()
}

export interface SessionSettings {
  /** Whether an operation must be computed where it asks for; else the CPU does what its device cannot. */
  readonly strict: boolean
  /** Devices that the CPU shows itself as. */
  readonly cpus: number
  /** Whether a product is fused with the addition behind it, the one rewriting of a graph that is not skipped. */
  readonly fuses: boolean
}

/**
 * The bytes of `session_config.pb`, a ConfigProto. It skips TensorFlow's rewriting of a graph, which takes longer than
 * everything else that starts a graph and finds little to do beside our kernels and in a loop of few steps. Memory of a GPU
 * is taken as it is needed, where all of it is the default.
 */
export function sessionConfig({ strict, cpus, fuses }: SessionSettings): Uint8Array {
  const writer = new BinaryWriter()
  message(writer, 1, (count) => {
    text(count, 1, 'CPU')
    integer(count, 2, cpus)
  }) // ConfigProto.device_count
  message(writer, 6, (options) => options.tag(4, WireType.Varint).bool(true)) // GPUOptions.allow_growth
  writer.tag(7, WireType.Varint).bool(!strict) // ConfigProto.allow_soft_placement
  message(writer, 10, (graphOptions) => message(graphOptions, 10, fuses ? skipOtherRewriters : skipRewriting))
  return writer.finish()
}

/** In a RewriterConfig. */
function skipRewriting(rewriter: BinaryWriter): void {
  rewriter.tag(19, WireType.Varint).bool(true) // RewriterConfig.disable_meta_optimizer
}

/** In a RewriterConfig: all but the remapper, which fuses. */
function skipOtherRewriters(rewriter: BinaryWriter): void {
  for (const field of Object.values(SKIPPED_REWRITERS)) integer(rewriter, field, TOGGLE_OFF)
  integer(rewriter, 4, 1) // RewriterConfig.memory_optimization: NO_MEM_OPT
  integer(rewriter, 12, 1) // RewriterConfig.meta_optimizer_iterations: ONE
}

function writeNode(writer: BinaryWriter, { name, op, inputs, attributes, device }: Operation): void {
  text(writer, 1, name)
  text(writer, 2, op)
  for (const input of inputs) text(writer, 3, input)
  if (device !== '') text(writer, 4, device)
  for (const [key, attribute] of Object.entries(attributes)) {
    message(writer, 5, (entry) => {
      text(entry, 1, key)
      message(entry, 2, (value) => writeAttribute(value, attribute))
    })
  }
}

function writeAttribute(writer: BinaryWriter, attribute: Attribute): void {
  if ('type' in attribute) integer(writer, 6, DATA_TYPES[attribute.type])
  else if ('int' in attribute) integer(writer, 3, attribute.int)
  else if ('ints' in attribute) {
    message(writer, 1, (list) => message(list, 3, (packed) => attribute.ints.forEach((value) => packed.int64(value))))
  } else if ('floats' in attribute) {
    message(writer, 1, (list) => message(list, 4, (packed) => attribute.floats.forEach((value) => packed.float(value))))
  } else if ('bool' in attribute) writer.tag(5, WireType.Varint).bool(attribute.bool)
  else if ('texts' in attribute) message(writer, 1, (list) => attribute.texts.forEach((each) => text(list, 2, each)))
  else if ('text' in attribute) text(writer, 2, attribute.text)
  else if ('shape' in attribute) message(writer, 7, (shape) => writeShape(shape, attribute.shape))
  else message(writer, 8, (tensor) => writeTensor(tensor, attribute.tensor))
}

function writeShape(writer: BinaryWriter, shape: readonly number[]): void {
  for (const size of shape) message(writer, 2, (dimension) => integer(dimension, 1, size))
}

function writeTensor(writer: BinaryWriter, { dtype, shape, values }: Constant): void {
  integer(writer, 1, DATA_TYPES[dtype])
  message(writer, 2, (dimensions) => writeShape(dimensions, shape))
  const write: Readonly<Record<Constant['dtype'], (value: number) => void>> = {
    float32: (value) => writer.tag(5, WireType.Bit32).float(value),
    float64: (value) => writer.tag(6, WireType.Bit64).double(value),
    int32: (value) => writer.tag(7, WireType.Varint).int32(value),
  }
  for (const value of values) write[dtype](value)
}
