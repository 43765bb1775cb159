import { createHash } from 'node:crypto'
import type { JobSpec } from '@unroll/contract'

const DIGITS = 16

/**
 * What a step takes its time by: jobs of one shape train at one pace on one platform. Values that the work does not depend on
 * (seeds, rates, thresholds, initialisation, how often something is evaluated or saved) are left out.
 */
export function shapeOf(spec: JobSpec): string {
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

/** Fields come in the order in which a client sent them. */
function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
