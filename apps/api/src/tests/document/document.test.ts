import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import {
  Checkpoint,
  Dataset,
  DatasetCategory,
  DatasetDryRun,
  DatasetField,
  Flow,
  FlowBuckets,
  Garbage,
  Gpu,
  JobEvent,
  MetricBuckets,
  Metrics,
  MetricsSummary,
  Matrix,
  Probe,
  ProblemDetails,
  QueueState,
  SampleSequence,
  SequenceDataset,
  SequenceLengths,
  Sweep,
  SweepBand,
  SweepRun,
  SweepSummary,
  TextDataset,
  Upload,
  Usage,
  Worker,
  parseJobSpec,
  parseSweepSpec,
} from '@unroll/contract'
import type { TSchema } from 'typebox'
import { describedApp } from '../../app.ts'
import { EXAMPLES } from '../../document/examples.ts'
import { assertMatches, testApp } from '../../testing/app.ts'

interface Operation {
  operationId?: string
  summary?: string
  responses: Record<string, { description: string }>
}

interface Document {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, { examples?: unknown[]; required?: string[] }> }
}

async function documentOf(): Promise<Document> {
  const app = describedApp()
  await app.ready()
  const document = app.swagger() as unknown as Document
  await app.close()
  return document
}

const OPERATIONS = [
  'appendToUpload',
  'cancelJob',
  'cancelSweep',
  'collectGarbage',
  'computeSessionGradient',
  'createDataset',
  'createJob',
  'createJobEvaluation',
  'createKey',
  'createModelPrediction',
  'createPrediction',
  'createSession',
  'createSweep',
  'createTrace',
  'createWeights',
  'deleteDataset',
  'deleteJob',
  'deleteModel',
  'deleteSession',
  'deleteSweep',
  'deleteUpload',
  'deleteWeights',
  'drainWorker',
  'drawTaskSamples',
  'forkJob',
  'getCheckpoint',
  'getCheckpointCard',
  'getCheckpointContent',
  'getDataset',
  'getJob',
  'getJobDiagnosis',
  'getJobEvaluation',
  'getJobFlow',
  'getJobMatrix',
  'getJobMetrics',
  'getJobMetricsSummary',
  'getJobProbe',
  'getJobReplay',
  'getLimits',
  'getLiveness',
  'getModel',
  'getModelCard',
  'getModelContent',
  'getPrometheusMetrics',
  'getQueue',
  'getReadiness',
  'getSession',
  'getSweep',
  'getTrace',
  'getUpload',
  'getUsage',
  'getWeights',
  'listAuditRecords',
  'listCells',
  'listCheckpoints',
  'listDatasets',
  'listDeliveries',
  'listJobEvaluations',
  'listJobEvents',
  'listJobReplays',
  'listJobs',
  'listKeys',
  'listModels',
  'listSampleSequences',
  'listSessions',
  'listSweeps',
  'listTasks',
  'listWeights',
  'listWorkers',
  'pauseJob',
  'pauseQueue',
  'registerModel',
  'replayJob',
  'resumeJob',
  'resumeQueue',
  'retryJob',
  'revokeKey',
  'rotateKey',
  'sampleSession',
  'saveSession',
  'streamJob',
  'undrainWorker',
  'updateJob',
  'updateModel',
  'updateSession',
]

test('the document is valid OpenAPI 3.1 and names every operation', async () => {
  const document = await documentOf()
  assert.equal(document.openapi, '3.1.0')
  const { valid, errors } = await new Validator().validate(
    structuredClone(document) as object as Record<string, unknown>,
  )
  assert.ok(valid, JSON.stringify(errors))
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path))
  assert.deepEqual(operations.map(({ operationId }) => operationId ?? '').toSorted(), OPERATIONS)
  for (const { operationId, summary = '', responses } of operations) {
    assert.match(summary, /^[A-Z].*\.$/, operationId)
    assert.ok('500' in responses && '503' in responses, operationId)
  }
})

test('the document says each schema once, and what is sent needs only what has no default', async () => {
  const { components, paths } = await documentOf()
  assert.deepEqual(components.schemas['JobSpecInput']?.required, ['model', 'data'])
  const text = JSON.stringify({ components, paths })
  const targets = new Set(
    Array.from(text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g), ([, name]) => name ?? ''),
  )
  assert.ok(targets.size >= 9)
  for (const name of targets) assert.ok(name in components.schemas, name)
})

const SCHEMAS: Record<string, TSchema> = {
  Checkpoint,
  Dataset,
  TextDataset,
  SequenceDataset,
  DatasetField,
  DatasetCategory,
  DatasetDryRun,
  TextDryRun: DatasetDryRun.anyOf[0],
  SequenceDryRun: DatasetDryRun.anyOf[1],
  SampleSequence,
  SequenceLengths,
  Event: JobEvent,
  Garbage,
  Gpu,
  Upload,
  Usage,
  Worker,
  Metrics,
  MetricBuckets,
  MetricsSummary,
  Flow,
  FlowBuckets,
  Matrix,
  Probe,
  ProblemDetails,
  Queue: QueueState,
  Sweep,
  SweepBand,
  SweepRun,
  SweepSummary,
}

test('the examples are what the schemas ask for, and are all in the document', async () => {
  const { components } = await documentOf()
  const { JobSpecInput, SweepSpecInput, ...answers } = EXAMPLES
  for (const parsed of [parseJobSpec(JobSpecInput), parseSweepSpec(SweepSpecInput)])
    assert.ok(parsed.ok, JSON.stringify(parsed))
  assert.deepEqual(Object.keys(answers).toSorted(), Object.keys(SCHEMAS).toSorted())
  for (const [name, schema] of Object.entries(SCHEMAS)) assertMatches(schema, answers[name])
  for (const name of Object.keys(EXAMPLES)) assert.deepEqual(components.schemas[name]?.examples, [EXAMPLES[name]], name)
})

test('GET /openapi.json serves the document', async (t) => {
  const { http } = await testApp(t)
  assert.deepEqual((await http.get('/openapi.json')).body, await documentOf())
})
