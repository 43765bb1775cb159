import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { openArtifacts, type Artifacts } from '@unroll/artifacts'
import { ProblemDetails } from '@unroll/contract'
import { Segments } from '@unroll/history'
import { openStore, type Store } from '@unroll/store'
import { NO_TRACING, Registry, type Tracing } from '@unroll/telemetry'
import supertest, { type Agent } from 'supertest'
import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import type { KeyPolicy } from '../access/gate.ts'
import type { TokenIssuer } from '../access/issuer.ts'
import { buildApp } from '../app.ts'
import type { LimitPolicy } from '../limits/policy.ts'
import type { Disk } from '../limits/room.ts'
import type { ReceiverAddresses } from '../notify/addresses.ts'
import type { App, Browsers } from '../types.ts'
import { redisUrl } from './redis.ts'

/** No worker answers here, unless a test stands in for one. */
const SESSION_MS = 200

export interface TestApp {
  app: App
  store: Store
  artifacts: Artifacts
  /** Sends requests over a socket. */
  http: Agent
  /** Where artifacts are kept. */
  folder: string
  /** Names of the files that are kept, whole or not. */
  files: () => string[]
}

export interface TestAppOptions {
  maxDatasetBytes?: number
  url?: string
  tracing?: Tracing
  heartbeatMs?: number
  retentionMs?: number
  browsers?: Browsers
  keyPolicy?: KeyPolicy
  tokenIssuer?: TokenIssuer
  limitPolicy?: LimitPolicy
  receiverAddresses?: ReceiverAddresses
  disk?: Disk
  mostDelayMs?: number
  timing?: Parameters<typeof openStore>[0]['timing']
}

/** A service of the test's own: real Redis under a new prefix, files in a new folder. It ends with the test. */
export async function testApp(
  t: TestContext,
  { maxDatasetBytes = 1_000, url, tracing = NO_TRACING, timing = {}, ...options }: TestAppOptions = {},
): Promise<TestApp> {
  const prefix = `test-api-${randomBytes(6).toString('hex')}`
  const folder = mkdtempSync(join(tmpdir(), 'unroll-api-'))
  const artifacts = openArtifacts(`file:${folder}`)
  const segments = new Segments(artifacts)
  const store = await openStore({
    url: url ?? (await redisUrl()),
    prefix,
    segments,
    timing: { sessionMs: SESSION_MS, ...timing },
    waitForDisk: false,
  })
  const services = { store, artifacts, segments, maxDatasetBytes, registry: new Registry(), tracing }
  const app = buildApp({ ...services, ...options })
  t.after(async () => {
    await app.close()
    await store.close()
    rmSync(folder, { recursive: true })
  })
  await app.ready()
  return { app, store, artifacts, http: supertest.agent(app.server), folder, files: () => filesOf(folder) }
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
}

/** The smallest job there is: everything else has a default. */
export const JOB = { model: { cell: 'rnn' }, data: { task: 'adding' } } as const

/** Asserts that an answer is what the document says it is. */
export function assertMatches(schema: TSchema, body: unknown): void {
  const faults = [...Value.Errors(schema, body)].map(({ instancePath, message }) => `${instancePath} ${message}`)
  assert.deepEqual(faults, [])
}

interface Answer {
  status: number
  type: string
  body: unknown
}

/** Asserts that an answer is a problem of a code, and gives it. */
export function assertProblem({ status, type, body }: Answer, code: string): ProblemDetails {
  const problem = body as ProblemDetails
  assert.equal(problem.code, code, JSON.stringify(body))
  assert.equal(type, 'application/problem+json')
  assert.equal(problem.status, status)
  assert.equal(problem.type, `/docs/errors#${code}`)
  assertMatches(ProblemDetails, body)
  return problem
}

/** Asserts that nothing was stored or queued. */
export async function assertNothingStored({ store, files }: TestApp): Promise<void> {
  assert.deepEqual((await store.jobs.list()).data, [])
  assert.deepEqual(
    Object.values(await store.jobs.count()).filter((count) => count > 0),
    [],
  )
  assert.deepEqual((await store.datasets.list()).data, [])
  assert.deepEqual(files(), [])
}
