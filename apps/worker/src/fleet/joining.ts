// The checks before a worker takes its first job: that its artifact store and Redis work, and that it belongs to the
// fleet at these addresses. Each step is a line of the log, which `npm run worker` shows.

import { hostname } from 'node:os'
import { openArtifacts, readPlace, tryArtifacts, type Artifacts } from '@unroll/artifacts'
import { RELEASE } from '@unroll/contract'
import { Segments } from '@unroll/history'
import { openStore, shownAddress, deriveTiming, type Member, type Store } from '@unroll/store'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'

/**
 * Opens the store of the fleet that this worker joins.
 *
 * @throws {Error} with what fails or does not fit the fleet, and the remedy
 */
export async function joinFleet(config: Config, workerId: string, log: Logger): Promise<Store> {
  const artifacts = openArtifacts(config.artifacts)
  await tryArtifacts(artifacts, workerId)
  log.info({ step: 'Artifacts' }, `${artifactsAddress(config)} can be written and read`)
  const store = await openStore({
    url: config.redisUrl,
    timing: deriveTiming(config.lockMs),
    segments: new Segments(artifacts),
    member: { role: 'worker', host: hostname(), pid: process.pid },
    onError: (error) => log.warn(error, 'store'),
  })
  const { server } = await store.health()
  log.info({ step: 'Redis' }, `${server ?? 'a server that cannot serve yet'} at ${shownAddress(config.redisUrl)}`)
  const apis = (await store.members.list()).filter(({ role }) => role === 'api')
  await requireSamePlace(artifacts, apis, config)
  const found = apis.length === 0 ? 'a fleet without an API yet' : apis.map(nameMember).join(', ')
  log.info({ step: 'Fleet' }, `worker ${RELEASE.version} joins ${found}`)
  return store
}

async function requireSamePlace(artifacts: Artifacts, apis: readonly Member[], config: Config): Promise<void> {
  const place = await readPlace(artifacts)
  const other = apis.find((api) => api.artifacts !== undefined && api.artifacts !== place)
  if (other === undefined) return
  throw new Error(
    `Cannot join the fleet as UNROLL_ARTIFACTS must be the place where ${nameMember(other)} keeps its artifacts: current value is "${artifactsAddress(config)}", which is another`,
  )
}

function nameMember({ host, release }: Member): string {
  return `the API ${release.version} on ${host}`
}

function artifactsAddress({ artifacts }: Config): string {
  return typeof artifacts === 'string' ? artifacts : artifacts.url
}
