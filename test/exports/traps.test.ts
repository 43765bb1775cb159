// Where libraries answer otherwise in silence: what the files do about it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CELLS, listLayerNames } from '@unroll/contract'
import { selectEngine } from '@unroll/engines'
import { digestContents, exportApart, loadWeights, verifyWeights } from '@unroll/exports'
import { decodeSafetensors, encodeSafetensors } from '@unroll/formats'
import { findCase } from './networks.ts'
import { loadRuntime, RUNTIME } from './onnx_runtime.ts'
import { trainCheckpoint } from './trained.ts'

/** The same rows of a tensor, those of two gates in each other's place. */
function swapGates({ shape, data }: { shape: readonly number[]; data: Float32Array }, gates: number, pair: number[]) {
  const length = data.length / gates
  const [one = 0, other = 0] = pair
  const order = Array.from({ length: gates }, (_, gate) => (gate === one ? other : gate === other ? one : gate))
  return {
    shape,
    data: Float32Array.from(data, (_, at) => data[order[Math.floor(at / length)]! * length + (at % length)]!),
  }
}

for (const [name, gates] of [
  ['lstm-1-once', 4],
  ['gru-after-1-once', 3],
] as const)
  test(`the proof of ${name} finds any two gates of it that change places`, async (t) => {
    const { engine } = await selectEngine('oracle')
    const { state, ...opening } = await trainCheckpoint(engine, findCase(name))
    const { tensors, metadata } = decodeSafetensors(await exportApart(state, opening, 'pytorch'))
    const { 'unroll.digest': _, ...texts } = metadata
    const pairs = Array.from({ length: gates }, (__, one) =>
      Array.from({ length: one }, (___, other) => [one, other]),
    ).flat()
    const smallest = Math.min(
      ...pairs.map((pair) => {
        const swapped = Object.entries(tensors).map(([tensor, value]) => [
          tensor,
          tensor.startsWith('rnn.') ? swapGates(value as never, gates, pair) : value,
        ])
        const all = Object.fromEntries(swapped) as typeof tensors
        const digest = digestContents(all, texts)
        return verifyWeights(encodeSafetensors(all, { ...texts, 'unroll.digest': digest })).largest
      }),
    )
    t.diagnostic(`${pairs.length} pairs of gates, smallest difference ${smallest}`)
    assert.equal(pairs.length, (gates * (gates - 1)) / 2)
    assert.ok(smallest > 1e-3, String(smallest))
  })

test('weights in a file of ONNX are refused, as PyTorch writes nn.RNN there step by step and not as a layer', async () => {
  const { engine } = await selectEngine('oracle')
  const { state, ...opening } = await trainCheckpoint(engine, findCase('rnn-tanh-1-once'))
  const file = await exportApart(state, opening, 'onnx')
  assert.throws(() => loadWeights(file, { spec: opening.spec } as never), /none of safetensors, .weights.h5 and .keras/)
})

const LENGTHS = [0, 2]

test(
  'a row of length 0 ends in the state that it began with, which operators of onnxruntime forget',
  { skip: RUNTIME === undefined && 'npm run test:exports has an onnxruntime' },
  async () => {
    const { engine } = await selectEngine('oracle')
    const { InferenceSession, Tensor } = await loadRuntime()!
    const names = ['lstm-2-once', 'gru-before-1-once', 'rnn-tanh-1-once', 'slstm-1-once', 'bidirectional-lstm-2-once']
    for (const name of names) {
      const { state, ...opening } = await trainCheckpoint(engine, findCase(name))
      const session = await InferenceSession.create(await exportApart(state, opening, 'onnx'))
      const { states } = CELLS[opening.spec.model.cell]
      const D = listLayerNames(opening.spec.model).length
      const shape = [D, LENGTHS.length, 5]
      const before = states.map(
        (own, at) =>
          [own, Float32Array.from({ length: D * LENGTHS.length * 5 }, (_, n) => 0.1 + at + n / 100)] as const,
      )
      const made = await session.run({
        inputs: new Tensor('float32', Float32Array.of(0.5, 1, 0.25, 0, 0.5, 1, 0.25, 0), [LENGTHS.length, 2, 2]),
        lengths: new Tensor('int32', Int32Array.from(LENGTHS), [LENGTHS.length]),
        ...Object.fromEntries(before.map(([own, data]) => [`initial_${own}`, new Tensor('float32', data, shape)])),
      })
      for (const [own, data] of before)
        for (let layer = 0; layer < D; layer++) {
          const row = (all: Float32Array, n: number) => all.subarray((layer * LENGTHS.length + n) * 5).subarray(0, 5)
          const final = made[`final_${own}`]!.data as Float32Array
          assert.deepEqual(row(final, 0), row(data, 0), `${name}, ${own} of layer ${layer}`)
          assert.notDeepEqual(
            row(final, 1),
            row(data, 1),
            `${name}, ${own} of layer ${layer}: a row that has steps moves`,
          )
        }
      await session.release()
    }
  },
)
