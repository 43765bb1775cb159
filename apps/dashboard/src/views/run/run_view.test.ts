import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FIRST_CHOICE, MOST_SMOOTHING, formatChoice, parseChoice, type RunChoice } from './run_view.ts'

const range = fc.option(
  fc.tuple(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 0, max: 1e6 })).map(([from, length]) => ({
    from,
    to: from + length,
  })),
)

const choice: fc.Arbitrary<RunChoice> = fc.record(
  {
    steps: range,
    timesteps: range,
    pinned: fc.option(fc.nat()),
    layer: fc.option(fc.nat(20)),
    state: fc.constantFrom('h', 'c', 'probe'),
    colours: fc.constantFrom('shared', 'run', 'relative'),
    smoothing: fc.integer({ min: 0, max: 1000 * MOST_SMOOTHING }).map((thousandths) => thousandths / 1000),
    x: fc.constantFrom('step', 'time', 'epoch'),
    logLoss: fc.boolean(),
  },
  { noNullPrototype: true },
)

test('the address says everything that is chosen', () => {
  fc.assert(
    fc.property(choice, (chosen) => {
      const parameters = Object.entries(formatChoice(chosen)).flatMap(([name, value]) =>
        value === null ? [] : [[name, value]],
      )
      assert.deepEqual(parseChoice(new URLSearchParams(parameters)), chosen)
    }),
  )
})

test('the address says nothing where nothing is chosen', () => {
  assert.deepEqual(new Set(Object.values(formatChoice(FIRST_CHOICE))), new Set([null]))
})

test('what an address says wrongly is as at first', () => {
  const wrong = 'steps=9-3&t=x&pin=-1&layer=one&of=q&colours=red&smooth=1.5&x=hour&loss=linear'
  assert.deepEqual(parseChoice(new URLSearchParams(wrong)), FIRST_CHOICE)
})
