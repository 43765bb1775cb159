import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SessionDetail } from '@unroll/client'
import { tableOfFlow, tableOfUpdates } from './session_tables.ts'

test('tableOfUpdates() has a row for each update, with what is not finite', () => {
  const rates = { learning_rate: 0.1, grad_norm_clipped: 1 }
  const { steps, columns } = tableOfUpdates([
    { step: 7, updated: true, loss: 2, grad_norm: 3, ...rates },
    { step: 8, updated: false, loss: Number.NaN, grad_norm: Infinity, ...rates },
  ])
  assert.deepEqual([...steps], [7, 8])
  assert.deepEqual([...columns.get('loss')!.values], [2, Number.NaN])
  assert.deepEqual([...columns.get('grad_norm')!.values], [3, Infinity])
  assert.deepEqual([...columns.get('grad_norm_clipped')!.present], [1, 1])
})

test('tableOfFlow() has the norms of each layer by time step, none without a batch', () => {
  const flow = [{ log10_norm: [-2, -Infinity] }, { log10_norm: [0, 1] }]
  const { steps, columns } = tableOfFlow({ flow } as SessionDetail['batch'])
  assert.deepEqual([...steps], [1, 2])
  assert.deepEqual([...columns.get('0')!.values], [0.01, 0])
  assert.deepEqual([...columns.get('1')!.values], [1, 10])
  for (const none of [null, {} as SessionDetail['batch']]) assert.equal(tableOfFlow(none).steps.length, 0)
})
