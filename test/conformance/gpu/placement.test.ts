// Where the operations of a GPU's graph are computed: what the graph asks for, and what TensorFlow's CUDA build can do there.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Program } from '@unroll/bptt'
import { gpuDevice, nameKind, ON_HOST, listOperations, type Operation, type Signature } from '@unroll/engines'
import { CELL_NAMES, NORMALISED_CELLS, modelOf } from '../networks.ts'
import { OPTIMIZERS, POLICIES, program, SIZES } from '../programs.ts'

const KERNELS = fileURLToPath(new URL('../../../conformance/gpu/kernels.json', import.meta.url)) // from test/dist/conformance/gpu

/** What decides how an update ends, after backpropagation: functions of a window of T steps, whose rows differ in length. */
function updateSignatures(T: number): readonly Signature[] {
  const window = { steps: T, masked: true, lossSteps: T, advance: T, from: 'carried' } as const
  return [
    { ...window, kind: 'step', flow: true },
    { kind: 'ends', steps: T, from: 'carried', evaluates: false },
  ]
}

/** Every kind of function. */
function allSignatures(T: number): readonly Signature[] {
  const batch = { steps: T, masked: true } as const
  const observed = { probe: true, saturation: true }
  return [
    ...updateSignatures(T),
    { kind: 'step', steps: T, masked: false, lossSteps: 2, advance: 1, from: 'carried', flow: true },
    { ...batch, kind: 'forward', advance: T, from: 'carried' },
    { ...batch, kind: 'evaluate', from: 'carried' },
    { ...batch, kind: 'observe', lossSteps: T, from: 'carried', observed },
    { ...batch, kind: 'bias', truncation: { k1: 5, k2: 8 }, from: 'carried' },
    { kind: 'place', of: 'evaluation' },
    { ...batch, kind: 'chunk', answered: batch.steps, flow: true, observed, dropsUnits: true },
    { ...batch, kind: 'chunk', answered: 0, flow: true, dropsUnits: true },
  ]
}

const LAYERS = { H: SIZES.H, layers: 2 }

const T = 11

interface Case {
  readonly given: Program
  readonly signaturesOf: (T: number) => readonly Signature[]
  readonly shards?: number
  readonly gpus?: number
}

/** What decides which operations go through time. */
const THROUGH_TIME: readonly Program[] = [
  ...CELL_NAMES.map((cell) =>
    program({ model: modelOf(cell, LAYERS, { dropout: 0.3, recurrentDropout: 0.3, initialState: 'learned' }) }),
  ),
  ...NORMALISED_CELLS.map((cell) => program({ model: modelOf(cell, LAYERS, { layerNorm: true }) })),
  ...(['relu', 'sigmoid', 'identity'] as const).map((activation) =>
    program({ model: modelOf('rnn', LAYERS, { activation, embedding: 3 }) }),
  ),
  ...(['sigmoid', 'identity'] as const).map((kind) => program({ readout: { kind, size: SIZES.K } })),
  program({ inputs: { kind: 'vectors', size: SIZES.X } }),
]

/** What decides which come after. */
const AFTER: readonly Program[] = [
  ...POLICIES.map((clipping) => program({ clipping })),
  ...(['skip', 'zero'] as const).map((nonfinite) => program({ clipping: { ...POLICIES[2]!, nonfinite } })),
  ...OPTIMIZERS.map((optimizer) => program({ optimizer })),
  program({ mode: 'many_to_one' }),
]

const CASES: readonly Case[] = [
  ...THROUGH_TIME.map((given) => ({ given, signaturesOf: allSignatures })),
  ...AFTER.map((given) => ({ given, signaturesOf: updateSignatures })),
  { given: program(), signaturesOf: allSignatures, shards: 3 },
]

function graphOf(
  { given, signaturesOf, shards = 1, gpus = 1 }: Case,
  target: 'cpu' | 'gpu',
  steps: number,
): readonly Operation[] {
  return listOperations(given, signaturesOf(steps), { target, shards, gpus })
}

const GRAPHS: readonly (readonly Operation[])[] = CASES.map((each) => graphOf(each, 'gpu', T))
const OPERATIONS: readonly Operation[] = GRAPHS.flat()

test('every operation of a graph for a GPU asks for the GPU, but for those named in ON_HOST', (t) => {
  const host = OPERATIONS.filter((operation) => nameKind(operation) in ON_HOST)
  const others = OPERATIONS.filter((operation) => !(nameKind(operation) in ON_HOST))
  assert.ok(others.length > 0)
  assert.deepEqual([...new Set(others.map(({ device }) => device))], [gpuDevice(0)])
  assert.deepEqual([...new Set(host.map(({ device }) => device))], ['/device:CPU:0'])
  assert.deepEqual([...new Set(host.map(nameKind))].toSorted(), Object.keys(ON_HOST).toSorted())
  t.diagnostic(`${GRAPHS.length} graphs, ${others.length} operations on the GPU, ${host.length} on the host`)
})

test('no graph for a GPU has an operation of our own, and every graph for the CPU has some', () => {
  const ours = (operations: readonly Operation[]): readonly string[] =>
    operations.flatMap(({ op }) => (op.startsWith('Unroll') ? [op] : []))
  assert.deepEqual(ours(OPERATIONS), [])
  for (const each of CASES) assert.ok(ours(graphOf(each, 'cpu', T)).length > 0)
})

/** How many operations there are beside constants, of which equal ones are kept once, and their way into loops. */
function computing(operations: readonly Operation[]): number {
  return operations.filter(({ op }) => op !== 'Const' && op !== 'Enter').length
}

test('a graph for a GPU is as large for 5,000 steps as for 100', (t) => {
  const signaturesOf: Case['signaturesOf'] = (steps) => allSignatures(steps).filter(({ kind }) => kind !== 'bias') // whose windows are more
  const sizes = CASES.filter((each) => each.signaturesOf === allSignatures)
    .map((each) => ({ ...each, signaturesOf }))
    .map((each) => [100, 5000].map((steps) => computing(graphOf(each, 'gpu', steps))))
  for (const [short, long] of sizes) assert.equal(short, long)
  t.diagnostic(`${sizes.length} graphs of ${sizes.map(([size]) => size).join(', ')} operations`)
})

interface Kernel {
  readonly types: Readonly<Record<string, readonly string[]>>
  /** Inputs and outputs that lie in the memory of the host all the same. */
  readonly host: readonly string[]
}

/** An operation as `kernels.py` writes it: names of inputs and outputs, `*` behind those that are many. */
interface Definition {
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** Types of attributes that are not given. */
  readonly defaults: Readonly<Record<string, string>>
  readonly kernels: readonly Kernel[]
}

const { operations: known } = JSON.parse(readFileSync(KERNELS, 'utf8')) as {
  readonly operations: Readonly<Record<string, Definition>>
}

/** The kernel of the CUDA build that computes an operation on a GPU, with the types it has here. */
function kernelOf({ op, attributes }: Operation): Kernel | undefined {
  const typeOf = (name: string): string | undefined => {
    const attribute = attributes[name]
    return attribute !== undefined && 'type' in attribute ? attribute.type : known[op]?.defaults[name]
  }
  return known[op]?.kernels.find(({ types }) =>
    Object.entries(types).every(([name, allowed]) => allowed.includes(typeOf(name) ?? '')),
  )
}

test("TensorFlow's CUDA build has a kernel for a GPU for every operation and type that asks for one", (t) => {
  const asked = OPERATIONS.filter(({ device }) => device === gpuDevice(0))
  const missing = new Set(
    asked
      .filter((operation) => kernelOf(operation) === undefined)
      .map(
        ({ op, attributes }) => `${op} ${JSON.stringify(Object.values(attributes).filter((each) => 'type' in each))}`,
      ),
  )
  const names = [...new Set(asked.map(({ op }) => op))].toSorted().join(' ')
  assert.deepEqual(
    [...missing],
    [],
    `python3 test/conformance/gpu/kernels.py ${names} > test/conformance/gpu/kernels.json`,
  )
  t.diagnostic(`${asked.length} operations of ${names.split(' ').length} kinds`)
})

/** Whether an argument lies in the memory of the host: the index-th of all, of which those with `*` take up what others leave. */
function isOnHost(operation: Operation, what: 'inputs' | 'outputs', index: number, count: number): boolean {
  const names = known[operation.op]![what]
  const many = names.findIndex((name) => name.endsWith('*'))
  const extra = many < 0 ? 0 : Math.max(0, Math.min(index - many, count - names.length))
  const name = names[index - extra]!.replace('*', '')
  return kernelOf(operation)!.host.includes(name)
}

/** Operations whose kernel for a GPU adds up in any order, and which fail where the same bits are asked for: `OpDeterminismRequired` in tensorflow/core/kernels. */
const WITHOUT_SAME_BITS: readonly string[] = [
  'SparseSoftmaxCrossEntropyWithLogits',
  'SoftmaxCrossEntropyWithLogits',
  'SparseTensorDenseMatMul',
  'Bincount',
  'DenseBincount',
  'CropAndResizeGradImage',
  'ResizeNearestNeighborGrad',
  'FakeQuantWithMinMaxVarsGradient',
]

test('no graph for a GPU has an operation that could not give the same bits again', (t) => {
  const used = new Set(OPERATIONS.map(({ op }) => op))
  assert.deepEqual(
    WITHOUT_SAME_BITS.filter((op) => used.has(op)),
    [],
  )
  t.diagnostic(`${used.size} kinds of operations`)
})

/** Inputs of a loop's operations that TensorFlow would have to copy between host and device, in every turn. */
function copiesInLoops(operations: readonly Operation[]): {
  readonly edges: number
  readonly copied: readonly string[]
} {
  const inner = edgesInLoops(operations)
  const copied = inner.filter(
    ({ from, output, to, index, length }) =>
      isOnHost(from, 'outputs', output, Infinity) !== isOnHost(to, 'inputs', index, length),
  )
  return { edges: inner.length, copied: copied.map(({ from, to, index }) => `${from.op} to ${to.op}, input ${index}`) }
}

/** A tensor on its way from one operation to another. */
interface Edge {
  readonly from: Operation
  readonly output: number
  readonly to: Operation
  readonly index: number
  readonly length: number
}

/** Tensors that do not leave their loop. */
function edgesInLoops(operations: readonly Operation[]): readonly Edge[] {
  const byName = new Map(operations.map((operation) => [operation.name, operation]))
  const edges = operations.flatMap((to) =>
    to.inputs
      .filter((input) => !input.startsWith('^'))
      .map((input, index, { length }): Edge => {
        const [name = '', output = '0'] = input.split(':')
        return { from: byName.get(name)!, output: Number(output), to, index, length }
      }),
  )
  const inLoop = loopOperations(operations, edges)
  return edges.filter(({ from, to }) => inLoop.has(from) && inLoop.has(to))
}

/** What lies between the operations that enter a loop and those that leave it. */
function loopOperations(
  operations: readonly Operation[],
  edges: readonly { readonly from: Operation; readonly to: Operation }[],
): ReadonlySet<Operation> {
  const following = new Map<Operation, Operation[]>(operations.map((operation) => [operation, []]))
  for (const { from, to } of edges) following.get(from)!.push(to)
  const found = new Set(operations.filter(({ op }) => op === 'Enter'))
  for (const operation of found) {
    if (operation.op === 'Exit') continue
    for (const next of following.get(operation)!) found.add(next)
  }
  return found
}

test('nothing is copied between host and device within a loop', (t) => {
  const looked = GRAPHS.map(copiesInLoops)
  assert.deepEqual([...new Set(looked.flatMap(({ copied }) => copied))], [])
  const edges = looked.reduce((sum, each) => sum + each.edges, 0)
  assert.ok(edges > 0)
  t.diagnostic(`${edges} tensors within loops`)
})

test('the look at loops finds an index that is made on the device and read on the host', () => {
  const [first = []] = GRAPHS
  const attributes = { SrcT: { type: 'float32' }, DstT: { type: 'int32' } } as const
  const changed = first.map((operation) =>
    nameKind(operation) === 'Pack of int32'
      ? { ...operation, op: 'Cast', attributes, inputs: operation.inputs.slice(0, 1) }
      : operation,
  )
  const { copied } = copiesInLoops(changed)
  assert.ok(copied.includes('Cast to Slice, input 1'), copied.join())
})

const FOUR_ROWS: Partial<Program> = { batchSize: 4 }

/** Graphs that several GPUs compute together. */
const SEVERAL: readonly (Case & { readonly shards: number; readonly gpus: number })[] = [
  { given: program(FOUR_ROWS), signaturesOf: allSignatures, shards: 2, gpus: 2 },
  { given: program(FOUR_ROWS), signaturesOf: allSignatures, shards: 4, gpus: 2 },
  { given: program(FOUR_ROWS), signaturesOf: allSignatures, shards: 4, gpus: 4 },
  {
    given: program({ ...FOUR_ROWS, mode: 'many_to_one', inputs: { kind: 'vectors', size: SIZES.X } }),
    signaturesOf: updateSignatures,
    shards: 2,
    gpus: 2,
  },
  ...POLICIES.map((clipping) => ({
    given: program({ ...FOUR_ROWS, clipping }),
    signaturesOf: updateSignatures,
    shards: 2,
    gpus: 2,
  })),
]

/** How many operations of a kind each device has. */
function countsByDevice(operations: readonly Operation[], kind: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { op, device } of operations) if (op === kind) counts.set(device, (counts.get(device) ?? 0) + 1)
  return counts
}

test('of several GPUs each computes its own shards, and the first what is made of them', (t) => {
  let looked = 0
  for (const each of SEVERAL) {
    const operations = graphOf(each, 'gpu', T)
    const devices = Array.from({ length: each.gpus }, (_, gpu) => gpuDevice(gpu))
    assert.deepEqual([...new Set(operations.map(({ device }) => device))].toSorted(), ['/device:CPU:0', ...devices])
    const kindsOf = (device: string): readonly string[] =>
      operations.filter((operation) => operation.device === device).map(({ op }) => op)
    const [, second = '', ...others] = devices
    for (const other of others) assert.deepEqual(kindsOf(other).toSorted(), kindsOf(second).toSorted())
    const updates = operations.filter(({ op }) => op === 'AssignVariableOp')
    assert.deepEqual([...new Set(updates.map(({ device }) => device))], [gpuDevice(0)])
    looked += operations.length
  }
  t.diagnostic(`${SEVERAL.length} graphs, ${looked} operations`)
})

test('several GPUs share the products of a step and its loops evenly, and no loop is on two of them', (t) => {
  let edges = 0
  for (const each of SEVERAL) {
    const step: Case['signaturesOf'] = (steps) => each.signaturesOf(steps).filter(({ kind }) => kind === 'step')
    const operations = graphOf({ ...each, signaturesOf: step }, 'gpu', T)
    for (const kind of ['MatMul', 'LoopCond']) {
      const counts = countsByDevice(operations, kind)
      assert.equal(counts.size, each.gpus, kind)
      assert.equal(new Set(counts.values()).size, 1, `${kind}: ${JSON.stringify([...counts])}`)
    }
    const inner = edgesInLoops(operations)
    assert.ok(inner.length > 0)
    for (const { from, to } of inner) assert.equal(from.device, to.device, `${from.op} to ${to.op}`)
    edges += inner.length
  }
  t.diagnostic(`${edges} tensors within loops`)
})
