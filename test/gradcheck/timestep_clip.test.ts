// Clipping by timestep changes the backward pass itself, so that its result is the gradient of no loss. What it must be,
// step by step: the clipped running gradient times the Jacobian of one step. That product is taken by central differences.

import assert from 'node:assert/strict'
import test from 'node:test'
import {
  backpropagate,
  clipPolicy,
  forward,
  mapTensors,
  parameterShapes,
  joinRows,
  type Network,
  type Program,
  type Tensors,
} from '@unroll/bptt'
import { oracleInterpreter, type Tensor64 } from '@unroll/engines'
import { random } from '@unroll/random'
import { CELL_NAMES, smallNetwork } from '../conformance/networks.ts'

const TOLERANCE = 1e-6
const STEP = 1e-5
const [N, X, H, T] = [3, 2, 4, 5]
const EPSILON = 1e-6 // added to every norm that is divided by

type Values = Readonly<Record<string, Float64Array>>
type Settings = Extract<Program['clipping'], { policy: 'timestep' }>

const { ops, upload, download } = oracleInterpreter()

/** One layer: its parameters, the state before it, the inputs and the loss gradient of each step. */
interface Problem {
  readonly network: Network
  readonly parameters: Values
  readonly initial: Values
  readonly inputs: readonly Float64Array[]
  readonly dh: readonly Float64Array[]
}

function problemOf(network: Network): Problem {
  const draw = random(7, 'timestep_clip')
  const drawn = (count: number, size = 0.6): Float64Array =>
    Float64Array.from({ length: count }, () => size * draw.normal())
  const positive = (state: string, values: Float64Array): Float64Array =>
    state === 'n' ? values.map((value) => 0.5 + Math.abs(value)) : values
  return {
    network,
    parameters: mapTensors(parameterShapes(network), (shape) => drawn(shape.reduce((a, b) => a * b, 1))),
    initial: Object.fromEntries(network.cell.states.map((state) => [state, positive(state, drawn(N * H))])),
    inputs: Array.from({ length: T }, () => drawn(N * X)),
    dh: Array.from({ length: T }, () => drawn(N * H)),
  }
}

function tensorsOf(network: Network, parameters: Values): Tensors<Tensor64> {
  return mapTensors(parameterShapes(network), (shape, name) => upload(shape, parameters[name]!))
}

function statesOf(values: Values): Tensors<Tensor64> {
  return mapTensors(values, (state) => upload([N, H], state))
}

/** The states after one step. */
function stepFrom(network: Network, parameters: Values, states: Values, x: Float64Array): Values {
  const start = { from: 'carried', carried: [statesOf(states)] } as const
  const { runs } = forward({ ops, network, parameters: tensorsOf(network, parameters) }, start, upload([1, N, X], x))
  return mapTensors(runs[0]!.states, (series) => Float64Array.from(download(joinRows(ops, series))))
}

/** The running gradients within their bounds, in plain numbers, and how many rows or elements were out of them. */
function clipped(d: Values, { threshold, by }: Settings): { d: Values; out: number } {
  let out = 0
  const limit = (values: Float64Array): Float64Array => {
    if (by === 'value') {
      out += values.filter((value) => Math.abs(value) > threshold).length
      return values.map((value) => Math.max(-threshold, Math.min(threshold, value)))
    }
    return values.map((value, i) => {
      const row = values.subarray(i - (i % H), i - (i % H) + H)
      const factor = threshold / (Math.hypot(...row) + EPSILON)
      out += Number(factor < 1)
      return value * Math.min(1, factor)
    })
  }
  return { d: mapTensors(d, limit), out }
}

function dot(a: Values, b: Values): number {
  return Object.entries(a).reduce(
    (sum, [name, values]) => sum + values.reduce((own, value, i) => own + value * b[name]![i]!, 0),
    0,
  )
}

/** Central differences of f with respect to every number of the point. */
function differences(point: Values, f: (moved: Values) => number): Values {
  return mapTensors(point, (values, name) =>
    values.map((value, i) => {
      const at = (moved: number): number => f({ ...point, [name]: values.with(i, moved) })
      return (at(value + STEP) - at(value - STEP)) / (2 * STEP)
    }),
  )
}

/** Parameter and initial gradients of the clipped recursion, each step's Jacobian by differences. */
function numeric({ network, parameters, initial, inputs, dh }: Problem, settings: Settings) {
  const states: Values[] = [initial]
  for (const x of inputs) states.push(stepFrom(network, parameters, states.at(-1)!, x))
  let d: Values = mapTensors(initial, (values) => new Float64Array(values.length))
  let gradients: Values = mapTensors(parameters, (values) => new Float64Array(values.length))
  let out = 0
  for (let t = T - 1; t >= 0; t--) {
    const total = { ...d, h: d['h']!.map((value, i) => value + dh[t]![i]!) }
    const limited = clipped(total, settings)
    out += limited.out
    const before = states[t]!
    const own = differences(parameters, (moved) => dot(limited.d, stepFrom(network, moved, before, inputs[t]!)))
    gradients = mapTensors(gradients, (sum, name) => sum.map((value, i) => value + own[name]![i]!))
    d = differences(before, (moved) => dot(limited.d, stepFrom(network, parameters, moved, inputs[t]!)))
  }
  return { gradients, d, out }
}

function analytic({ network, parameters, initial, inputs, dh }: Problem, settings: Settings) {
  const bound = { ops, network, parameters: tensorsOf(network, parameters) }
  const x = upload([T, N, X], Float64Array.from(inputs.flatMap((step) => [...step])))
  const { runs } = forward(bound, { from: 'carried', carried: [statesOf(initial)] }, x)
  const injected = { steps: dh.map((step) => upload([N, H], step)) }
  const clipTimestep = clipPolicy(settings).clipTimestep!(settings)
  return backpropagate(bound, { inputs: x, runs, dh: injected }, { clipTimestep })
}

for (const cell of CELL_NAMES) {
  for (const [by, threshold] of [
    ['norm', 0.8],
    ['value', 0.5],
  ] as const) {
    test(`backpropagate() of ${cell} clipped at each timestep by ${by} matches finite differences of each step`, (t) => {
      const settings = { policy: 'timestep', threshold, by, nonfinite: 'fail' } as const
      const problem = problemOf(smallNetwork(cell, { N, X, H, K: 1 }))
      const wanted = numeric(problem, settings)
      const back = analytic(problem, settings)
      const got = { ...back.gradients, ...back.layers[0]!.dInitial }
      let worst = 0
      let numbers = 0
      for (const [name, tensor] of Object.entries(got)) {
        const values = { ...wanted.gradients, ...wanted.d }[name]!
        const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 1e-4)
        for (const [i, value] of download(tensor).entries()) {
          worst = Math.max(worst, Math.abs(value - values[i]!) / largest)
          numbers += 1
        }
      }
      t.diagnostic(`${numbers} numbers, ${wanted.out} clipped, worst error ${worst.toExponential(1)}`)
      assert.ok(numbers > 0 && wanted.out > 0)
      assert.ok(worst <= TOLERANCE, `${worst}`)
    })
  }
}
