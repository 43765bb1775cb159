import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JobSpec } from '@unroll/contract'
import { differences } from './specification_differences.ts'

test('differences() names the fields that differ, and leaves out names and metadata', () => {
  const spec = (model: object, more: object = {}) =>
    ({ name: 'x', metadata: {}, model, priority: 1, ...more }) as unknown as JobSpec
  const found = differences([
    spec({ cell: 'rnn', activation: 'tanh', init: { std: 1 } }),
    spec({ cell: 'lstm', init: { std: 1 } }, { name: 'y', metadata: { a: 'b' } }),
  ])
  assert.deepEqual(found, [
    { path: 'model.cell', values: ['rnn', 'lstm'] },
    { path: 'model.activation', values: ['tanh', undefined] },
  ])
})
