// Analytic gradients of the whole step against central differences, in float64.

import assert from 'node:assert/strict'
import test from 'node:test'
import {
  computeReadout,
  dropoutMasks,
  dropoutShapes,
  flattenLayers,
  forward,
  levelInputGradient,
  lossGradients,
  mapTensors,
  parameterShapes,
  prefixed,
  listLayerShapes,
  under,
  zoneoutMasks,
  zoneoutShapes,
  type Network,
  type RowConditions,
  type Tensors,
} from '@unroll/bptt'
import { oracleInterpreter, type Interpreter, type Tensor64 } from '@unroll/engines'
import { random } from '@unroll/random'
import {
  CELL_NAMES,
  NORMALISED_CELLS,
  PROJECTED_CELLS,
  smallNetwork,
  zoneoutOf,
  type Activation,
  type CellName,
} from '../conformance/networks.ts'
import { LOSSES } from '../conformance/programs.ts'

const TOLERANCE = 1e-6
const STEP = 1e-5
/** All different, and small: each number of a problem is moved twice. */
const SIZES = { N: 2, X: 4, H: 3, K: 5 }
const MODES = ['many_to_many', 'many_to_one'] as const

type Point = Readonly<Record<string, Float64Array>>

/** Of each row how many steps it has, or for each step 1 where it takes it. */
type Rows = readonly (number | readonly number[])[]

/** Every number the loss depends on, drawn at random: parameters, initial states and, for vectors, inputs. */
interface Problem {
  readonly network: Network
  readonly T: number
  readonly point: Point
  readonly shapes: Readonly<Record<string, readonly number[]>>
  /** Not differentiated: ids of symbols, and targets. */
  readonly ids: Float64Array
  readonly targets: Float64Array
  readonly rows: Rows | undefined
  /** Whether zoneout goes on with its means, as in an evaluation. */
  readonly means: boolean
}

function problemOf(network: Network, T: number, rows?: Rows, means = false): Problem {
  const { batchSize: N, inputs, readout, mode } = network
  const shapes: Record<string, readonly number[]> = { ...parameterShapes(network) }
  if (startsFrom(network) === 'carried')
    Object.assign(shapes, prefixed(flattenLayers(listLayerShapes(network)), 'initial.'))
  if (inputs.kind === 'vectors') shapes['inputs'] = [T, N, inputs.size]
  const draw = random(11, `gradcheck.${T}.${network.layers.length}.${readout.kind}`)
  const point = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [
      name,
      Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => valueOf(name, draw.normal())),
    ]),
  )
  const answers = (mode === 'many_to_one' ? 1 : T) * N
  const target: Readonly<Record<Network['readout']['kind'], () => number>> = {
    softmax: () => draw.integer(readout.size),
    sigmoid: () => draw.integer(2),
    identity: () => draw.normal(),
  }
  const count = answers * (readout.kind === 'softmax' ? 1 : readout.size)
  return {
    network,
    T,
    point,
    shapes,
    ids: Float64Array.from({ length: T * N }, () => draw.integer(inputs.size)),
    targets: Float64Array.from({ length: count }, target[readout.kind]),
    rows,
    means,
  }
}

/** Learned initial states are differentiated as parameters; others are given. */
function startsFrom({ learnedStates }: Network): 'initial' | 'carried' {
  return learnedStates.length > 0 ? 'initial' : 'carried'
}

/** Which rows go on at each step, and the masks of dropout and zoneout. */
function conditionsOf(
  { upload }: Interpreter<Tensor64>,
  { network, T, rows, means }: Problem,
): RowConditions<Tensor64> {
  const { batchSize: N } = network
  const masks = dropoutShapes(network)
  const zones = zoneoutShapes(network, T)
  const stays = zoneoutMasks(network, { seed: 3, update: 0 }, { start: 0, steps: T })
  const takes = (t: number, steps: Rows[number]): number => (typeof steps === 'number' ? Number(t < steps) : steps[t]!)
  const mask =
    rows &&
    upload(
      [T * N, 1],
      Array.from({ length: T * N }, (_, i) => takes(Math.floor(i / N), rows[i % N]!)),
    )
  return {
    mask: mask && { rows: mask },
    dropout: dropoutMasks(network, 3, 0).map((dropoutMask, layer) => upload(masks[layer]!, dropoutMask)),
    ...(!means && { zoneout: stays.map((zone, index) => ({ rows: upload(zones[index]!, zone) })) }),
  }
}

/** A normaliser of slstm is a sum of exponentials, so positive. */
function valueOf(name: string, normal: number): number {
  return name.endsWith('.n') ? 0.5 + Math.abs(normal) : 0.6 * normal
}

/** The names of what is not differentiated. */
const IDS = 'ids'
const TARGETS = 'targets'

function uploadPoint({ upload }: Interpreter<Tensor64>, { network, T, shapes, point, ids, targets }: Problem) {
  const { kind, size } = network.readout
  return {
    ...mapTensors(point, (data, name) => upload(shapes[name]!, data)),
    [IDS]: upload([T, network.batchSize], ids),
    [TARGETS]: upload(kind === 'softmax' ? [targets.length] : [targets.length / size, size], targets),
  }
}

/** The tensors of a point as a step reads them. */
function arrange({ network }: Problem, tensors: Tensors<Tensor64>) {
  return {
    parameters: mapTensors(parameterShapes(network), (_, name) => tensors[name]!),
    carried: network.layers.map((_, layer) => under(tensors, `initial.${layer}.`)),
    inputs: tensors['inputs'] ?? tensors[IDS]!,
    targets: tensors[TARGETS]!,
  }
}

/** Gives the loss at points that differ from the problem's in one tensor. All else is uploaded once. */
function lossOf(interpreter: Interpreter<Tensor64>, problem: Problem): (name: string, moved: Float64Array) => number {
  const { ops, upload } = interpreter
  const { network, T, shapes } = problem
  const conditions = conditionsOf(interpreter, problem)
  const point = uploadPoint(interpreter, problem)
  return (name, moved) =>
    ops.scope(() => {
      const tensors = { ...point, [name]: upload(shapes[name]!, moved) }
      const { parameters, carried, inputs, targets } = arrange(problem, tensors)
      const bound = { ops, network, parameters }
      const pass = forward(bound, { from: startsFrom(network), carried }, inputs, conditions)
      return interpreter.download(computeReadout(bound, pass, { targets, lossSteps: T }).loss)[0]!
    })
}

function gradientsAt(interpreter: Interpreter<Tensor64>, problem: Problem): Point {
  const { ops } = interpreter
  const { network, T } = problem
  const { parameters, carried, inputs, targets } = arrange(problem, uploadPoint(interpreter, problem))
  const window = { from: startsFrom(network), carried, lossSteps: T }
  const batch = { inputs, targets, ...conditionsOf(interpreter, problem) }
  const { gradients, layers } = lossGradients({ ops, network, parameters }, window, batch)
  const initial = layers.flatMap(({ dInitial }, layer) =>
    Object.entries(dInitial).map(([state, d]) => [`initial.${layer}.${state}`, d] as const),
  )
  const dInputs = levelInputGradient({ ops, network, parameters }, 0, (row) => layers[row]!.dA)
  const all = {
    ...gradients,
    ...(startsFrom(network) === 'carried' && Object.fromEntries(initial)),
    ...(network.inputs.kind === 'vectors' && { inputs: dInputs }),
  }
  return Object.fromEntries(Object.entries(all).map(([name, d]) => [name, Float64Array.from(interpreter.download(d))]))
}

/** Largest |analytic - numeric| of each tensor, relative to the tensor's largest numeric gradient. */
function worstError(network: Network, T: number, rows?: Rows, means = false): { worst: number; numbers: number } {
  const interpreter = oracleInterpreter()
  const problem = problemOf(network, T, rows, means)
  const loss = lossOf(interpreter, problem)
  const analytic = gradientsAt(interpreter, problem)
  assert.deepEqual(Object.keys(analytic).toSorted(), Object.keys(problem.point).toSorted())
  let worst = 0
  let numbers = 0
  for (const [name, values] of Object.entries(problem.point)) {
    const numeric = values.map((value, i) => {
      const at = (moved: number): number => loss(name, values.with(i, moved))
      return (at(value + STEP) - at(value - STEP)) / (2 * STEP)
    })
    const largest = numeric.reduce((max, d) => Math.max(max, Math.abs(d)), 1e-4)
    for (const [i, d] of numeric.entries()) {
      const error = Math.abs(analytic[name]![i]! - d) / largest
      assert.ok(error <= TOLERANCE, `d${name}[${i}]: analytic ${analytic[name]![i]}, numeric ${d}, error ${error}`)
      worst = Math.max(worst, error)
      numbers += 1
    }
  }
  assert.ok(numbers > 0)
  return { worst, numbers }
}

const CELLS: readonly { readonly cell: CellName; readonly activation?: Activation }[] = [
  { cell: 'rnn', activation: 'tanh' },
  { cell: 'rnn', activation: 'relu' },
  { cell: 'rnn', activation: 'sigmoid' },
  { cell: 'rnn', activation: 'identity' },
  { cell: 'lru', activation: 'identity' },
  ...CELL_NAMES.filter((cell) => cell !== 'rnn').map((cell) => ({ cell })),
]

for (const { cell, activation } of CELLS) {
  for (const [layers, T] of [
    [1, 1],
    [1, 2],
    [1, 7],
    [2, 1],
    [2, 4],
  ] as const) {
    const named = `${cell}${activation ? ` (${activation})` : ''}`
    test(`lossGradients() of ${layers} × ${named} matches finite differences over ${T} steps`, (t) => {
      const network = smallNetwork(cell, { ...SIZES, layers }, { ...(activation && { activation }) })
      const { worst, numbers } = worstError(network, T)
      t.diagnostic(`${numbers} numbers, worst error ${worst.toExponential(1)}`)
    })
  }
}

for (const cell of CELL_NAMES) {
  for (const mode of MODES) {
    test(`lossGradients() of 2 × ${cell} over rows of 5 and 2 steps, read ${mode}, matches finite differences`, (t) => {
      const { worst, numbers } = worstError(smallNetwork(cell, { ...SIZES, layers: 2 }, { mode }), 5, [5, 2])
      t.diagnostic(`${numbers} numbers, worst error ${worst.toExponential(1)}`)
    })
  }

  for (const bidirectional of [false, true])
    test(`lossGradients() of 2 × ${cell} ${bidirectional ? 'in both directions ' : ''}over rows that leave steps out in their middle matches finite differences`, (t) => {
      const rows = [
        [1, 0, 1, 0, 1],
        [0, 1, 0, 1, 0],
      ]
      const network = smallNetwork(cell, { ...SIZES, layers: 2 }, { bidirectional, initialState: 'learned' })
      const { worst, numbers } = worstError(network, 5, rows)
      t.diagnostic(`${numbers} numbers, worst error ${worst.toExponential(1)}`)
    })

  test(`lossGradients() of 2 × ${cell} with dropout between layers and within the recurrence, from a learned state, matches finite differences`, (t) => {
    const choices = { dropout: 0.4, recurrentDropout: 0.3, initialState: 'learned' } as const
    const network = smallNetwork(cell, { ...SIZES, layers: 2 }, choices)
    const { worst, numbers } = worstError(network, 4, [4, 3])
    t.diagnostic(`${numbers} numbers, worst error ${worst.toExponential(1)}`)
  })

  for (const means of [false, true]) {
    const what = means ? 'that goes on with its means' : 'and recurrent dropout'
    test(`lossGradients() of 2 × ${cell} with zoneout ${what}, over rows of 4 and 3 steps, matches finite differences`, (t) => {
      const choices = { zoneout: zoneoutOf(cell), recurrentDropout: 0.3, initialState: 'learned' } as const
      const network = smallNetwork(cell, { ...SIZES, layers: 2 }, choices)
      const { worst, numbers } = worstError(network, 4, [4, 3], means)
      t.diagnostic(`${numbers} numbers, worst error ${worst.toExponential(1)}`)
    })
  }
}

assert.ok(NORMALISED_CELLS.length > 5)
for (const cell of NORMALISED_CELLS) {
  test(`lossGradients() of 2 × ${cell} with layer normalisation matches finite differences`, (t) => {
    const { worst, numbers } = worstError(smallNetwork(cell, { ...SIZES, layers: 2 }, { layerNorm: true }), 3)
    t.diagnostic(`${numbers} numbers, worst error ${worst.toExponential(1)}`)
  })

  test(`lossGradients() of ${cell} with layer normalisation in both directions, with recurrent dropout over rows of 4 and 2 steps, matches finite differences`, (t) => {
    const choices = { layerNorm: true, bidirectional: true, recurrentDropout: 0.3 }
    const { worst, numbers } = worstError(smallNetwork(cell, SIZES, choices), 4, [4, 2])
    t.diagnostic(`${numbers} numbers, worst error ${worst.toExponential(1)}`)
  })
}

assert.equal(PROJECTED_CELLS.length, 3)
for (const cell of PROJECTED_CELLS) {
  for (const [what, choices] of [
    ['from a learned state', { initialState: 'learned' }],
    ['in both directions with residual connections', { bidirectional: true, residual: true, dropout: 0.3 }],
    [
      'with layer normalisation, zoneout and recurrent dropout',
      { layerNorm: true, zoneout: zoneoutOf(cell), recurrentDropout: 0.3 },
    ],
  ] as const)
    test(`lossGradients() of ${cell} that projects 4 and 3 units to 2, ${what}, over rows of 4 and 3 steps, matches finite differences`, (t) => {
      const network = smallNetwork(cell, { ...SIZES, H: [4, 3] }, { ...choices, projectionSize: 2 })
      const { worst, numbers } = worstError(network, 4, [4, 3])
      t.diagnostic(`${numbers} numbers, worst error ${worst.toExponential(1)}`)
    })
}

/** Layers of different sizes, and residual connections past layers and their dropout. */
const STACKS = [
  { what: 'of 5, 2 and 3 units', H: [5, 2, 3], choices: {} },
  {
    what: 'of 5, 2 and 3 units with dropout, from a learned state',
    H: [5, 2, 3],
    choices: { dropout: 0.4, initialState: 'learned' },
  },
  { what: 'of 3 × 3 units with residual connections', H: [3, 3, 3], choices: { residual: true } },
  {
    what: 'of 3 × 3 units with residual connections and dropout',
    H: [3, 3, 3],
    choices: { residual: true, dropout: 0.4 },
  },
] as const

for (const cell of ['lstm', 'gru'] as const) {
  for (const { what, H, choices } of STACKS) {
    for (const mode of MODES) {
      test(`lossGradients() of ${cell} layers ${what}, read ${mode}, matches finite differences`, (t) => {
        const { worst, numbers } = worstError(smallNetwork(cell, { ...SIZES, H }, { mode, ...choices }), 4, [4, 2])
        t.diagnostic(`${numbers} numbers, worst error ${worst.toExponential(1)}`)
      })
    }
  }
}

/** Both directions of each layer, over rows whose backward direction begins at different steps. */
const BOTH_WAYS = [
  { what: 'one layer', H: [3], choices: {} },
  { what: 'layers of 3 and 2 units', H: [3, 2], choices: {} },
  { what: 'layers from a learned state', H: [3, 3], choices: { initialState: 'learned' } },
  {
    what: 'layers with residual connections and dropout between and within them',
    H: [2, 2, 2],
    choices: { residual: true, dropout: 0.4, recurrentDropout: 0.3, zoneout: { hidden: 0.3, cell: 0 } },
  },
] as const

for (const [row, cell] of CELL_NAMES.entries()) {
  for (const [column, { what, H, choices }] of BOTH_WAYS.entries()) {
    const mode = MODES[(row + column) % MODES.length]! // which cell is read makes no difference to how
    test(`lossGradients() of bidirectional ${cell}, ${what}, read ${mode}, matches finite differences`, (t) => {
      const network = smallNetwork(cell, { ...SIZES, H }, { mode, bidirectional: true, ...choices })
      const { worst, numbers } = worstError(network, 4, [2, 4])
      t.diagnostic(`${numbers} numbers, worst error ${worst.toExponential(1)}`)
    })
  }
}

for (const size of [6, 4]) {
  test(`lossGradients() of a bidirectional layer of ${size} embedded symbols matches finite differences`, (t) => {
    const inputs = { kind: 'symbols', size } as const
    const network = smallNetwork('gru', SIZES, { inputs, embedding: 3, bidirectional: true })
    const { worst, numbers } = worstError(network, 4)
    t.diagnostic(`${numbers} numbers, worst error ${worst.toExponential(1)}`)
  })
}

const READOUTS = ['softmax', 'sigmoid', 'identity'] as const
const INPUTS = [
  { what: 'vectors', options: {} },
  { what: 'one-hot symbols', options: { inputs: { kind: 'symbols', size: 6 } } },
  { what: 'embedded symbols', options: { inputs: { kind: 'symbols', size: 6 }, embedding: 3 } },
  { what: 'embedded symbols that come again', options: { inputs: { kind: 'symbols', size: 3 }, embedding: 3 } },
] as const

for (const kind of READOUTS) {
  for (const mode of MODES) {
    for (const { what, options } of INPUTS) {
      test(`lossGradients() of ${what} read ${mode} through ${kind} matches finite differences`, (t) => {
        const network = smallNetwork('gru', SIZES, { readout: { kind, size: SIZES.K }, mode, ...options })
        const { worst, numbers } = worstError(network, 3)
        t.diagnostic(`${numbers} numbers, worst error ${worst.toExponential(1)}`)
      })
    }
  }
}

for (const loss of [{ kind: 'mse' } as const, ...LOSSES]) {
  test(`lossGradients() of rows of 4 and 2 steps under loss ${loss.kind} matches finite differences`, (t) => {
    const network = smallNetwork('lstm', SIZES, { readout: { kind: 'identity', size: 4, loss } })
    const { worst, numbers } = worstError(network, 4, [4, 2])
    t.diagnostic(`${numbers} numbers, worst error ${worst.toExponential(1)}`)
  })
}

test('lossGradients() of classes that weigh differently matches finite differences', (t) => {
  const readout = { kind: 'softmax', size: SIZES.K, classWeights: [0.5, 2, 1, 0, 3] } as const
  const { worst, numbers } = worstError(smallNetwork('gru', SIZES, { readout }), 4)
  t.diagnostic(`${numbers} numbers, worst error ${worst.toExponential(1)}`)
})
