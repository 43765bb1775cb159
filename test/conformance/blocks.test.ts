// The steps of a linear cell taken in blocks side by side: states, loss, gradients and flow of the steps one after the other.

import test from 'node:test'
import {
  joinRows,
  lossGradients,
  mapTensors,
  parameterShapes,
  prefixed,
  type Network,
  type Tensors,
} from '@unroll/bptt'
import type { Interpreter } from '@unroll/engines'
import { random } from '@unroll/random'
import { Comparison } from './comparison.ts'
import { download, needs, SUBJECTS } from './interpreters.ts'
import { smallNetwork, type CellName } from './networks.ts'

const [N, X, H, T] = [2, 3, 5, 23]
/** Of the float64 numbers of the oracle, and of float32. */
const TOLERANCE = { oracle: 1e-12, others: 1e-6 }
const LINEAR: readonly CellName[] = ['min_gru', 'min_lstm']

/** All that a pass through a window makes. @param size of a block; one after the other unless given */
function pass<X>(
  { ops: own, upload }: Interpreter<X>,
  network: Network,
  size?: number,
  lengths?: readonly number[],
): Tensors<X> {
  const ops = size === undefined ? own : { ...own, blockSteps: size }
  const draw = random(3, 'blocks')
  const normal = (shape: readonly number[]): X =>
    upload(
      shape,
      Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0.8 * draw.normal()),
    )
  const parameters = mapTensors(parameterShapes(network), normal)
  const alive = (t: number, n: number): number => Number(t < (lengths?.[n] ?? T))
  const mask = {
    rows: upload(
      [T * N, 1],
      Float64Array.from({ length: T * N }, (_, i) => alive(Math.floor(i / N), i % N)),
    ),
  }
  const batch = { inputs: normal([T, N, X]), targets: normal([T * N, H]), ...(lengths && { mask }) }
  const made = lossGradients({ ops, network, parameters }, { from: 'initial', lossSteps: T, carried: [] }, batch, {
    flow: true,
    states: true,
  })
  const layers = made.layers.map((layer, index) => ({
    ...prefixed(
      mapTensors(layer.flow, (series) => joinRows(ops, series)),
      `flow ${index}.`,
    ),
    ...prefixed(
      mapTensors(layer.dStates, (series) => joinRows(ops, series)),
      `gradient of states ${index}.`,
    ),
    ...prefixed(made.after[index]!, `after ${index}.`),
  }))
  return Object.assign(
    { loss: made.answer.loss, outputs: joinRows(ops, made.hs) },
    prefixed(made.gradients, 'gradient of '),
    ...layers,
  ) as Tensors<X>
}

const CASES: readonly {
  readonly what: string
  readonly choices: Parameters<typeof smallNetwork>[2]
  readonly lengths?: readonly number[]
}[] = [
  { what: 'a target at each step', choices: {} },
  { what: 'rows of 23 and 9 steps', choices: {}, lengths: [23, 9] },
  {
    what: 'both directions over rows of 23 and 9 steps, from a learned state',
    choices: { bidirectional: true, initialState: 'learned' },
    lengths: [23, 9],
  },
  { what: 'zoneout, which takes no blocks', choices: { zoneout: { hidden: 0.3, cell: 0 } } },
]

for (const subject of SUBJECTS)
  for (const cell of LINEAR)
    test(
      `lossGradients() on ${subject.name} of 2 × ${cell} in blocks of 5 steps has the numbers of one after the other`,
      needs(subject.name),
      (t) =>
        subject.run((interpreter) => {
          for (const { what, choices, lengths } of CASES) {
            const comparison = new Comparison(subject.name === 'oracle' ? TOLERANCE.oracle : TOLERANCE.others)
            const readout = { kind: 'identity', size: H } as const
            const network = smallNetwork(cell, { N, X, H, K: H, layers: 2 }, { readout, ...choices })
            const run = (size?: number) => download(interpreter, pass(interpreter, network, size, lengths))
            const [blocks, steps] = [run(5), run()]
            for (const [name, { data }] of Object.entries(steps))
              comparison.close(`${what}: ${name}`, blocks[name]!.data, data)
            t.diagnostic(`${what}: ${comparison.summary()}`)
          }
        }),
    )
