import { UnrollError, type JobSpec } from '@unroll/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../types.ts'
import { inSeconds } from './rate_headers.ts'

/**
 * Steps of training that a job asks for.
 *
 * @param from the step that it goes on from
 * @returns with those of its fork, if it forks itself at a finding: nobody asks for that job
 */
export function countSteps({ training, on_finding: action }: JobSpec, from = 0): number {
  return training.max_steps - from + (action === 'fork' ? training.max_steps : 0)
}

/**
 * Makes jobs that ask for so many steps of training. Steps of what is not made, or was made before, are given back.
 *
 * @throws {UnrollError} RATE_LIMITED where the owner has asked for too many today, and what `make` throws
 */
export async function spendSteps<Made extends { replayed: boolean }>(
  app: App,
  { caller }: FastifyRequest,
  reply: FastifyReply,
  steps: number,
  make: () => Promise<Made>,
): Promise<Made> {
  const quota = caller.quotas.steps
  if (quota === undefined) return await make()
  const { quotas } = app.store
  const { taken, left, endsInMs } = await quotas.take(quota, { least: steps })
  if (taken === 0) {
    reply.header('retry-after', inSeconds(endsInMs))
    throw new UnrollError(
      'RATE_LIMITED',
      `Cannot take ${steps} steps of training: owner "${quota.subject}" has ${left} of ${quota.most} steps left today (limit steps)`,
    )
  }
  const giveBack = () =>
    quotas.giveBack(quota, steps).catch((error: unknown) => app.log.warn(error, 'steps not given back'))
  const made = await make().catch(async (error: unknown) => {
    await giveBack()
    throw error
  })
  if (made.replayed) await giveBack()
  return made
}
