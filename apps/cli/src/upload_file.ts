// Loaded once something is uploaded.

import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Dataset, DatasetDryRun, UnrollClient, UploadData, UploadQuery } from '@unroll/client'
import { readBlob } from './input_file.ts'
import type { Terminal } from './terminal.ts'
import { fileStream, reportProgress } from './upload_progress.ts'

/** A file of more bytes is sent in parts. */
const LARGE_BYTES = 64 * 2 ** 20

interface Sending {
  query: UploadQuery
  key: string | undefined
  isTrial: boolean
  terminal: Terminal
  signal: AbortSignal
}

/** Sends a large file in parts, a small one while it is read, and anything else once it has ended. */
export async function uploadFile(
  client: UnrollClient,
  path: string,
  { query, key, isTrial, terminal, signal }: Sending,
): Promise<Dataset | DatasetDryRun> {
  const about = path === '-' ? undefined : await stat(path).catch(() => undefined) // what is wrong is told while it is read
  const isFile = about?.isFile() === true
  if (isFile && !isTrial && about.size > LARGE_BYTES) {
    const uploadKey = key ?? digestOptions({ path: resolve(path), size: about.size, changed: about.mtimeMs, query })
    const onProgress = reportProgress(terminal)
    return await client.datasets.createInParts(await readBlob(path, terminal), {
      ...query,
      uploadKey,
      onProgress,
      signal,
    })
  }
  const data: UploadData = isFile ? fileStream(path, about.size, terminal) : await readBlob(path, terminal)
  return isTrial
    ? await client.datasets.dryRun(data, { ...query, signal })
    : await client.datasets.create(data, { ...query, idempotencyKey: key, signal })
}

/** The key of an upload that has none: sent again, the same file goes on where it broke off. */
function digestOptions(about: object): string {
  return createHash('sha256').update(JSON.stringify(about)).digest('hex')
}
