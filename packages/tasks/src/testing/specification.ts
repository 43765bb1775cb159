import assert from 'node:assert/strict'
import { parseJobSpec, type JobSpec } from '@unroll/contract'

/** The specification of a job on an rnn. */
export function parseSpec(body: object): JobSpec {
  const parsed = parseJobSpec({ model: { cell: 'rnn' }, ...body })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return parsed.value
}
