// Influence balancing (Tallec and Ollivier 2017): what a parameter does in the short run has the wrong sign, so that truncated
// backpropagation leads away from the solution however long it trains, and randomised truncation, right on average, does not.

import assert from 'node:assert/strict'
import test from 'node:test'
import { lossGradients, mapTensors, named, parameterShapes, statesAfter, type Tensors } from '@unroll/bptt'
import { oracleInterpreter, type Tensor64 } from '@unroll/engines'
import { parseJobSpec } from '@unroll/contract'
import { truncation, windowAt } from '@unroll/tasks'
import { smallNetwork } from './networks.ts'

/** Units that θ pushes up, and that it pushes down, which are further from the output. */
const [UP, DOWN] = [10, 13]
const H = UP + DOWN
const K1 = 10
const UPDATES = 400
const RATE = 5e-4
/** At rest the output is 2θ(UP - DOWN), and 1 is wanted. */
const SOLUTION = 1 / (2 * (UP - DOWN))
const START = 0

const { ops, upload, download } = oracleInterpreter()

/** θ after training, from START. */
function trainUnder(bptt: object): number {
  const parsed = parseJobSpec({
    model: { cell: 'rnn' },
    data: { task: 'copy', length: 2 },
    sequence_length: K1 * UPDATES,
    bptt: { k1: K1, ...bptt },
  })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  const reach = truncation(parsed.value)
  const network = smallNetwork(
    'rnn',
    { N: 1, X: 1, H, K: 1 },
    { activation: 'identity', readout: { kind: 'identity', size: 1 } },
  )
  const directions = Array.from({ length: H }, (_, unit) => (unit < UP ? 1 : -1))
  // Each unit keeps half of itself and takes half of the next: h_t = Wh h_{t-1} + θ v.
  const halves = Array.from({ length: H * H }, (_, i) => ([0, 1].includes(Math.floor(i / H) - (i % H)) ? 0.5 : 0))
  const fixed: Tensors<Tensor64> = {
    ...mapTensors(parameterShapes(network), (shape) => ops.zeros(shape)),
    'layers.0.Wh': upload([H, H], halves),
    'readout.Wo': upload(
      [H, 1],
      directions.map((_, unit) => Number(unit === 0)),
    ),
  }
  let theta = START
  let carried: readonly Tensors<Tensor64>[] = [{ h: ops.zeros([1, H]) }]
  for (let n = 0; n < UPDATES; n++) {
    const { start, end, window } = windowAt(n, reach, n)
    const parameters = {
      ...fixed,
      'layers.0.b': upload(
        [H],
        directions.map((v) => theta * v),
      ),
    }
    const batch = {
      inputs: ops.zeros([end - start, 1, 1]),
      targets: upload(
        [window.lossSteps, 1],
        Array.from({ length: window.lossSteps }, () => 1),
      ),
    }
    const { compensation } = window
    const place = { from: 'carried', carried, lossSteps: window.lossSteps } as const
    const pass = lossGradients({ ops, network, parameters }, place, batch, { compensation })
    const db = download(named(pass.gradients, 'layers.0.b'))
    theta -= RATE * directions.reduce((sum, v, unit) => sum + v * db[unit]!, 0)
    carried = statesAfter(ops, pass, window.advance)
  }
  return theta
}

test('truncation leads away from the solution of influence balancing, randomised truncation to it', (t) => {
  const truncated = trainUnder({ mode: 'truncated' })
  const randomised = trainUnder({ mode: 'randomised', truncation_probability: 0.1 })
  t.diagnostic(`wanted ${SOLUTION}, from ${START}: truncated ${truncated}, randomised ${randomised}`)
  assert.ok(Math.abs(truncated - SOLUTION) > 2 * Math.abs(START - SOLUTION))
  assert.ok(Math.abs(randomised - SOLUTION) < 0.1 * Math.abs(START - SOLUTION))
})
