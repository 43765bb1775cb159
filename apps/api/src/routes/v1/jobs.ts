import {
  Estimate,
  JOB_STATUSES,
  Job,
  JobSpecSchema,
  Metadata,
  idPattern,
  pageSchema,
  type JobSpec,
} from '@unroll/contract'
import { Type } from 'typebox'
import { visibleOwner } from '../../access/caller.ts'
import { SUBMISSION_REFUSALS, answer, answers } from '../../document/answers.ts'
import { IDEMPOTENCY_HEADERS, creationHeaders, fingerprintRequest } from '../../jobs/idempotency.ts'
import { sealJob } from '../../notify/receivers.ts'
import { createJob, prepareJob } from '../../jobs/creation.ts'
import { refuseUnheard } from '../../jobs/listening.ts'
import { limitUnended } from '../../limits/policy.ts'
import { countSteps, spendSteps } from '../../limits/steps.ts'
import type { App } from '../../types.ts'
import { pageQuery, parameters } from '../parameters.ts'
import { CELLS } from './catalogue.ts'

const DryRun = Type.Object(
  {
    object: Type.Literal('dry_run'),
    spec: JobSpecSchema,
    estimate: Estimate,
    initialisation: Job.properties.initialisation,
    queue: { ...Job.properties.queue, description: 'The position and the waiting reason of the job in line.' },
  },
  { title: 'DryRun' },
)

const CREATE = {
  operationId: 'createJob',
  tags: ['jobs'],
  summary: 'Submits a job, or with dry_run validates it and returns its cost and what it would wait for.',
  body: JobSpecSchema,
  querystring: parameters({
    dry_run: Type.Boolean({
      default: false,
      description: 'Stores nothing; returns the specification with defaults, its cost and its place in line.',
    }),
  }),
  headers: IDEMPOTENCY_HEADERS,
  response: answers(
    {
      200: answer(DryRun, 'With dry_run: the job, its cost and what it would wait for.'),
      201: answer(Job, 'The job with every default filled in.', creationHeaders('job')),
    },
    SUBMISSION_REFUSALS,
  ),
}

const LIST = {
  operationId: 'listJobs',
  tags: ['jobs'],
  summary: 'Lists jobs, newest first.',
  querystring: pageQuery('job', {
    status: Type.Optional(Type.Enum(JOB_STATUSES, { type: 'string', description: 'Only jobs in this state.' })),
    cell: Type.Optional(Type.Enum(CELLS, { type: 'string', description: 'Only jobs with this cell.' })),
    sweep: Type.Optional(Type.String({ pattern: idPattern('sweep'), description: 'Only jobs of this sweep.' })),
    dataset: Type.Optional(
      Type.String({ pattern: idPattern('dataset'), description: 'Only jobs that train on this data set.' }),
    ),
    metadata: Type.Optional({ ...Metadata, description: 'Only jobs with these pairs: `metadata[team]=vision`.' }),
  }),
  response: answers({ 200: answer(pageSchema(Job), 'A page of jobs.') }, []),
}

export function jobs(app: App): void {
  app.post('/v1/jobs', { schema: CREATE, config: { scope: 'submit' } }, async (request, reply) => {
    const given = request.body as JobSpec // parseJobSpec has read the body and adds more than the type of the schema says.
    const { caller } = request
    const isTrial = request.query.dry_run
    const spec = await sealJob(app, given, { owner: caller.owner, isTrial })
    refuseUnheard(spec)
    const prepared = await prepareJob(app, spec, { owner: visibleOwner(caller) })
    if (isTrial) {
      const { spec: pinned, estimate, first } = prepared
      const queue = await app.store.jobs.outlook(pinned, estimate)
      const initialisation = first?.initialisation ?? null
      return reply.code(200).send({ object: 'dry_run', spec: pinned, estimate, initialisation, queue })
    }
    const idempotency = fingerprintRequest(request, spec)
    const { job, replayed } = await spendSteps(app, request, reply, countSteps(prepared.spec), () =>
      createJob(app, prepared, {
        idempotency,
        owner: caller.owner,
        limits: limitUnended(app, caller),
        traceparent: request.span?.traceparent,
      }),
    )
    request.log.info({ jobId: job.id, cell: spec.model.cell, replayed }, 'job accepted')
    if (replayed) reply.header('idempotent-replayed', 'true')
    return reply.code(201).header('location', `/v1/jobs/${job.id}`).send(job)
  })

  app.get('/v1/jobs', { schema: LIST, config: { scope: 'read' } }, ({ query, caller }) =>
    app.store.jobs.list({ ...query, owner: visibleOwner(caller) }),
  )
}
