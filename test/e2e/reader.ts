import assert from 'node:assert/strict'
import type { FlowPage, Job, JobEvent, MetricsPage, StreamMessage, UnrollClient } from '@unroll/client'
import { eventually } from './service.ts'

/** Rows of a run as their reader merges them, by step; what a row has is compared, so that its kind does not matter. */
export class MergedLine {
  readonly steps: number[] = []
  readonly values: unknown[] = []
  /** Steps of rows that became void as the run was taken up again. */
  readonly voided: number[] = []

  /** @throws {AssertionError} when a row comes twice, or before one of an earlier step */
  add(
    { steps, resumed_from_step: resumed = Infinity }: Pick<MetricsPage, 'steps' | 'resumed_from_step'>,
    values: unknown[],
  ): void {
    const kept = this.steps.filter((step) => step <= resumed).length
    this.voided.push(...this.steps.splice(kept))
    this.values.splice(kept)
    for (const [at, step] of steps.entries()) {
      const last = this.steps.at(-1) ?? 0
      assert.ok(step > last, `step ${step} comes behind step ${last}`)
      this.steps.push(step)
      this.values.push(values[at])
    }
  }
}

/** What a run tells: its rows, its flow and its log. */
export class Told {
  readonly rows: MergedLine = new MergedLine()
  readonly flow: MergedLine = new MergedLine()
  readonly log: JobEvent[] = []

  addRows(page: MetricsPage): void {
    const measured = page.steps.map((_, at) =>
      Object.fromEntries(
        Object.entries(page.series).flatMap(([name, values]) => (values[at] === null ? [] : [[name, values[at]]])),
      ),
    )
    this.rows.add(page, measured)
  }

  addFlow(page: FlowPage): void {
    this.flow.add(
      page,
      page.steps.map((_, at) => [page.log10_norm[at], page.cell_state?.[at]]),
    )
  }

  /** Steps of the checkpoints that count, oldest first. */
  get checkpoints(): number[] {
    return this.log.flatMap(({ code, data }) => (code === 'checkpoint_written' ? [Number(data['step'])] : []))
  }
}

/** Somebody who reads the stream of a run to its end. */
export class Reader {
  readonly told: Told = new Told()
  #end: Job | undefined
  #failure: unknown

  constructor(stream: AsyncIterable<StreamMessage>) {
    void this.#read(stream).catch((error: unknown) => (this.#failure = error))
  }

  /** Resolves once what was told so far `holds`. @throws what reading failed with */
  async until(what: string, holds: (told: Told) => Promise<boolean> | boolean): Promise<void> {
    await this.#eventually(what, async () => (await holds(this.told)) || undefined)
  }

  /** The job as it ended, once that is told. @throws what reading failed with */
  async end(): Promise<Job> {
    return await this.#eventually('the end is told', () => this.#end)
  }

  async #eventually<T>(what: string, probe: () => Promise<T | undefined> | T | undefined): Promise<T> {
    return await eventually(what, () => {
      if (this.#failure !== undefined) throw this.#failure
      return probe()
    })
  }

  async #read(stream: AsyncIterable<StreamMessage>): Promise<void> {
    for await (const { type, data } of stream) {
      if (type === 'metrics') this.told.addRows(data)
      if (type === 'flow') this.told.addFlow(data)
      if (type === 'event' || type === 'checkpoint') this.told.log.push(data)
      if (type === 'end') this.#end = data
    }
  }
}

/** What a run that has ended tells somebody who polls. */
export async function polled(client: UnrollClient, id: string): Promise<Told> {
  const told = new Told()
  for (let after = '0.0', isDone = false; !isDone;) {
    const page = await client.jobs.metrics(id, { after })
    told.addRows(page)
    after = page.cursor
    isDone = page.done
  }
  for (let after = '0.0', isDone = false; !isDone;) {
    const page = await client.jobs.flow(id, { after })
    told.addFlow(page)
    after = page.cursor
    isDone = page.done
  }
  for await (const entry of client.jobs.eachEvent(id)) told.log.push(entry)
  return told
}
