// An offline run of W&B. The `.wandb` file is an internal format of its client, so that the client itself writes it: a Python
// with `wandb` gets the rows on its standard input.

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { named } from '../../named_numbers.ts'
import { UsageError } from '../../usage_error.ts'
import { countHistogram } from '../histogram.ts'
import type { Run, RunBatch } from '../run_rows.ts'
import { WRITE_OFFLINE_RUN } from './write_offline_run.ts'

const PYTHON = 'python3'
/** The tags of the distribution of a list over its time steps begin with it. */
const HISTOGRAM = 'histogram/'

export interface OfflineRun {
  /** The folder that `wandb` is made in. */
  readonly folder: string
  readonly project: string
  readonly signal: AbortSignal
}

/**
 * Has the client write a run: the specification as its configuration, each number and list a value of its step.
 *
 * @returns the folder of the run
 * @throws {UsageError} without a Python that has the client
 * @throws {Error} with what the client says
 */
export async function writeOfflineRun(run: Run, { folder, project, signal }: OfflineRun): Promise<string> {
  await mkdir(folder, { recursive: true })
  const python = spawn(PYTHON, ['-c', WRITE_OFFLINE_RUN, folder], { signal })
  await once(python, 'spawn').catch((cause: unknown) => {
    throw new UsageError(`--to wandb-offline needs ${PYTHON} with wandb (pip install wandb): there is no ${PYTHON}`, {
      cause,
    })
  })
  const [out, err, code] = await Promise.all([
    text(python.stdout),
    text(python.stderr),
    exitCode(python),
    feed(python, run, project),
  ])
  if (code === 0) return out.trim()
  const why = err.trim().split('\n').at(-1) ?? ''
  throw new UsageError(`--to wandb-offline needs ${PYTHON} with wandb (pip install wandb): ${why}`)
}

async function exitCode(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, 'exit')) as [number | null]
  return code
}

/** A client that fails stops reading: what it says is the error to report. */
async function feed({ stdin }: ChildProcess, run: Run, project: string): Promise<void> {
  await pipeline(Readable.from(writeLines(run, project)), stdin!).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

/** The run, then a line for each step. JSON has no Inf and NaN: they are their names. */
async function* writeLines({ job, batches }: Run, project: string): AsyncGenerator<string> {
  yield `${JSON.stringify({ project, id: job.id, name: job.name, config: job.spec })}\n`
  for await (const batch of batches)
    for (const [row, step] of batch.steps.entries())
      yield `${JSON.stringify({ step, time: batch.times[row]! / 1_000, ...readRow(batch, row) }, named)}\n`
}

function readRow({ numbers, lists }: RunBatch, row: number) {
  const measured = Array.from(numbers, ([name, values]) => [name, values[row] ?? null] as const)
  const flows = Array.from(lists, ([name, all]) => [name, all[row]?.filter((norm) => norm !== null) ?? []] as const)
  const known = flows.filter(([, norms]) => norms.length > 0)
  const histograms = known.flatMap(([name, norms]) => {
    const histogram = countHistogram(norms)
    return histogram === undefined ? [] : [[HISTOGRAM + name, [histogram.counts, [histogram.min, ...histogram.edges]]]]
  })
  return {
    numbers: Object.fromEntries(measured.filter(([, value]) => value !== null)),
    lists: Object.fromEntries(known),
    histograms: Object.fromEntries(histograms) as Record<string, unknown>,
  }
}
