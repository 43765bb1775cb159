import { randomBytes } from 'node:crypto'
import { readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseFolder, type ArtifactsLocation } from './open.ts'

/** The name of an unfinished file: hidden, with a random end. */
const UNFINISHED = /^\..+\.[0-9a-f]{12}$/

/**
 * Deletes the unfinished files of killed writers. In S3 the bucket's lifecycle rule does this.
 *
 * @param idleMs minimal time since the last write to a file
 * @returns the number of deleted files
 */
export async function sweepUnfinished(location: ArtifactsLocation, idleMs: number): Promise<number> {
  const folder = parseFolder(location)
  if (folder === undefined) return 0
  const names = await readdir(resolve(folder), { recursive: true, withFileTypes: true }).catch(() => []) // not there yet
  if (names.length === 0) return 0
  const now = await readFileClock(resolve(folder))
  let swept = 0
  for (const entry of names.filter(({ name }) => UNFINISHED.test(name))) {
    const path = join(entry.parentPath, entry.name)
    const written = (await stat(path).catch(() => undefined))?.mtimeMs ?? Infinity // renamed meanwhile
    if (!entry.isFile() || now - written < idleMs) continue
    await rm(path, { force: true })
    swept++
  }
  return swept
}

/** Milliseconds since 1970 by the clock of the file system, which on a shared folder is not that of this machine. */
async function readFileClock(folder: string): Promise<number> {
  const path = join(folder, `.now.${randomBytes(6).toString('hex')}`)
  await writeFile(path, '')
  const { mtimeMs } = await stat(path)
  await rm(path)
  return mtimeMs
}
