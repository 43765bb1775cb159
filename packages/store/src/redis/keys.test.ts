import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createKeys } from './keys.ts'

test('createKeys() gives every key a name of its own under one hash tag', () => {
  const { job, sweep, ...keys } = createKeys('p')
  const names = Object.values(keys).map((key) => (typeof key === 'string' ? key : key('x', 'x')))
  assert.ok(names.length > 10)
  assert.equal(new Set(names).size, names.length)
  for (const name of [...names, ...job('x'), ...sweep('x')]) assert.ok(name.startsWith('{p}'), name)
})

test('createKeys() lists the keys of a job in the order that its scripts take them', () => {
  const keys = createKeys('p')
  const parts = ['record', 'attempts', 'events', 'scalars', 'flow'] as const
  assert.deepEqual(keys.job('x'), [
    ...parts.map((part) => keys[part]('x')),
    keys.index,
    keys.waiting,
    keys.deliveries('x'),
  ])
})

test('createKeys() lists the keys of a sweep in the order that its scripts take them', () => {
  const keys = createKeys('p')
  assert.deepEqual(keys.sweep('x'), [keys.sweepRecord('x'), keys.sweepRuns('x'), keys.sweeps, keys.index])
})
