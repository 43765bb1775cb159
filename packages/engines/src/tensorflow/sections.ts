import {
  computeReadout,
  flattenState,
  forward,
  observe,
  prefixed,
  statesAfter,
  trainStep,
  truncationBias,
  under,
  unweighted,
  unflattenState,
  updateScalars,
  type Ops,
  type Tensors,
} from '@unroll/bptt'
import { chunkSection } from './chunk_section.ts'
import { endsSection } from './ends_section.ts'
import type { Node } from './graph.ts'
import { CARRIED, EVALUATED, SCALARS, type Section, type SectionShape } from './section.ts'
import type { SectionBuilder } from './section_builder.ts'
import { after, assignAll, pack, unpack } from './variables.ts'

/** How each kind of section is built. */
export const SECTIONS: Readonly<Record<SectionShape['kind'], (builder: SectionBuilder) => Section>> = {
  step: stepSection,
  forward: forwardSection,
  evaluate: evaluateSection,
  observe: observeSection,
  bias: biasSection,
  chunk: chunkSection,
  ends: endsSection,
}

function isTrained(name: string): boolean {
  return !name.startsWith(EVALUATED)
}

function stepSection(builder: SectionBuilder): Section {
  const { graph, ops, network, program, shape, given, batch, handles, shards } = builder
  const names = Object.keys(updateScalars(program.optimizer, 0, 1))
  const scalars = graph.placeholder([names.length], 'float32')
  const values = unpack(graph, scalars)
  const byName = Object.fromEntries(names.map((name, index) => [name, values[index]!]))
  const read = builder.read(isTrained)
  const plan = { network, clipping: program.clipping, optimizer: program.optimizer, flow: shape.flow === true, shards }
  const step = trainStep(ops, plan, unflattenState(network, read), batch, shape, byName)
  const assigned = assignAll(graph, handles, flattenState(step.state), read)
  const { report } = step
  const { accuracy, parameterNorms, flow = [] } = report
  const observed = [...(accuracy === undefined ? [] : [accuracy]), ...Object.values(parameterNorms)]
  const numbers = SCALARS.map((name) => report[name])
  return {
    ...given,
    scalars,
    report: after(graph, assigned, pack(graph, numbers)),
    metrics: {
      node: pack(graph, observed),
      accuracy: accuracy !== undefined,
      parameters: Object.keys(parameterNorms),
    },
    ...(flow.length > 0 && { flow: { node: series(ops, flow), states: network.cell.states } }),
  }
}

function forwardSection(builder: SectionBuilder): Section {
  const { graph, ops, network, shape, given, batch, handles } = builder
  const read = builder.read(isTrained)
  const held = unflattenState(network, read)
  const carried = statesAfter(ops, forward(ops, network, held, batch.inputs, shape.from, batch), shape.advance)
  const assigned = assignAll(graph, handles, flattenState({ ...held, carried }), read)
  return { ...given, report: after(graph, assigned, ops.reshape(ops.constant(0), [1])) }
}

function evaluateSection(builder: SectionBuilder): Section {
  const { graph, ops, network, shape, given, batch, handles } = builder
  const read = builder.read((name) => !name.startsWith(CARRIED))
  const { parameters } = unflattenState(network, read)
  const carried = Array.from({ length: network.layers }, (_, layer) => under(read, `${EVALUATED}${CARRIED}${layer}.`))
  const pass = forward(ops, network, { parameters, carried }, batch.inputs, shape.from, batch)
  const loss = { targets: batch.targets, lossSteps: shape.lossSteps }
  const answer = computeReadout(ops, unweighted(network), parameters, pass, loss)
  const next = statesAfter(ops, pass, shape.steps).map((states, layer) =>
    prefixed(states, `${EVALUATED}${CARRIED}${layer}.`),
  )
  const assigned = assignAll(graph, handles, Object.assign({}, ...next), read)
  const answers = [answer.loss, ...(answer.accuracy === undefined ? [] : [answer.accuracy])]
  return { ...given, report: after(graph, assigned, pack(graph, answers)), outputs: answer.outputs }
}

function observeSection(builder: SectionBuilder): Section {
  const { graph, ops, network, shape, given, batch } = builder
  const held = unflattenState(network, builder.read(isTrained))
  const { probe = [], saturation = {} } = observe(ops, network, held, batch, shape.from, shape.observed ?? {})
  const values = Object.values(saturation)
  const flow = probe.map(({ h }) => h!)
  return {
    ...given,
    report: ops.concat([...flow, ...(values.length > 0 ? [pack(graph, values)] : [])], 0),
    saturation: Object.keys(saturation),
  }
}

function biasSection(builder: SectionBuilder): Section {
  const { graph, ops, network, shape, given, batch } = builder
  const { parameters } = unflattenState(network, builder.read(isTrained))
  const { relative, cosine } = truncationBias(ops, network, parameters, batch, shape.truncation!)
  return { ...given, report: pack(graph, [relative, cosine]) }
}

/** The series of all layers in turn. */
function series(ops: Ops<Node>, layers: readonly Tensors<Node>[]): Node {
  return ops.concat(
    layers.flatMap((norms) => Object.values(norms)),
    0,
  )
}
