import { Sweep, SweepDryRun, SweepSpecSchema, SweepSummary, pageSchema, type SweepSpec } from '@unroll/contract'
import { Type } from 'typebox'
import { visibleOwner } from '../../access/caller.ts'
import { SUBMISSION_REFUSALS, answer, answers } from '../../document/answers.ts'
import { IDEMPOTENCY_HEADERS, creationHeaders, fingerprintRequest } from '../../jobs/idempotency.ts'
import { sealTemplate } from '../../notify/receivers.ts'
import { admitSweep } from '../../sweeps/admission.ts'
import { advance } from '../../sweeps/advance.ts'
import { describeDryRun, summariseSweep, describeSweep } from '../../sweeps/view.ts'
import { limitUnended } from '../../limits/policy.ts'
import { spendSteps } from '../../limits/steps.ts'
import type { App } from '../../types.ts'
import { pageQuery, parameters } from '../parameters.ts'

const CREATE = {
  operationId: 'createSweep',
  tags: ['sweeps'],
  summary: 'Submits many jobs from one template: every combination of some values, or samples, or successive halving.',
  description: 'With dry_run it validates every job and returns the trials and their cost.',
  body: SweepSpecSchema,
  querystring: parameters({
    dry_run: Type.Boolean({ default: false, description: 'Stores nothing; returns the trials and their cost.' }),
  }),
  headers: IDEMPOTENCY_HEADERS,
  response: answers(
    {
      200: answer(SweepDryRun, 'With dry_run: the sweep and its cost.'),
      201: answer(
        Sweep,
        'The sweep with every default filled in, except those of its template.',
        creationHeaders('sweep'),
      ),
    },
    SUBMISSION_REFUSALS,
  ),
}

const LIST = {
  operationId: 'listSweeps',
  tags: ['sweeps'],
  summary: 'Lists sweeps, newest first, without their runs.',
  querystring: pageQuery('sweep'),
  response: answers({ 200: answer(pageSchema(SweepSummary), 'A page of sweeps.') }, []),
}

export function sweeps(app: App): void {
  app.post('/v1/sweeps', { schema: CREATE, config: { scope: 'submit' } }, async (request, reply) => {
    const spec = request.body as SweepSpec // parseSweepSpec has read the body and adds more than the type of the schema says
    const { estimates, steps, ...admitted } = await admitSweep(app, spec, {
      owner: visibleOwner(request.caller),
      hasLeft: () => reply.raw.destroyed,
    })
    const isTrial = request.query.dry_run
    admitted.spec = await sealTemplate(app, admitted.spec, { owner: request.caller.owner, isTrial })
    if (isTrial) return reply.code(200).send(describeDryRun(admitted, estimates))
    const idempotency = fingerprintRequest(request, spec)
    const { caller, span } = request
    const sweep = {
      ...admitted,
      owner: caller.owner,
      limits: limitUnended(app, caller),
      traceparent: span?.traceparent,
    }
    const { id, replayed } = await spendSteps(app, request, reply, steps, () =>
      app.store.sweeps.create(sweep, idempotency),
    )
    // The sweep is accepted by now: the keeper does the remaining work.
    await advance(app, id).catch((error: unknown) =>
      request.log.warn({ err: error, sweep: id }, 'sweep not advanced yet'),
    )
    request.log.info({ sweepId: id, trials: admitted.trials.length, replayed }, 'sweep accepted')
    if (replayed) reply.header('idempotent-replayed', 'true')
    return reply
      .code(201)
      .header('location', `/v1/sweeps/${id}`)
      .send(describeSweep(await app.store.sweeps.get(id)))
  })

  app.get('/v1/sweeps', { schema: LIST, config: { scope: 'read' } }, async (request, reply) => {
    const page = await app.store.sweeps.list({ ...request.query, owner: visibleOwner(request.caller) })
    return reply.send({ ...page, data: page.data.map(summariseSweep) })
  })
}
