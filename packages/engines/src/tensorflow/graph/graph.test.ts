import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Graph } from './graph.ts'
import { gpuDevice } from './placement.ts'

const FLOAT = { T: { type: 'float32' } } as const

function add(graph: Graph, ...[a, b]: Parameters<Graph['node']>[1]) {
  return graph.node('AddV2', [a!, b!], a!, FLOAT)
}

test('a graph keeps the same constant once, and tells 0 from -0', () => {
  const graph = new Graph()
  const constantOf = (value: number) => graph.constant({ dtype: 'float32', shape: [], values: [value] })
  assert.equal(constantOf(1), constantOf(1))
  assert.notEqual(constantOf(0), constantOf(-0))
  assert.notEqual(constantOf(1), graph.constant({ dtype: 'int32', shape: [], values: [1] }))
  assert.equal(graph.operations.length, 4)
})

test('a graph gives each GPU constants of its own', () => {
  const graph = new Graph('gpu')
  const first = graph.integer(3)
  const second = graph.onGpu(1, () => graph.integer(3))
  assert.notEqual(first, second)
  assert.deepEqual(
    graph.operations.map(({ device }) => device),
    [gpuDevice(0), gpuDevice(1)],
  )
  assert.equal(graph.integer(3), first)
})

test('a graph that is rewound makes a shared constant anew', () => {
  const graph = new Graph()
  const kept = graph.integer(1)
  graph.integer(2)
  graph.rewind(1)
  assert.equal(graph.operations.length, 1)
  assert.equal(graph.integer(1), kept)
  graph.integer(2)
  assert.equal(graph.operations.length, 2)
})

test('a loop enters what comes from outside once, and computes before it what depends on nothing in it', () => {
  const graph = new Graph()
  const outside = graph.placeholder([], 'float32')
  graph.loop(() => {
    const variable = graph.enter(outside)
    add(graph, variable, outside)
    add(graph, variable, outside)
    add(graph, outside, outside)
  })
  const entered = graph.operations.filter(({ op }) => op === 'Enter')
  assert.deepEqual(
    entered.map(({ attributes }) => attributes['is_constant']),
    [{ bool: false }, { bool: true }],
  )
  const last = graph.operations.at(-1)
  assert.deepEqual(last?.inputs, [outside.name, outside.name])
})

test('a graph refuses a loop within another, and to enter one where there is none', () => {
  const graph = new Graph()
  assert.throws(() => graph.loop(() => graph.loop(() => {})), /Cannot begin a loop as there is one that has not ended/)
  assert.throws(() => graph.enter(graph.integer(1)), /Cannot enter a loop as there is none/)
})
