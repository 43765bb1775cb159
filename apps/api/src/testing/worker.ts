import type { Worker } from '@unroll/contract'

/** A worker as it says of itself, with a slot that is free. */
export function sampleWorker(more: Partial<Worker> = {}): Worker {
  const now = new Date().toISOString()
  return {
    id: 'wrk_00000000000000000000',
    object: 'worker',
    host: 'node-1',
    pid: 1,
    engine: 'tfjs',
    device: 'wasm',
    engine_reason: 'Engine "wasm" was asked for',
    engine_fallback: false,
    vector_lanes: null,
    accelerator: 'cpu',
    labels: {},
    memory_bytes: 2 ** 30,
    gpus: [],
    slots: [{ job: null }],
    status: 'online',
    started_at: now,
    last_seen_at: now,
    versions: {},
    ...more,
  }
}
