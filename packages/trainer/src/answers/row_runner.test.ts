import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createNetwork, type Program, type Session } from '@unroll/bptt'
import { selectEngine } from '@unroll/engines'
import { ROWS, RowRunner } from './row_runner.ts'

const [X, H, K] = [2, 3, 2]

function programOf(bidirectional: boolean): Program {
  return {
    model: {
      cell: 'rnn',
      activation: 'tanh',
      hidden_size: H,
      layers: 1,
      bidirectional,
      dropout: 0,
      initial_state: 'zeros',
      embedding_size: null,
      init: {
        input: 'glorot_uniform',
        recurrent: 'orthogonal',
        std: 0.1,
        spectral_radius: null,
      },
    },
    inputs: { kind: 'vectors', size: X },
    readout: { kind: 'identity', size: K },
    mode: 'many_to_one',
    batchSize: ROWS,
    clipping: { policy: 'none', nonfinite: 'fail' },
    optimizer: { type: 'sgd', learning_rate: 0.01, weight_decay: 0, schedule: { type: 'constant', warmup_steps: 0 } },
    seed: 1,
  }
}

interface Case {
  readonly lengths: readonly number[]
  readonly bidirectional?: boolean
  readonly oneShape?: boolean
  /** T × N of what the session is asked. */
  readonly tiles: readonly string[]
}

const CASES: readonly Case[] = [
  { lengths: [100], tiles: ['100x8'] },
  { lengths: [97, 100, 104, 105], tiles: ['104x8', '105x8'] },
  { lengths: [300, 1], tiles: ['100x8', '1x8', '100x8', '100x8'] },
  { lengths: [129, 65], tiles: ['65x8', '64x8'] },
  { lengths: Array.from({ length: 9 }, () => 5), tiles: ['5x32'] },
  { lengths: Array.from({ length: 201 }, () => 5), tiles: ['5x168', '5x32', '5x8'] },
  { lengths: [300], bidirectional: true, tiles: ['300x8'] },
  { lengths: [100, 97, 3], oneShape: true, tiles: ['96x32', '4x32', '1x32'] },
  { lengths: [100], bidirectional: true, oneShape: true, tiles: ['128x32'] },
]

for (const { lengths, bidirectional = false, oneShape = false, tiles } of CASES) {
  const [shortest, longest] = [Math.min(...lengths), Math.max(...lengths)]
  const where = `${bidirectional ? ', of both directions' : ''}${oneShape ? ', where each shape is compiled' : ''}`
  test(`RowRunner takes ${lengths.length} rows of ${shortest} to ${longest} steps in tiles of ${tiles.join(', ')}${where}`, async () => {
    const { engine } = await selectEngine('oracle')
    const program = programOf(bidirectional)
    const session = await engine.open(program)
    const asked: string[] = []
    const recording: Pick<Session, 'predict'> = {
      predict: (rows) => {
        asked.push(`${rows.steps}x${rows.lengths.length}`)
        return session.predict(rows)
      },
    }
    const zeros = Object.fromEntries(
      ['0.h', '1.h'].slice(0, bidirectional ? 2 : 1).map((name) => [name, new Float32Array(H)]),
    )
    const runner = new RowRunner(recording as Session, createNetwork(program), zeros, { oneShape })
    const rows = lengths.map((steps) => ({
      steps,
      inputs: Float32Array.from({ length: steps * X }, (_, i) => Math.sin(steps + i)),
    }))
    const together = await Promise.all(rows.map((row) => runner.run(row)))
    assert.deepEqual(asked, tiles)
    for (const n of new Set([0, rows.length - 1])) {
      const { last } = await runner.run(rows[n]!)
      assert.deepEqual(last, together[n]!.last)
    }
    session.dispose()
  })
}
