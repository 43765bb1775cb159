// Rows that begin with states of their own: bit for bit what it is to go on from these states, and PyTorch's (h_0, c_0).

import assert from 'node:assert/strict'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import {
  createNetwork,
  flattenLayers,
  listLayerShapes,
  mapTensors,
  stateShapes,
  type Batch,
  type HostTensor,
  type Program,
  type TrainingState,
} from '@unroll/bptt'
import { fromCanonical, toCanonical } from '@unroll/exports'
import { random } from '@unroll/random'
import { Comparison } from './comparison.ts'
import { decode, goldenFiles, numbersOf } from './golden/read.ts'
import { parametersOf, readBatch, readProgram, readStates, type StackFile } from './golden/stack.ts'
import { ENGINES, GPU_GRAPH, needs, openEngine } from './interpreters.ts'
import { CELL_NAMES, modelOf } from './networks.ts'
import { batchOf, program, SIZES } from './programs.ts'

const ROOT = fileURLToPath(new URL('../../golden/', import.meta.url)) // from test/dist/conformance
const { T, H, N } = SIZES
const FULL = { from: 'initial', lossSteps: T, advance: 0 } as const
const CARRIED = { ...FULL, from: 'carried' } as const
const LOOK = { learningRate: 0.1, metrics: true, flow: true }

const CASES: readonly { readonly what: string; readonly given: Program; readonly lengths?: Int32Array }[] = [
  ...CELL_NAMES.map((cell, index) => ({
    what: `2 × ${cell}`,
    given: program({
      model: modelOf(cell, { H: [H, 4] }),
      mode: index % 2 === 0 ? ('many_to_many' as const) : ('many_to_one' as const),
    }),
  })),
  {
    what: 'both directions of rows that differ in length',
    given: program({ model: modelOf('lstm', { H: [H, 4] }, { bidirectional: true }) }),
    lengths: Int32Array.of(7, 3, 5),
  },
  {
    what: 'a projection, in micro-batches',
    given: program({ model: modelOf('lstm', { H }, { projectionSize: 2 }), microBatches: N }),
  },
]

/** States of every row, layer and name. */
function drawStates(given: Program): NonNullable<Batch['states']> {
  const draw = random(9, 'given states')
  return mapTensors(flattenLayers(listLayerShapes(createNetwork(given))), (shape, name) =>
    Float32Array.from({ length: shape[0]! * shape[1]! }, () =>
      name.endsWith('.n') ? 1 + Math.abs(draw.normal()) : 0.5 * draw.normal(),
    ),
  )
}

/** A state of a run that carries these. */
function carrying({ tensors, updates }: TrainingState, states: NonNullable<Batch['states']>): TrainingState {
  const own = mapTensors(tensors, ({ shape, data }, name): HostTensor => ({
    shape,
    data: name.startsWith('carried.') ? states[name.slice('carried.'.length)]! : data,
  }))
  return { tensors: own, updates }
}

for (const name of ENGINES)
  test(
    `${name}: a window that begins with states learns, shows and loses what one does that goes on from them, to the bit`,
    needs(name),
    async (t) => {
      const engine = await openEngine(name)
      const cases = name === GPU_GRAPH.name ? CASES.filter((_, at) => at % 4 === 0) : CASES // whose graphs are large
      let numbers = 0
      for (const { what, given, lengths } of cases) {
        const states = drawStates(given)
        const batch = { ...batchOf(given), ...(lengths && { lengths }) }
        const begun = await engine.open(given)
        const before = await begun.state()
        const goingOn = await engine.open(given, carrying(before, states))
        const own = { ...batch, states }
        assert.deepEqual(await begun.itemise(own, FULL, 2), await goingOn.itemise(batch, CARRIED, 2), what)
        assert.deepEqual(await begun.inspect(own, FULL), await goingOn.inspect(batch, CARRIED), what)
        assert.deepEqual(await begun.state(), before, `${what}: nothing is carried from what only looks`)
        const evaluated = await begun.evaluate(own)
        const report = await begun.step(own, FULL, LOOK)
        assert.deepEqual(report, await goingOn.step(batch, CARRIED, LOOK), what)
        const after = await begun.state()
        assert.deepEqual(after, await goingOn.state(), what)
        const comparison = new Comparison(name === 'oracle' ? 1e-10 : 1e-4)
        comparison.close(`${what} evaluation`, [evaluated.loss], [report.loss])
        const fromZeros = await begun.evaluate(batch)
        assert.notEqual((await begun.evaluate(own)).loss, fromZeros.loss, `${what}: the states count`)
        numbers += Object.values(after.tensors).reduce((sum, { data }) => sum + data.length, 0)
        for (const session of [begun, goingOn]) session.dispose()
      }
      assert.equal(engine.live(), 0)
      engine.dispose()
      t.diagnostic(`${cases.length} networks, ${numbers} numbers`)
      assert.ok(numbers > 0)
    },
  )

for (const name of ENGINES)
  test(`${name}: the truncation bias of a batch with states is that of windows from them`, needs(name), async () => {
    const given = program()
    const [engine, oracle] = [await openEngine(name), await openEngine('oracle')]
    const [session, exact] = [await engine.open(given), await oracle.open(given)]
    const batch = { ...batchOf(given), states: drawStates(given) }
    const truncation = { k1: 2, k2: 4 }
    const own = await session.truncationBias(batch, truncation)
    const comparison = new Comparison(1e-4)
    comparison.close('bias', Object.values(own), Object.values(await exact.truncationBias(batch, truncation)))
    assert.notDeepEqual(own, await session.truncationBias(batchOf(given), truncation))
    assert.ok((await session.truncationBias(batch, { k1: T, k2: T })).relative < 1e-6)
    for (const each of [engine, oracle]) each.dispose()
  })

for (const name of ENGINES)
  test(`${name}: a step from (h_0, c_0) has the loss and gradients of PyTorch and JAX`, needs(name), async (t) => {
    const engine = await openEngine(name)
    const files = ['stack', 'layers'].flatMap((folder) => goldenFiles<StackFile>(ROOT, folder))
    const comparison = new Comparison(name === 'oracle' ? 1e-10 : 1e-4)
    const flows = new Comparison(name === 'oracle' ? 1e-6 : 1e-4) // in float32 everywhere
    for (const file of files) {
      const given: Program = { ...readProgram(file), clipping: { policy: 'none', nonfinite: 'fail' } }
      const network = createNetwork(given)
      const parameters = fromCanonical(network, parametersOf(file.params))
      const zeros = mapTensors(stateShapes(network, given), (shape): HostTensor => ({
        shape,
        data: new Float64Array(shape.reduce((a, b) => a * b, 1)),
      }))
      const session = await engine.open(given, { tensors: { ...zeros, ...parameters }, updates: 0 })
      const states = mapTensors(flattenLayers(readStates(file)), ({ data }) => data)
      const window = { from: 'initial', lossSteps: file.sizes.T, advance: file.sizes.T } as const
      const report = await session.step({ ...readBatch(file), states }, window, { ...LOOK, learningRate: 1 })
      const { tensors } = await session.state()
      session.dispose()
      comparison.close(`${file.name} loss`, [report.loss], [file.expected.loss])
      const moved = mapTensors(parameters, ({ shape, data }, parameter) => ({
        shape,
        data: data.map((value, i) => value - tensors[parameter]!.data[i]!),
      }))
      const gradients = toCanonical(network, moved)
      for (const [parameter, { data }] of Object.entries(parametersOf(file.expected.dParams)))
        comparison.close(`${file.name} d${parameter}`, gradients[parameter]!.data, data)
      for (const [layer, wanted] of file.expected.hGradNorm.entries()) {
        const norms = Float64Array.from(report.flow!.h[layer]!, (log10) => 10 ** log10)
        flows.close(`${file.name} flow ${layer}`, norms, numbersOf(wanted))
      }
      for (const [layer, last] of file.expected.lastH.entries())
        comparison.close(`${file.name} last h ${layer}`, tensors[`carried.${layer}.h`]!.data, decode(last).data)
    }
    engine.dispose()
    t.diagnostic(`${files.length} files, ${comparison.summary()}`)
    assert.ok(files.length > 0)
  })
