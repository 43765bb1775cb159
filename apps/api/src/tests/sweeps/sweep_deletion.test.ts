import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SweepDryRun, type Estimate, type Sweep } from '@unroll/contract'
import { advance } from '../../sweeps/advance.ts'
import { JOB, assertMatches, assertNothingStored, assertProblem, testApp } from '../../testing/app.ts'
import { trained } from '../../testing/runs.ts'
import { GRID, HALVING } from '../../testing/sweeps.ts'

test('POST /v1/sweeps?dry_run=true says which jobs there would be and what they cost, and makes none', async (t) => {
  const service = await testApp(t)
  const check = async (sweep: object) => {
    const { body } = await service.http.post('/v1/sweeps?dry_run=true').send(sweep).expect(200)
    assertMatches(SweepDryRun, body)
    return body as SweepDryRun
  }
  const grid = await check(GRID)
  assert.deepEqual([grid.runs, grid.rungs], [4, [{ trials: 4, max_steps: null }]])
  assert.deepEqual(grid.spec.strategy, { type: 'grid' })
  assert.deepEqual(grid.trials[0]?.changes, { '/optimizer/learning_rate': 0.1, '/model/hidden_size': 4 })
  const alone = await service.http
    .post('/v1/jobs?dry_run=true')
    .send({ ...JOB, model: { cell: 'rnn', hidden_size: 8 } })
  assert.deepEqual(grid.trials[1]?.estimate, (alone.body as { estimate: Estimate }).estimate)
  const { runs, rungs, trials } = await check(HALVING)
  assert.deepEqual([runs, rungs.map((rung) => rung.trials), trials.length], [7, [4, 2, 1], 4])
  const bad = { ...GRID, space: { 'model.hidden_size': { values: [0] } } }
  assertProblem(await service.http.post('/v1/sweeps?dry_run=true').send(bad), 'INVALID_SPECIFICATION')
  assert.deepEqual((await service.store.sweeps.list()).data, [])
  await assertNothingStored(service)
})

const DELETIONS: [query: string, left: string, jobs: number][] = [
  ['', 'nothing', 0],
  ['?keep_jobs=true', 'its jobs', 3],
]
for (const [query, left, jobs] of DELETIONS) {
  test(`DELETE /v1/sweeps/{id}${query} leaves ${left} of a sweep that has ended, and refuses any other`, async (t) => {
    const service = await testApp(t)
    const { http, store, files } = service
    const { id, runs } = (await http.post('/v1/sweeps').send(GRID).expect(201)).body as Sweep
    const path = `/v1/sweeps/${id}`
    assertProblem(await http.delete(path + query), 'SWEEP_NOT_ENDED')
    assert.equal((await store.jobs.list()).data.length, 4)
    for (const { job } of runs) await trained(service, job, 1)
    await advance(service, id)
    await http.delete(`/v1/jobs/${runs[0]?.job}`).expect(204)
    assert.ok(files().length > 0)
    await http.delete(path + query).expect(204)
    assertProblem(await http.get(path), 'SWEEP_NOT_FOUND')
    assertProblem(await http.delete(path + query), 'SWEEP_NOT_FOUND')
    assert.deepEqual((await store.sweeps.list()).data, [])
    assert.equal((await store.jobs.list({ sweep: id })).data.length, jobs)
    if (jobs === 0) await assertNothingStored(service)
  })
}
