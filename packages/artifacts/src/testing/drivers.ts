import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext } from 'node:test'
import { openArtifacts, type Artifacts } from '../index.ts'
import type { S3Access } from '../s3/access.ts'

/** See tools/tests/s3.mjs. */
export interface S3Server {
  url: string
  s3: S3Access & { endpoint: string }
  faults: { act: 'refuse' | 'hang' | 'cut' | 'cut_body'; method: string; times?: number }[]
  requests: string[]
  fired: () => number
  stop: () => Promise<void>
}

const S3 = new URL('../../../../tools/tests/s3.mjs', import.meta.url)

let shared: Promise<S3Server> | undefined
after(async () => await (await shared)?.stop())

/** An S3-compatible server, started once for the file. */
export async function s3Server(): Promise<S3Server> {
  shared ??= (import(S3.href) as Promise<{ startS3: () => Promise<S3Server> }>).then(({ startS3 }) => startS3())
  return await shared
}

/** A new folder, which goes with the test. */
export async function folderFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'unroll-artifacts-'))
  t.after(() => rm(folder, { recursive: true }))
  return folder
}

/** Every place that artifacts can be kept at, each time an empty one. */
export const DRIVERS: [name: string, open: (t: TestContext) => Promise<Artifacts>][] = [
  ['file', async (t) => openArtifacts(`file:${await folderFor(t)}`)],
  [
    's3',
    async () => {
      const { url, s3 } = await s3Server()
      return openArtifacts({ url: `${url}/${randomBytes(6).toString('hex')}`, s3 })
    },
  ],
]
