import type { Engine } from '@unroll/bptt'
import { parseJobSpec } from '@unroll/contract'
import { openFeed } from '@unroll/tasks'
import { train } from '@unroll/trainer'

const SAMPLE = {
  model: { cell: 'lstm', hidden_size: 2 },
  data: { task: 'adding' },
  sequence_length: 4,
  training: { batch_size: 2, max_steps: 2, evaluate_every: 2 },
}

const ignore = (): void => {}

/** Trains a run of two tiny steps without any report, so that the extra time of a first run is already spent. */
export async function trainSample(engine: Engine): Promise<void> {
  const parsed = parseJobSpec(SAMPLE)
  if (!parsed.ok) throw new TypeError(`Cannot train the sample: ${JSON.stringify(parsed.faults)}`)
  await train(engine, parsed.value, await openFeed(parsed.value), {
    signal: new AbortController().signal,
    clock: () => performance.now(),
    onRow: ignore,
    onStep: ignore,
    onEvent: ignore,
    onCheckpoint: () => Promise.resolve(),
  })
}
