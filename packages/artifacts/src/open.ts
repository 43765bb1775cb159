import { statfs } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Artifacts } from './artifacts.ts'
import { FileArtifacts } from './file_artifacts.ts'
import { isKey, splitKey } from './key.ts'
import type { S3Access } from './s3/access.ts'
import { S3Client } from './s3/client.ts'
import { S3Artifacts } from './s3/s3_artifacts.ts'

/** The location of an artifact store: `file:<folder>`, or `s3://<bucket>[/<prefix>]` with its keys. Plain data. */
export type ArtifactsLocation = string | { url: string; s3: S3Access }

const FILE = /^file:(.+)$/
const S3 = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*?))?\/?$/

/** The folder of an artifact store in files; undefined for another store. */
export function parseFolder(location: ArtifactsLocation): string | undefined {
  return FILE.exec(typeof location === 'string' ? location : location.url)?.[1]
}

/** Where an artifact lies as a file on this machine; undefined where artifacts are not kept in a folder. */
export function locateFile(location: ArtifactsLocation, key: string): string | undefined {
  const folder = parseFolder(location)
  return folder === undefined ? undefined : join(resolve(folder), ...splitKey(key))
}

/** Bytes that are free on the disk of a folder; undefined where artifacts are not kept in one. @throws what the disk says */
export async function readFreeBytes(location: ArtifactsLocation): Promise<number | undefined> {
  const folder = parseFolder(location)
  if (folder === undefined) return undefined
  const { bavail, bsize } = await statfs(resolve(folder))
  return bavail * bsize
}

/**
 * The artifact store at a location. A folder is absolute or relative to the working directory.
 *
 * @throws {RangeError} for an invalid location, or an S3 service without keys
 */
export function openArtifacts(location: ArtifactsLocation): Artifacts {
  const { url, s3 } = typeof location === 'string' ? { url: location, s3: undefined } : location
  const folder = parseFolder(url)
  if (folder !== undefined) return new FileArtifacts(resolve(folder))
  const [, bucket, prefix = ''] = S3.exec(url) ?? []
  if (bucket === undefined || !(prefix === '' || isKey(prefix)))
    throw new RangeError(
      `Cannot open artifacts as their location must be "file:<folder>" or "s3://<bucket>/<prefix>": current value is "${url}"`,
    )
  if (s3 === undefined) throw new RangeError(`Cannot open artifacts at "${url}" without keys to it`)
  return new S3Artifacts(new S3Client(bucket, s3), prefix === '' ? '' : `${prefix}/`)
}

/**
 * Checks that the artifact store is reachable, by reading a listing.
 *
 * @throws {ArtifactReadError} with the reason, such as refused keys
 */
export async function checkArtifacts(artifacts: Artifacts): Promise<void> {
  for await (const _ of artifacts.list('datasets')) return
}
