import { createHash } from 'node:crypto'
import { CheckpointCorruptError } from '@unroll/artifacts'
import { UnrollError, type Job, type RecordedFinding } from '@unroll/contract'
import type { FastifyBaseLogger } from 'fastify'
import type { Sealing } from '../notify/receivers.ts'
import { inRounds, type Rounds } from '../rounds.ts'
import type { Services } from '../types.ts'
import type { Made } from './fork.ts'
import { forkStep } from './fork_step.ts'
import { nameChanges } from './proposals.ts'
import { retryJob, type Retrying } from './retry.ts'

/** Milliseconds between two looks: the delay after which a new job goes on from the finding of another. */
const EVERY_MS = 500

type Needed = Pick<Services, 'store' | 'artifacts'> & Sealing

/** Forks jobs that ended at a finding for it, until it is closed. Several processes may run it at the same time. */
export function keepFindingForks(services: Needed, log: Pick<FastifyBaseLogger, 'info' | 'warn'>): Rounds {
  const told = (err: unknown, jobId?: string) => log.warn({ err, jobId }, 'job not forked at its finding yet')
  const round = async () => {
    for (const id of await services.store.findingForks.due())
      await settleFork(services, id)
        .then((fork) => log.info({ jobId: id, ...fork }, 'fork at a finding settled'))
        .catch((error: unknown) => told(error, id))
  }
  return inRounds(EVERY_MS, round, told)
}

/**
 * Makes the job that goes on from the finding of another, or tells why there is none. A repetition finds the job that was
 * made before.
 *
 * @throws {UnrollError} STORE_UNAVAILABLE
 * @throws {ArtifactReadError | ArtifactWriteError}
 */
export async function settleFork(services: Needed, id: string): Promise<{ job: string } | { why: string }> {
  const fork = await makeFork(services, id).then(
    ({ job }) => ({ job: job.id }),
    (error: unknown) => {
      if (!(error instanceof UnrollError) || error.code === 'STORE_UNAVAILABLE') throw error
      return { why: error.message }
    },
  )
  await services.store.findingForks.settle(id, fork)
  return fork
}

async function makeFork(services: Needed, id: string): Promise<Made> {
  const { store } = services
  const job = await store.jobs.get(id)
  const finding = (await store.findings.list(id)).find(({ code }) => code === job.error?.code)
  if (!finding?.changes)
    throw new UnrollError('INVALID_REQUEST', 'Cannot fork the job as its finding proposes no change')
  return await goOn(services, job, finding, {
    owner: undefined, // data and weights of the job are known to be its owner's
    idempotency: { key: `\nfork:${id}`, owner: await store.owners.find('job', id), fingerprint: digest(finding) },
    spend: (_steps, make) => make(), // counted when the job was submitted
  })
}

/**
 * From the step of the finding; from the start where the change is of what the weights depend on, such as the cell, or
 * where the numbers of that step are not finite.
 */
async function goOn(services: Needed, job: Job, finding: RecordedFinding, options: Retrying): Promise<Made> {
  // A finding of the new job is for a person: no chain of forks is without an end.
  const changes = { ...nameChanges(job, finding.changes ?? {}), on_finding: 'notify' }
  const fromStart = () => retryJob(services, job.id, { changes }, options)
  if (!hasFiniteFigures(finding)) return await fromStart()
  try {
    return await forkStep(services, job.id, { step: finding.first_step, changes }, options)
  } catch (error) {
    if (!isUnsuitable(error)) throw error
    return await fromStart()
  }
}

/** The name of a number that JSON cannot carry stands for one that is not finite. */
function hasFiniteFigures({ evidence }: RecordedFinding): boolean {
  return Object.values(evidence.figures).every((figure) => typeof figure === 'number')
}

function isUnsuitable(error: unknown): boolean {
  if (error instanceof CheckpointCorruptError) return true
  return error instanceof UnrollError && ['CHECKPOINT_UNSUITABLE', 'STEP_OUT_OF_REACH'].includes(error.code)
}

function digest(finding: RecordedFinding): string {
  return createHash('sha256').update(finding.code).digest('hex')
}
