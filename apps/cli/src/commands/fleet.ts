import { setTimeout as sleep } from 'node:timers/promises'
import { ACCELERATOR_CLASSES, labelsText, type AcceleratorClass, type QueueState, type Worker } from '@unroll/client'
import type { Call, Command } from '../command.ts'
import { table } from '../table.ts'
import { describeWarnings } from '../worker_warnings.ts'
import { UsageError } from '../usage_error.ts'

const LOOK_EVERY_MS = 500

export const workers: Command = {
  summary: 'lists the workers and what they train',
  arguments: [],
  example: 'unroll workers',
  async run({ client, terminal, flags, signal }) {
    const page = await client.workers({ signal })
    if (flags['json'] === true) return terminal.out(JSON.stringify(page))
    const rows = page.data.map(({ id, status, host, engine, device, gpus, labels, slots, versions }) => [
      id,
      status,
      host,
      versions['unroll'] ?? 'unknown',
      `${engine} ${device}`,
      String(gpus.length),
      labelsText(labels) || '-',
      slots.map(({ job }) => job ?? 'free').join(' '),
    ])
    const head = ['ID', 'STATUS', 'HOST', 'VERSION', 'ENGINE', 'GPUS', 'LABELS', 'SLOTS']
    for (const line of table([head, ...rows])) terminal.out(line)
    for (const worker of page.data)
      for (const warning of describeWarnings(worker)) terminal.out(`! ${worker.id}: ${warning}`)
  },
}

export const drain: Command = {
  summary: 'has a worker take no more jobs, and hand back those that it trains',
  arguments: ['worker'],
  options: {
    finish: { type: 'boolean', help: 'it trains the jobs that it has to their end first' },
    wait: { type: 'boolean', help: 'go on until it trains no job' },
  },
  example: 'unroll drain wrk_… --wait',
  async run({ client, terminal, given: [id = ''], flags, signal }) {
    const asked = await client.drainWorker(id, { running: flags['finish'] === true ? 'finish' : 'hand_back', signal })
    const worker = flags['wait'] === true ? await untilIdle(asked, { client, terminal, signal }) : asked
    tell(worker, { terminal, flags })
  },
}

export const undrain: Command = {
  summary: 'has a drained worker take jobs again',
  arguments: ['worker'],
  example: 'unroll undrain wrk_…',
  async run({ client, terminal, given: [id = ''], flags, signal }) {
    tell(await client.undrainWorker(id, { signal }), { terminal, flags })
  },
}

function tell(worker: Worker, { terminal, flags }: Pick<Call, 'terminal' | 'flags'>): void {
  const jobs = collectJobs(worker).length
  terminal.out(flags['json'] === true ? JSON.stringify(worker) : `${worker.id} ${worker.status}, trains ${jobs} jobs`)
}

/** The worker once it trains no job, or its last state before it ended. */
async function untilIdle(
  asked: Worker,
  { client, terminal, signal }: Pick<Call, 'client' | 'terminal' | 'signal'>,
): Promise<Worker> {
  let worker = asked
  while (collectJobs(worker).length > 0 && worker.status !== 'lost') {
    terminal.status(`${worker.id} trains ${collectJobs(worker).join(', ')}`)
    await sleep(LOOK_EVERY_MS, undefined, { signal })
    const { data } = await client.workers({ signal })
    worker = data.find(({ id }) => id === worker.id) ?? { ...worker, slots: [] }
  }
  terminal.status('')
  return worker
}

/** The jobs of a worker, each once even if it has several slots. */
function collectJobs({ slots }: Worker): string[] {
  return [...new Set(slots.flatMap(({ job }) => job ?? []))]
}

export const queue: Command = {
  summary: 'shows how many jobs wait, and for how long',
  arguments: [],
  example: 'unroll queue',
  async run({ client, terminal, flags, signal }) {
    const state = await client.queue({ signal })
    if (flags['json'] === true) return terminal.out(JSON.stringify(state))
    const rows = state.lines.map(({ accelerator, depth, workers: able, free_slots: free, labels }) => [
      accelerator,
      String(depth),
      String(able),
      String(free),
      labelsText(labels),
    ])
    for (const line of table([['ACCELERATOR', 'JOBS', 'WORKERS', 'FREE SLOTS', 'LABELS'], ...rows])) terminal.out(line)
    for (const line of pausedLines(state)) terminal.out(line)
  },
}

export const pauseQueue: Command = {
  ...steeringQueue('hands out no more jobs until the queue is resumed; those that train go on', (call, accelerator) =>
    call.client.pauseQueue({ accelerator, signal: call.signal }),
  ),
  example: 'unroll pause-queue --accelerator gpu',
}

export const resumeQueue: Command = {
  ...steeringQueue('hands out jobs again', (call, accelerator) =>
    call.client.resumeQueue({ accelerator, signal: call.signal }),
  ),
  example: 'unroll resume-queue',
}

/** A command that changes one queue or all queues, and prints which are paused. */
function steeringQueue(
  summary: string,
  ask: (call: Call, accelerator: AcceleratorClass | undefined) => Promise<QueueState>,
): Omit<Command, 'example'> {
  return {
    summary,
    arguments: [],
    options: {
      accelerator: {
        type: 'string',
        value: 'class',
        help: `only jobs that ask for this: ${ACCELERATOR_CLASSES.join(', ')} (else all)`,
      },
    },
    async run(call) {
      const { terminal, text, flags } = call
      const state = await ask(call, parseAccelerator(text['accelerator']))
      if (flags['json'] === true) return terminal.out(JSON.stringify(state))
      const lines = pausedLines(state)
      for (const line of lines.length > 0 ? lines : ['no queue is paused']) terminal.out(line)
    },
  }
}

function parseAccelerator(text: string | undefined): AcceleratorClass | undefined {
  const wanted = ACCELERATOR_CLASSES.find((known) => known === text)
  if (text !== undefined && wanted === undefined)
    throw new UsageError(`--accelerator must be one of ${ACCELERATOR_CLASSES.join(', ')}: current value is "${text}"`)
  return wanted
}

/** A line for each queue that is paused. */
function pausedLines({ lines }: QueueState): string[] {
  const since = new Map(lines.map(({ accelerator, paused_at: at }) => [accelerator, at]))
  return [...since].flatMap(([name, at]) => (at === null ? [] : [`! the queue "${name}" is paused since ${at}`]))
}
