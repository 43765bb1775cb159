// What the routes share that answer with the newest observation of a run, or the newest up to a step.

import type { Job } from '@unroll/contract'
import type { Metrics } from '@unroll/store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type, type TInteger, type TOptional } from 'typebox'
import { formatFor, written, type Table } from '../metrics/formats.ts'
import { isKnown } from '../metrics/freshness.ts'
import type { App } from '../types.ts'

/** The query parameter. */
export const UP_TO_STEP: TOptional<TInteger> = Type.Optional(
  Type.Integer({
    minimum: 1,
    maximum: 100_000_000,
    description: 'The training step, or the last observed one before it; the newest by default.',
  }),
)

interface Observed<Answer> {
  id: string
  answer: (metrics: Metrics, job: Job) => Promise<Answer>
  tableOf: (answer: Answer) => Table
}

/** Sends an answer in the format that is asked for, or 304 to a client that has it. @throws {UnrollError} JOB_NOT_FOUND */
export async function sendObserved<Answer>(
  { store: { jobs, metrics } }: Pick<App, 'store'>,
  request: FastifyRequest,
  reply: FastifyReply,
  { id, answer, tableOf }: Observed<Answer>,
): Promise<FastifyReply> {
  const format = formatFor(request, reply)
  const head = await metrics.head(id)
  if (isKnown(request, reply, head, format.tag)) return reply.code(304).send()
  const found = await answer(metrics, await jobs.get(id))
  return reply.type(format.type).send(written(format, found, tableOf))
}
