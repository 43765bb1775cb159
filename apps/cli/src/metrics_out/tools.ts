// What `unroll export --to` writes, by the tool that opens it. Writers that are larger than the rest of the program, or use what
// nothing else does, are loaded when they are asked for.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { csvChunks } from './csv.ts'
import { writeWhole } from './output_file.ts'
import type { Run } from './run_rows.ts'

export interface Export {
  /** Starts to read the run, each time from its first row. */
  openRun: () => Promise<Run>
  /** The value of `--output`. */
  output: string
  /** The value of `--experiment`. */
  experiment: string
  /** Signs in to a server that wants it. */
  token: string | undefined
  signal: AbortSignal
}

interface Tool {
  /** What `--output` names. */
  output: string
  /** Writes a run, and says where. */
  write(wanted: Export): Promise<string>
}

export const TOOLS: Readonly<Record<string, Tool>> = {
  tensorboard: {
    output: 'folder of logs',
    async write({ openRun, output }) {
      const { eventFileChunks } = await import('./tensorboard/event_file.ts')
      const run = await openRun()
      const folder = join(output, run.job.id)
      await mkdir(folder, { recursive: true })
      const seconds = Math.floor(Date.parse(run.job.created_at) / 1_000)
      // The same name each time: a second event file in a folder would double the curves.
      const file = join(folder, `events.out.tfevents.${seconds}.unroll`)
      await writeWhole(file, eventFileChunks(run))
      return file
    },
  },
  mlflow: {
    output: 'address of the server',
    async write({ openRun, output, experiment, token, signal }) {
      const { TrackingServer } = await import('./mlflow/tracking_server.ts')
      const { trackRun } = await import('./mlflow/tracked_run.ts')
      const server = new TrackingServer({ uri: output, token, signal })
      const { run, metrics, hasRows } = await trackRun(server, { openRun, experiment })
      const without = hasRows ? '' : ', without the flow, as this server does not store artifacts itself'
      return `run ${run}, ${metrics} metrics${without}`
    },
  },
  'wandb-offline': {
    output: 'folder, in which wandb is made',
    async write({ openRun, output, experiment, signal }) {
      const { writeOfflineRun } = await import('./wandb/offline_run.ts')
      const run = await writeOfflineRun(await openRun(), { folder: output, project: experiment, signal })
      return `${run}, which "wandb sync" uploads`
    },
  },
  csv: { output: 'file', write: (wanted) => writeRows(wanted, async () => csvChunks) },
  arrow: { output: 'file', write: (wanted) => writeRows(wanted, async () => (await import('./arrow.ts')).arrowChunks) },
  parquet: {
    output: 'file',
    write: (wanted) => writeRows(wanted, async () => (await import('./parquet.ts')).parquetChunks),
  },
}

async function writeRows(
  { openRun, output }: Export,
  loadFormat: () => Promise<(run: Run) => AsyncIterable<Uint8Array | string>>,
): Promise<string> {
  const format = await loadFormat()
  await writeWhole(output, format(await openRun()))
  return output
}
