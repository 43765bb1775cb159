import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CELLS, parseJobSpec, type CellName } from '@unroll/contract'
import { matrix } from './connection.ts'
import { createNetwork, parameterShapes } from '../network/network.ts'

const NAMES = Object.keys(CELLS) as CellName[]
const H = 3

for (const cell of NAMES) {
  test(`cell ${cell} has the gates, states and weights of its row`, (t) => {
    const facts = CELLS[cell]
    const network = networkFor({ cell })
    assert.deepEqual(network.cell.gates, Object.keys(facts.gates))
    assert.deepEqual(network.cell.states, facts.states)
    assert.equal(network.cell.states[0], 'h')
    const known = [...network.cell.states] as string[]
    for (const state of facts.learnable) assert.ok(known.includes(state), state)
    const { dynamics, recurrent } = network.cell
    const passing = recurrent.filter(() => dynamics === undefined) // else they read the state of the step itself
    const matrices = passing.filter(({ connection = matrix }) => connection === matrix)
    const rows = matrices.flatMap(({ gates }) => gates)
    assert.deepEqual(rows, facts.recurrent === 'matrix' ? network.cell.gates : [])
    assert.equal(passing.length === 0, facts.recurrent === 'none')
    t.diagnostic(`${rows.length} blocks of a recurrent matrix`)
  })

  test(`cell ${cell} starts from the learned states of its row`, () => {
    const shapes = Object.keys(parameterShapes(networkFor({ cell, initial_state: 'learned' })))
    const learned = shapes.filter((name) => /^layers\.0\..0$/.test(name))
    assert.deepEqual(
      learned,
      CELLS[cell].learnable.map((state) => `layers.0.${state}0`),
    )
  })
}

function networkFor(model: { cell: CellName; initial_state?: 'learned' }) {
  const checked = parseJobSpec({ model: { hidden_size: H, ...model }, data: { task: 'adding' } })
  assert.ok(checked.ok)
  return createNetwork({
    model: checked.value.model,
    inputs: { kind: 'vectors', size: 2 },
    readout: { kind: 'identity', size: 1 },
    mode: 'many_to_one',
    batchSize: 1,
  })
}
