import assert from 'node:assert/strict'
import test from 'node:test'
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { Graph } from './graph.ts'
import { gpuDevice } from './placement.ts'
import { savedModel } from './saved_model.ts'

/** The fields of a message by number; a field that is a message or a text as its bytes. */
function fieldsOf(bytes: Uint8Array): ReadonlyMap<number, readonly unknown[]> {
  const reader = new BinaryReader(bytes)
  const fields = new Map<number, unknown[]>()
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag()
    const value = wireType === WireType.LengthDelimited ? reader.bytes() : reader.skip(wireType, field)
    fields.set(field, [...(fields.get(field) ?? []), value])
  }
  return fields
}

function first(fields: ReadonlyMap<number, readonly unknown[]>, field: number): Uint8Array {
  return fields.get(field)![0] as Uint8Array
}

/** Operation and device of each node, as TensorFlow reads them. */
function nodesOf(graph: Graph): readonly (readonly [string, string])[] {
  const metaGraph = fieldsOf(first(fieldsOf(savedModel(graph.operations)), 2))
  const nodes = fieldsOf(first(metaGraph, 2)).get(1) as readonly Uint8Array[]
  return nodes.map((node) => {
    const fields = fieldsOf(node)
    const text = (field: number): string => (fields.has(field) ? new TextDecoder().decode(first(fields, field)) : '')
    return [text(2), text(4)]
  })
}

function example(target: 'cpu' | 'gpu'): Graph {
  const graph = new Graph(target)
  const x = graph.placeholder([2], 'float32')
  graph.node('Square', [x], x, { T: { type: 'float32' } })
  return graph
}

test('savedModel() writes the device of each operation of a graph for a GPU', () => {
  assert.deepEqual(nodesOf(example('gpu')), [
    ['Placeholder', '/device:CPU:0'],
    ['Square', gpuDevice(0)],
  ])
})

test('savedModel() leaves the operations of a graph for the CPU to TensorFlow', () => {
  assert.deepEqual(nodesOf(example('cpu')), [
    ['Placeholder', ''],
    ['Square', ''],
  ])
})
