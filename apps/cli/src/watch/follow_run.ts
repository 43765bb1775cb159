// Loaded once a run is watched, so that no other command waits for it.

import type { FlowPage, FlowTile, Job, StreamMessage } from '@unroll/client'
import type { Call } from '../command.ts'
import { logLine, shortLogLine } from '../log_lines.ts'
import { formatJob } from '../commands/jobs.ts'
import { named } from '../named_numbers.ts'
import { RunView, SHOWN } from '../run_view.ts'
import { drawScreen, planMaps } from './screen.ts'

const TYPES = ['status', 'metrics', 'event', 'checkpoint'] as const
/** Shares of a run after which a line tells its progress where no terminal shows it. */
const TOLD_EVERY = 0.1
/** Between two looks at the flow. */
const FLOW_EVERY_MS = 1_500
/** Two time steps in each line of a map. */
const MOST_TIMESTEPS = 16
const MOST_STEPS = 512

/** Prints the messages of the run, one a line. @returns the ended job */
export async function followInJson({ client, terminal, signal }: Call, id: string): Promise<Job> {
  const view = new RunView(await client.jobs.get(id, { signal }))
  for await (const message of client.stream(id, { types: TYPES, signal })) {
    view.hear(message)
    terminal.out(JSON.stringify(message.data, named))
  }
  return view.job
}

/** Prints the log, a line for each tenth of the run, and what came of it. @returns the ended job */
export async function followInLines({ client, terminal, signal }: Call, id: string): Promise<Job> {
  const view = new RunView(await client.jobs.get(id, { signal }))
  let told = 0
  for await (const message of client.stream(id, { types: TYPES, series: SHOWN, signal })) {
    view.hear(message)
    const share = view.newest.step / view.job.progress.max_steps
    if (isLogged(message)) terminal.out(logLine(message.data))
    else if (message.type === 'metrics' && share >= told + TOLD_EVERY && share < 1) {
      told = Math.floor(share / TOLD_EVERY) * TOLD_EVERY
      terminal.out(view.line())
    }
  }
  for (const line of [view.line(), formatJob(view.job)]) terminal.out(line)
  return view.job
}

/** Keeps a picture of the run below its log. @returns the ended job */
export async function followOnScreen({ client, terminal, signal }: Call, id: string): Promise<Job> {
  const view = new RunView(await client.jobs.get(id, { signal }))
  const flow = new FlowReader({ client, terminal, signal }, view)
  let isOver = false
  const draw = () => {
    const screen = terminal.screen()
    return screen === undefined ? view.line() : drawScreen(view, flow.layers, screen)
  }
  terminal.status(draw())
  for await (const message of client.stream(id, { types: TYPES, series: SHOWN, signal })) {
    view.hear(message)
    if (isLogged(message)) {
      terminal.status('')
      const columns = terminal.screen()?.columns ?? Infinity
      for (const line of shortLogLine(message.data, { columns, bits: terminal.bits })) terminal.out(line)
    }
    flow.readSometimes(() => isOver || terminal.status(draw()))
    terminal.status(draw())
  }
  isOver = true
  await flow.read().catch(() => {}) // the run has ended, with or without its picture
  terminal.status('')
  for (const line of [draw(), formatJob(view.job)]) terminal.out(line)
  return view.job
}

function isLogged(message: StreamMessage): message is Extract<StreamMessage, { type: 'event' | 'checkpoint' }> {
  return message.type === 'event' || message.type === 'checkpoint'
}

/** The flow of the layers that have room on the screen, read now and then: a request has a picture of any run. */
class FlowReader {
  layers: readonly (FlowPage | FlowTile)[] = []
  readonly #call: Pick<Call, 'client' | 'terminal' | 'signal'>
  readonly #view: RunView
  #isReading = false
  #readAt = -Infinity

  constructor(call: Pick<Call, 'client' | 'terminal' | 'signal'>, view: RunView) {
    this.#call = call
    this.#view = view
  }

  /** Reads unless it has just done so; a flow that cannot be read is not shown. */
  readSometimes(onRead: () => void): void {
    if (this.#isReading || performance.now() - this.#readAt < FLOW_EVERY_MS) return
    void this.read().then(onRead, () => {})
  }

  async read(): Promise<void> {
    const { client, terminal, signal } = this.#call
    const { id, spec } = this.#view.job
    const screen = terminal.screen()
    if (spec.observe.flow_every === 0 || screen === undefined) return
    this.#isReading = true
    try {
      const query = { max_steps: Math.min(MOST_STEPS, screen.columns), max_timesteps: MOST_TIMESTEPS }
      const first = await client.jobs.flowTile(id, { ...query, layer: 0 }, { signal })
      const shown = planMaps(screen, first.layers)?.shown ?? 0
      const others = Array.from({ length: Math.max(0, shown - 1) }, (_, at) =>
        client.jobs.flowTile(id, { ...query, layer: at + 1 }, { signal }),
      )
      this.layers = [first, ...(await Promise.all(others))]
    } finally {
      this.#isReading = false
      this.#readAt = performance.now()
    }
  }
}
