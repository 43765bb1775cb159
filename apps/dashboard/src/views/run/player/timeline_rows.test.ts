import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Trace } from '@unroll/client'
import { placeOn } from '../../../charts/unit_heat.ts'
import { listTimelineRows, shares, stepWords } from './timeline_rows.ts'

const TRACE: Trace = {
  object: 'trace',
  job: 'job',
  checkpoint: 'checkpoint',
  step: 3,
  length: 2,
  of: 'loss',
  loss: 0.5,
  inputs: ['a', ' '],
  answers: [
    { class: 'b', probabilities: { a: 0.25, b: 0.75 } },
    { class: 'a', probabilities: { a: 0.5, b: 0.5 } },
  ],
  targets: [{ class: 'a' }, null],
  saliency: [0.5, 0],
  layers: [
    {
      name: 'layers.0',
      gates: { f: [[0.1], [0.2]] },
      states: { h: [[1], [2]], c: [[3], [4]] },
      gradients: { h: [[3e-3], [0]], c: [[1], [1]] },
    },
  ],
}

test('listTimelineRows() goes from the input by gates and states to the answer, and marks what comes back', () => {
  const rows = listTimelineRows(TRACE)
  assert.deepEqual(
    rows.map(({ name, scale, isBackward }) => [name, scale, isBackward]),
    [
      ['f', 'share', false],
      ['c', 'signed', false],
      ['h', 'signed', false],
      ['∂L/∂h', 'log', true],
      ['p', 'share', false],
    ],
  )
  const answer = rows.at(-1)
  assert.deepEqual(
    [answer?.names, answer?.steps, answer?.wanted],
    [
      ['a', 'b'],
      [
        [0.25, 0.75],
        [0.5, 0.5],
      ],
      [0, undefined],
    ],
  )
})

test('listTimelineRows() has each direction by its name, with states of the backward one from the end and gradients the other way', () => {
  const [layer] = TRACE.layers
  const layers = ['forward', 'backward'].map((direction) => ({ ...layer!, name: `layers.0.${direction}` }))
  const rows = listTimelineRows({ ...TRACE, layers }).filter(({ name }) => name.endsWith('h'))
  assert.deepEqual(
    rows.map(({ group, name, isBackward }) => [group, name, isBackward]),
    [
      ['Layer 1, forward', 'h', false],
      ['Layer 1, forward', '∂L/∂h', true],
      ['Layer 1, backward', 'h', true],
      ['Layer 1, backward', '∂L/∂h', false],
    ],
  )
})

test('listTimelineRows() shows numbers that are read, their saliency, and numbers that are answered', () => {
  const rows = listTimelineRows({
    ...TRACE,
    inputs: [
      [0.5, 1],
      [-1, 0],
    ],
    answers: [{ values: [[2]] }, { values: [[NaN]] }],
    targets: [{ values: [[1]] }],
  })
  assert.deepEqual(
    rows.filter(({ group }) => group !== 'Layer').map(({ name, steps }) => [name, steps]),
    [
      [
        'x',
        [
          [0.5, 1],
          [-1, 0],
        ],
      ],
      ['‖∂L/∂x‖', [[1], [0]]],
      ['y', [[2], [NaN]]],
    ],
  )
})

test('listTimelineRows() keeps the likeliest of many answers, in the order of the model', () => {
  const probabilities = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`s${n}`, n === 30 ? 0.9 : n / 1000]))
  const answer = listTimelineRows({ ...TRACE, answers: [{ class: 's30', probabilities }] }).at(-1)
  assert.deepEqual([answer?.names?.length, answer?.names?.[0], answer?.names?.at(-1)], [12, 's28', 's39'])
})

test('stepWords() says what is at a step, with the target where there is one', () => {
  assert.equal(
    stepWords(TRACE, 0),
    'Step 1 of 2 · input a · answer b 75.0 %, wanted a · saliency 0.5 · gradient of the output 0.003',
  )
  assert.match(stepWords(TRACE, 1), /^Step 2 of 2 · input ␣ · answer a 50.0 % · saliency 0 ·/)
})

const STEPS = [
  [100, -50],
  [1, 0],
]
for (const [scale, value, place] of [
  ['share', 0.5, 0.5],
  ['share', 2, 1],
  ['signed', -50, -0.5],
  ['signed', 0, 0],
  ['log', 100, 1],
  ['log', -1e-1, 0.5],
  ['log', 1e-9, 0],
  ['log', 0, NaN],
] as const)
  test(`placeOn() puts ${value} at ${place} of a scale by ${scale}`, () => {
    assert.ok(Object.is(Number(placeOn(scale, STEPS)(value).toFixed(9)), place))
  })

test('shares() are of the largest that is finite', () => {
  assert.deepEqual(shares([1, 2, Infinity]), [0.5, 1, Infinity])
  assert.deepEqual(shares([0, 0]), [0, 0])
})
