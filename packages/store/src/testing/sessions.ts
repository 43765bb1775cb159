import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { estimate, newId, parseSessionSpec, sessionJob, sessionProblem } from '@unroll/contract'
import type { Store } from '../store.ts'

/** A session of one number at each time step, and its id. */
export async function createSession(store: Store, owner?: string, most?: number): Promise<string> {
  const parsed = parseSessionSpec({
    model: { cell: 'rnn' },
    problem: { inputs: 'vectors', input_size: 1, readout: 'softmax', output_size: 2, mode: 'many_to_one' },
  })
  assert.ok(parsed.ok)
  const { value: spec } = parsed
  const id = newId('session', Date.now(), randomBytes(16))
  const record = { id, object: 'session', name: id, created_at: new Date().toISOString(), spec } as const
  const cost = estimate(sessionJob(spec), sessionProblem(spec.problem))
  await store.sessions.create({ ...record, estimate: cost }, owner, most)
  return id
}
