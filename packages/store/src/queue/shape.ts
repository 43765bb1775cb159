import { createHash } from 'node:crypto'
import type { JobSpec } from '@unroll/contract'

const DIGITS = 16

/**
 * The properties that determine the time of a step: jobs of one shape have one step time on one platform. Values
 * without influence on the work (seeds, rates, thresholds, initialisation, intervals of evaluation and checkpoints) are
 * left out.
 */
export function computeShape(spec: JobSpec): string {
  const { model, data, sequence_length, bptt, clipping, optimizer, training, observe, resources } = spec
  const parts = {
    model: { ...model, init: null },
    data,
    sequence_length,
    bptt,
    clipping: clipping.policy,
    optimizer: optimizer.type,
    batch_size: training.batch_size,
    observe,
    resources: { ...resources, accelerator: null, labels: null, max_memory_bytes: null },
  }
  return createHash('sha256').update(JSON.stringify(parts, inOrder)).digest('hex').slice(0, DIGITS)
}

/** The order of fields is that of the client's request. */
function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
