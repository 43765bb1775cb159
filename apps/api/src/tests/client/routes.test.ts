import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UnrollClient } from '@unroll/client'
import { describedApp } from '../../app.ts'

const SPEC = { model: { cell: 'rnn' }, data: { task: 'adding' } } as const
const SWEEP = { name: 's', template: SPEC, space: { '/seed': [1, 2] } } as unknown as Parameters<
  UnrollClient['sweeps']['create']
>[0]

/** What of the client sends the request of each operation. */
const METHODS: Record<string, (client: UnrollClient) => unknown> = {
  appendToUpload: ({ datasets }) => datasets.appendToUpload('k', new Blob(['a']), { offset: 0 }),
  cancelJob: ({ jobs }) => jobs.cancel('i'),
  cancelSweep: ({ sweeps }) => sweeps.cancel('i'),
  collectGarbage: (client) => client.collectGarbage(),
  computeSessionGradient: ({ sessions }) => sessions.forwardBackward('i', { inputs: [[0]], targets: [0] }),
  createDataset: ({ datasets }) => datasets.create('a'),
  createJob: ({ jobs }) => jobs.create(SPEC),
  createJobEvaluation: ({ jobs }) => jobs.evaluate('i', { dataset: 'd' }),
  createKey: ({ keys }) => keys.create({ name: 'n' }),
  createModelPrediction: ({ predictions }) => predictions.create({ model: 'm' }, { prompt: '' }),
  createPrediction: ({ predictions }) => predictions.create('i', { prompt: '' }),
  createSession: ({ sessions }) =>
    sessions.create({
      model: { cell: 'rnn' },
      problem: { inputs: 'vectors', input_size: 1, readout: 'identity', output_size: 1, mode: 'many_to_one' },
    }),
  createSweep: ({ sweeps }) => sweeps.create(SWEEP),
  createTrace: ({ predictions }) => predictions.trace('i', { input: 'a' }),
  createWeights: ({ weights }) => weights.create(new Blob(['a'])),
  deleteDataset: ({ datasets }) => datasets.delete('i'),
  deleteJob: ({ jobs }) => jobs.delete('i'),
  deleteModel: ({ models }) => models.delete('m'),
  deleteSession: ({ sessions }) => sessions.delete('i'),
  deleteSweep: ({ sweeps }) => sweeps.delete('i'),
  deleteUpload: ({ datasets }) => datasets.deleteUpload('k'),
  deleteWeights: ({ weights }) => weights.delete('i'),
  drainWorker: (client) => client.drainWorker('i'),
  drawTaskSamples: (client) => client.drawTaskSamples({ data: { task: 'adding' } }),
  forkJob: ({ jobs }) => jobs.fork('i', { step: 1 }),
  getCheckpoint: ({ jobs }) => jobs.checkpoint('i', 'c'),
  getCheckpointCard: ({ jobs }) => jobs.checkpointCard('i', 'c'),
  getCheckpointContent: ({ jobs }) => jobs.checkpointContent('i', 'c'),
  getDataset: ({ datasets }) => datasets.get('i'),
  getJob: ({ jobs }) => jobs.get('i'),
  getJobDiagnosis: ({ jobs }) => jobs.diagnosis('i'),
  getJobEvaluation: ({ jobs }) => jobs.evaluation('i', 'e'),
  getJobFlow: ({ jobs }) => jobs.flow('i'),
  getJobMatrix: ({ jobs }) => jobs.matrix('i'),
  getJobMetrics: ({ jobs }) => jobs.metrics('i'),
  getJobMetricsSummary: ({ jobs }) => jobs.metricsSummary('i'),
  getJobProbe: ({ jobs }) => jobs.probe('i'),
  getJobReplay: ({ jobs }) => jobs.replayed('i', 'r'),
  getLimits: (client) => client.limits(),
  getLiveness: (client) => client.liveness(),
  getModel: ({ models }) => models.get('m'),
  getModelCard: ({ models }) => models.card('m'),
  getModelContent: ({ models }) => models.content('m'),
  getPrometheusMetrics: (client) => client.prometheusMetrics(),
  getQueue: (client) => client.queue(),
  getReadiness: (client) => client.readiness(),
  getSession: ({ sessions }) => sessions.get('i'),
  getSweep: ({ sweeps }) => sweeps.get('i'),
  getTrace: ({ predictions }) => predictions.trace('i'),
  getUpload: ({ datasets }) => datasets.upload('k'),
  getUsage: (client) => client.usage(),
  getWeights: ({ weights }) => weights.get('i'),
  listAuditRecords: (client) => client.audit(),
  listCells: (client) => client.cells(),
  listCheckpoints: ({ jobs }) => jobs.checkpoints('i'),
  listDatasets: ({ datasets }) => datasets.list(),
  listDeliveries: ({ jobs }) => jobs.deliveries('i'),
  listJobEvaluations: ({ jobs }) => jobs.evaluations('i'),
  listJobEvents: ({ jobs }) => jobs.events('i'),
  listJobReplays: ({ jobs }) => jobs.replays('i'),
  listJobs: ({ jobs }) => jobs.list(),
  listKeys: ({ keys }) => keys.list(),
  listModels: ({ models }) => models.list(),
  listSampleSequences: ({ datasets }) => datasets.sequences('i'),
  listSessions: ({ sessions }) => sessions.list(),
  listSweeps: ({ sweeps }) => sweeps.list(),
  listTasks: (client) => client.tasks(),
  listWeights: ({ weights }) => weights.list(),
  listWorkers: (client) => client.workers(),
  pauseJob: ({ jobs }) => jobs.pause('i'),
  pauseQueue: (client) => client.pauseQueue(),
  registerModel: ({ models }) => models.register({ name: 'm', job: 'i' }),
  replayJob: ({ jobs }) => jobs.replay('i', { step: 1 }),
  resumeJob: ({ jobs }) => jobs.resume('i'),
  resumeQueue: (client) => client.resumeQueue(),
  retryJob: ({ jobs }) => jobs.retry('i'),
  revokeKey: ({ keys }) => keys.revoke('i'),
  rotateKey: ({ keys }) => keys.rotate('i'),
  sampleSession: ({ sessions }) => sessions.sample('i', { inputs: [[0]] }),
  saveSession: ({ sessions }) => sessions.save('i'),
  streamJob: (client) => client.stream('i').next(),
  undrainWorker: (client) => client.undrainWorker('i'),
  updateJob: ({ jobs }) => jobs.update('i', { name: 'n' }),
  updateModel: ({ models }) => models.setAliases('m', { production: 1 }),
  updateSession: ({ sessions }) => sessions.optimStep('i'),
}

test('UnrollClient has a method for each operation of the document, which sends its request', async (t) => {
  const app = describedApp()
  await app.ready()
  t.after(() => app.close())
  const { paths } = app.swagger() as unknown as { paths: Record<string, Record<string, { operationId: string }>> }
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => ({ operationId, method: method.toUpperCase(), path })),
  )
  assert.deepEqual(
    Object.keys(METHODS),
    operations.map(({ operationId }) => operationId).toSorted(),
    'the operations that the client has, and those of the document',
  )
  const sent: string[] = []
  const client = new UnrollClient({
    fetch: (input, { method } = {}) => {
      sent.push(`${method} ${(input as string).replace(/\?.*/, '')}`)
      return Promise.resolve(new Response('{}', { status: 200 }))
    },
  })
  for (const { operationId, method, path } of operations) {
    sent.length = 0
    await Promise.resolve(METHODS[operationId]?.(client)).catch(() => {}) // an answer of nothing is none
    const wanted = new RegExp(`^${method} ${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`)
    assert.match(sent[0] ?? 'nothing', wanted, operationId)
  }
  t.diagnostic(`${operations.length} operations`)
})
