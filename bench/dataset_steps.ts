// What a step on a data set costs beside a step on a task of the same shapes: vectors of 2, T steps, one number answered.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseJobSpec, planSequences, usesDataset, type JobSpec } from '@unroll/contract'
import { ingest, openSequences } from '@unroll/datasets'
import { selectEngine } from '@unroll/engines'
import { openFeed, type Feed, type OpenedDataset } from '@unroll/tasks'
import { train } from '@unroll/trainer'
import type { DataResult } from './tables/data.ts'
import { median, timePairs } from './timing.ts'

const T = 100
const SEQUENCES = 4096
const STEPS = 120
/** Steps of a run that do not count: the first ones open the graph. */
const WARM_UP = 20

/** Pairs of runs, which goes first changing from pair to pair. */
export async function compareSteps(pairs: number): Promise<DataResult['steps']> {
  const { engine } = await selectEngine('auto')
  const onTask = specOf({ task: 'adding' })
  const onData = specOf({ dataset: 'ds_0123456789abcdefghij', problem: 'regression', validation_fraction: 0 })
  const dataset = await openDataset(onData)
  const times = await timePairs(
    async () => stepMs(engine, onTask, await openFeed(onTask)),
    async () => stepMs(engine, onData, await openFeed(onData, dataset)),
    pairs,
  )
  return {
    engine: `${engine.name} ${engine.backend}`,
    pairs,
    task_ms: median(times.map(([task]) => task)),
    data_ms: median(times.map(([, data]) => data)),
    ratio: median(times.map(([task, data]) => data / task)),
  }
}

function specOf(data: object): JobSpec {
  const parsed = parseJobSpec({
    model: { cell: 'lstm', hidden_size: 64 },
    data,
    sequence_length: T,
    training: { batch_size: 32, max_steps: STEPS },
  })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults))
  return parsed.value
}

/** The median time of a step of a run, from one to the next. */
async function stepMs(engine: Parameters<typeof train>[0], spec: JobSpec, feed: Feed): Promise<number> {
  const ends: number[] = []
  await train(engine, spec, feed, {
    signal: new AbortController().signal,
    clock: () => performance.now(),
    onRow: () => {},
    onStep: () => void ends.push(performance.now()),
    onEvent: () => {},
    onCheckpoint: () => Promise.resolve(),
  })
  return median(ends.slice(WARM_UP + 1).map((end, at) => end - (ends[WARM_UP + at] ?? NaN)))
}

async function openDataset({ data }: JobSpec): Promise<OpenedDataset> {
  if (!usesDataset(data)) throw new Error('Cannot open the data set of a job on a task')
  const folder = mkdtempSync(join(tmpdir(), 'unroll-bench-data-'))
  const path = join(folder, 'sequences.arrow')
  const reading = ingest(lines(), { format: 'jsonl' })
  const bytes: Uint8Array[] = []
  let next = await reading.next()
  for (; next.done !== true; next = await reading.next()) bytes.push(next.value)
  writeFileSync(path, Buffer.concat(bytes))
  const planned = planSequences(data, next.value.schema)
  if (!('plan' in planned)) throw new Error(JSON.stringify(planned.faults))
  const sequences = openSequences(path)
  rmSync(folder, { recursive: true }) // it stays open
  return { sequences, plan: planned.plan }
}

async function* lines(): AsyncGenerator<Uint8Array> {
  for (let n = 0; n < SEQUENCES; n++) {
    const inputs = Array.from({ length: T }, (_, t) => [Math.sin(n * 7919 + t * 31), t % 50 === n % 50 ? 1 : 0])
    const target = inputs.reduce((sum, [value = 0, mark = 0]) => sum + value * mark, 0)
    yield Buffer.from(`${JSON.stringify({ inputs, target })}\n`)
  }
}
