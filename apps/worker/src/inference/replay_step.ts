import { isDeepStrictEqual } from 'node:util'
import { openArtifacts } from '@unroll/artifacts'
import type { Engine } from '@unroll/bptt'
import type { JobSpec, MetricRow } from '@unroll/contract'
import { armFailpoints, failpoint } from '@unroll/failpoints'
import { openFeed } from '@unroll/tasks'
import { replay } from '@unroll/trainer'
import type { FromChild, ToChild } from '../protocol.ts'
import { openDataset } from '../training/dataset.ts'
import { identifyEngine } from '../training/engine_identity.ts'
import { readSaved } from '../training/resume.ts'
import { RowBuffer } from '../training/row_buffer.ts'
import { readStart } from '../training/start.ts'

/** A replay that nobody waits for is killed. */
const NEVER = new AbortController().signal

/** Computes the steps after a checkpoint again beside training, on the CPU: a GPU belongs to the jobs of its slots. */
export async function replayStep(
  { checkpoint, step, observe, ...task }: Extract<ToChild, { type: 'replay' }>,
  { engine: opening, send }: { engine: Promise<Engine>; send: (message: FromChild) => void },
): Promise<void> {
  if (task.faults !== undefined) armFailpoints(task.faults)
  const spec = toCpu(task.spec)
  const artifacts = openArtifacts(task.artifacts)
  const dataset = await openDataset(spec, task, artifacts)
  const feed = await openFeed(spec, dataset)
  const saved = checkpoint === null ? undefined : await readSaved(artifacts, checkpoint)
  const engine = await opening
  failpoint('replay.opened')
  const { job, fork } = task
  const start = await readStart({ artifacts, job, spec, feed, dataset, engine, fork, saved }, () => NEVER)
  const buffer = new RowBuffer(
    (rows, newest) => send({ type: 'rows', rows, step: newest }),
    () => performance.now(),
  )
  const onRow = (row: MetricRow) => {
    buffer.add(row)
    buffer.advanceTo(row.step)
  }
  const replayed = await replay(engine, spec, feed, { from: start?.state, step, observe, onRow })
  buffer.flush()
  const isSame = saved === undefined || isDeepStrictEqual(identifyEngine(engine), saved.manifest.engine)
  send({ type: 'replayed', replayed, engine: { name: engine.name, device: engine.backend, is_same: isSame } })
}

/** The specification of what is computed beside training. */
export function toCpu(spec: JobSpec): JobSpec {
  return { ...spec, resources: { ...spec.resources, accelerator: 'cpu', gpus: 1 } }
}
