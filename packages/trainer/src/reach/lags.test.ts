import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Batch, InspectedStep, Session, Window } from '@unroll/bptt'
import { measureLags } from './lags.ts'

const [T, N] = [4, 2]
/** [T,N]: ∂L/∂h of a layer of one unit, and of a memory cell. */
const H = [1, -8, 2, 6, 4, 3, 0, 3]
const C = [0, 6, 0, 8, 3, 4, 0, 4]

function inspecting(layers: readonly Readonly<Record<string, number[]>>[]) {
  const asked: { batch: Batch; window: Window }[] = []
  const session: Pick<Session, 'inspect'> = {
    inspect: (batch, window) => {
      asked.push({ batch, window })
      const none = { states: {}, gates: {}, gateGradients: {} }
      const found: InspectedStep = {
        loss: 0,
        layers: layers.map((states) => ({
          ...none,
          stateGradients: Object.fromEntries(
            Object.entries(states).map(([name, values]) => [name, Float64Array.from(values)]),
          ),
        })),
      }
      return Promise.resolve(found)
    },
  }
  return { session: session as Session, asked }
}

const CLASSES = { mode: 'many_to_many', readout: { kind: 'softmax', size: 5 } } as const
const TARGETS = Int32Array.of(-1, 2, 0, -1, 1, 3, -1, 4)

test('measureLags() goes back from the last target of each row alone, over all states of all layers', async () => {
  const batch: Batch = { steps: T, inputs: new Int32Array(T * N), targets: TARGETS }
  const { session, asked } = inspecting([{ h: H, c: C }])
  const { each, together } = await measureLags(session, batch, CLASSES, N)
  assert.deepEqual(asked[0]?.window, { from: 'initial', lossSteps: T, advance: 0 })
  assert.deepEqual([...asked[0].batch.targets], [-1, -1, -1, -1, 1, -1, -1, 4])
  // Row 0 answers last at step 3, row 1 at step 4: norms 5, 2, 1 and 5, 5, 10, 10.
  assert.deepEqual([...each], [5, 3.5, 5.5, 5])
  const sums = [
    [(4 + 3) / 2, (3 + 4) / 2],
    [(4 + 2 + 3 + 3) / 2, (3 + 0 + 4 + 4) / 2],
  ]
  assert.deepEqual(
    [...together.subarray(0, 2)],
    sums.map(([h, c]) => Math.sqrt(h! ** 2 + c! ** 2)),
  )
})

test('measureLags() of one answer behind a row begins at the last step that the row has', async () => {
  const batch: Batch = {
    steps: T,
    inputs: new Float32Array(T * N),
    targets: Float32Array.of(1, 2),
    lengths: Int32Array.of(3, 4),
    mask: Uint8Array.of(1, 1, 1, 1, 1, 1, 0, 0),
  }
  const { session, asked } = inspecting([{ h: H }, { h: C }])
  const { each } = await measureLags(session, batch, { mode: 'many_to_one', readout: { kind: 'identity', size: 1 } }, N)
  assert.equal(asked[0]?.batch, batch)
  assert.deepEqual([...each], [5, 6, 5.5, 0])
})

test('measureLags() finds a target of numbers where any of them is one, and nothing of a row without any', async () => {
  const none = [NaN, NaN]
  const targets = Float32Array.from([...none, ...none, 1, NaN, ...none, ...none, ...none, ...none, ...none])
  const batch: Batch = { steps: T, inputs: new Float32Array(T * N), targets }
  const { session } = inspecting([{ h: H }])
  const { each } = await measureLags(
    session,
    batch,
    { mode: 'many_to_many', readout: { kind: 'identity', size: 2 } },
    N,
  )
  assert.deepEqual([...each], [1, 0.5, 0, 0])
})
