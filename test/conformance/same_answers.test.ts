// Predictions against evaluations, bit by bit: the answer to a sequence is the same however many are answered with it.

import assert from 'node:assert/strict'
import test from 'node:test'
import { flattenLayers, createNetwork, listLayerShapes, mapTensors, type Batch, type Program } from '@unroll/bptt'
import { selectEngine } from '@unroll/engines'
import { FLOAT32_ENGINES, enginesInTurn, needs } from './interpreters.ts'
import { modelOf, type CellName, type ModelChoices } from './networks.ts'
import { batchOf, program } from './programs.ts'

const T = 9
const X = 70
const K = 23
/** Sequences, in batches of so many: the tiles of RowRunner, and such that fill no tile of a product. */
const ROWS = 168
const BATCHES = [1, 3, 8, 32, 168]
/** Of the small batches, as many as hold these first sequences. */
const FIRST_ROWS = 32
/** The batch that says of each row which steps it takes, as one with unequal lengths does. */
const MASKED = 3
const H = [40, 33]

interface Case {
  readonly cell: CellName
  /** `H` unless given. */
  readonly sizes?: readonly number[]
  readonly choices?: ModelChoices
  readonly of?: Partial<Program>
}

const vectors = { kind: 'vectors', size: X } as const
const CASES: readonly Case[] = [
  { cell: 'lstm', of: { inputs: vectors } },
  { cell: 'lstm', choices: { projectionSize: 4 }, of: { inputs: vectors, mode: 'many_to_one' } },
  { cell: 'lstm', choices: { zoneout: { hidden: 0.2, cell: 0.5 } }, of: { inputs: vectors, mode: 'many_to_one' } },
  { cell: 'gru', choices: { embedding: 17 }, of: { inputs: { kind: 'symbols', size: X } } },
  { cell: 'gru_reset_after', of: { inputs: { kind: 'symbols', size: X } } },
  { cell: 'rnn', choices: { layerNorm: true }, of: { inputs: vectors } },
  { cell: 'gru', sizes: [33, 33], choices: { residual: true }, of: { inputs: vectors, mode: 'many_to_one' } },
  { cell: 'lstm_peephole_full', choices: { bidirectional: true }, of: { inputs: vectors, mode: 'many_to_one' } },
  { cell: 'slstm', choices: { bidirectional: true }, of: { inputs: vectors } },
  {
    cell: 'min_gru',
    of: { inputs: vectors, readout: { kind: 'identity', size: K }, mode: 'many_to_one' },
  },
]

/** Rows [first, first + rows) of the inputs of a batch of ROWS. */
function takeInputs({ inputs }: Batch, first: number, rows: number): Batch['inputs'] {
  const width = inputs.length / (T * ROWS)
  const taken = inputs.slice(0, T * rows * width)
  for (let t = 0; t < T; t++) {
    const at = (t * ROWS + first) * width
    taken.set(inputs.subarray(at, at + rows * width), t * rows * width)
  }
  return taken
}

/** Outputs of sequence n at every step that is answered. */
function outputsOf(outputs: Float32Array | Float64Array, n: number, rows: number): number[] {
  const steps = outputs.length / (rows * K)
  return Array.from({ length: steps }, (_, t) => [
    ...outputs.subarray((t * rows + n) * K, (t * rows + n + 1) * K),
  ]).flat()
}

for (const [index, { cell, sizes = H, choices = {}, of = {} }] of CASES.entries()) {
  for (const name of enginesInTurn(['oracle', ...FLOAT32_ENGINES], index)) {
    const what = [cell, ...Object.keys(choices), of.mode ?? 'many_to_many', of.inputs?.kind].join(', ')
    test(
      `${name} predict() has the bits of evaluate() in batches of ${BATCHES.join(', ')}: ${what}`,
      needs(name),
      async (t) => {
        const { engine } = await selectEngine(name)
        const programFor = (batchSize: number) =>
          program({
            readout: { kind: 'softmax', size: K },
            ...of,
            batchSize,
            model: modelOf(cell, { H: sizes }, choices),
          })
        const whole = programFor(ROWS)
        const batch = batchOf(whole, 0, T)
        const evaluating = await engine.open(whole)
        const { outputs: expected } = await evaluating.evaluate(batch, { from: 'initial', outputs: true })
        evaluating.dispose()
        let compared = 0
        for (const rows of BATCHES) {
          const own = programFor(rows)
          const session = await engine.open(whole) // rows may be of any number
          const shapes = flattenLayers(listLayerShapes(createNetwork(own)))
          const states = mapTensors(shapes, (shape) => new Float32Array(shape.reduce((a, b) => a * b, 1)))
          const lengths = new Int32Array(rows).fill(T)
          const mask = rows === MASKED ? { mask: new Uint8Array(T * rows).fill(1) } : {}
          for (let first = 0; first + rows <= Math.max(rows, FIRST_ROWS); first += rows) {
            const inputs = takeInputs(batch, first, rows)
            const { outputs } = await session.predict({ steps: T, inputs, lengths, states, ...mask })
            for (let n = 0; n < rows; n++) {
              const got = outputsOf(outputs, n, rows)
              assert.deepEqual(
                got,
                outputsOf(expected!, first + n, ROWS),
                `sequence ${first + n} of a batch of ${rows}`,
              )
              compared += got.length
            }
          }
          session.dispose()
        }
        assert.ok(compared > 0)
        t.diagnostic(`${compared} numbers compared`)
      },
    )
  }
}
