import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MetricRow } from '@unroll/contract'
import { testApp, type TestApp, type TestAppOptions } from './app.ts'
import { run, type Run } from './run.ts'

export interface Streamed extends TestApp {
  job: Run
  /** Address of the job's stream. */
  url: string
}

/** A service that listens, and a job of it that a worker has. */
export async function streamed(t: TestContext, options: TestAppOptions = {}): Promise<Streamed> {
  const service = await testApp(t, options)
  const baseUrl = await service.app.listen({ host: '127.0.0.1', port: 0 })
  const job = await run(service)
  return { ...service, job, url: `${baseUrl}/v1/jobs/${job.id}/stream` }
}

/** Numbers that JSON cannot carry, and a flow at every other step. */
function rowAt(step: number): MetricRow {
  const layer = { h: Float32Array.of(NaN, -Infinity, -step, 0), c: Float32Array.of(1, 2, 3, 4) }
  const loss = [1 / step, NaN, Infinity, -Infinity][step % 4] ?? 0
  return { step, series: { loss, grad_norm: step }, ...(step % 2 === 0 && { flow: [layer, layer] }) }
}

export function rowsFrom(first: number, last: number): MetricRow[] {
  return Array.from({ length: last - first + 1 }, (_, at) => rowAt(first + at))
}

/** Resolves once `holds`. */
export async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const until = performance.now() + 60_000
  while (!(await holds())) {
    assert.ok(performance.now() < until, `Waited in vain until ${what}`)
    await sleep(20)
  }
}
