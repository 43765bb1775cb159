import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, rmdir, stat, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { failpoint } from '@unroll/failpoints'
import type { ArtifactHead, Artifacts, ListedArtifact } from './artifacts.ts'
import { writeDurably } from './durable_file.ts'
import { ArtifactNotFoundError, ArtifactReadError, ArtifactWriteError } from './errors.ts'
import { splitKey } from './key.ts'
import { WatchedSource } from './watched_source.ts'

/** Number of attempts to create a folder that is deleted before a file is in it. */
const MOST_TRIES = 100

/**
 * Artifacts as files below a folder. A file is written under a hidden name in its folder, flushed to disk and renamed;
 * then the folder is flushed, because a rename is durable only with its folder.
 */
export class FileArtifacts implements Artifacts {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  async put(key: string, source: AsyncIterable<Uint8Array>): Promise<ArtifactHead> {
    const path = this.#path(key)
    const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`)
    const watched = new WatchedSource()
    try {
      failpoint('artifact.write')
      await writeDurably(await created(temporary), temporary, watched.of(source))
      failpoint('artifact.before_rename')
      await rename(temporary, path)
      failpoint('artifact.after_rename')
      await flushFolder(dirname(path))
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {}) // The first error is the one to report.
      throw watched.hasFailed ? error : new ArtifactWriteError(key, error)
    }
    return { bytes: watched.bytes }
  }

  async get(key: string): Promise<AsyncIterable<Uint8Array>> {
    const file = await open(this.#path(key), 'r').catch((error: unknown) => {
      throw isAbsent(error) ? new ArtifactNotFoundError(key, { cause: error }) : new ArtifactReadError(key, error)
    })
    return reading(key, file.createReadStream())
  }

  async head(key: string): Promise<ArtifactHead | undefined> {
    try {
      const { size } = await stat(this.#path(key))
      return { bytes: size }
    } catch (error) {
      if (isAbsent(error)) return undefined
      throw error
    }
  }

  async delete(key: string): Promise<void> {
    const path = this.#path(key)
    await rm(path, { force: true })
    await this.#prune(dirname(path))
  }

  /** Deletes a folder and its empty parents: a deleted job leaves no folder. */
  async #prune(folder: string): Promise<void> {
    for (let at = folder; at.length > this.#folder.length; at = dirname(at)) {
      const isGone = await rmdir(at).then(
        () => true,
        (error: unknown) => isAbsent(error),
      )
      if (!isGone) return // it is not empty
    }
  }

  async *list(prefix: string): AsyncGenerator<ListedArtifact> {
    for (const { name, folder } of await readEntries(this.#path(prefix))) {
      const key = `${prefix}/${name}`
      if (folder) yield* this.list(key)
      else {
        const listed = await this.#listed(key)
        if (listed !== undefined) yield listed
      }
    }
  }

  /** Undefined if it was deleted meanwhile. */
  async #listed(key: string): Promise<ListedArtifact | undefined> {
    try {
      const { size, mtimeMs } = await stat(this.#path(key))
      return { key, bytes: size, writtenAt: mtimeMs }
    } catch (error) {
      if (isAbsent(error)) return undefined
      throw error
    }
  }

  #path(key: string): string {
    return join(this.#folder, ...splitKey(key))
  }
}

async function* reading(key: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes
  } catch (error) {
    throw new ArtifactReadError(key, error)
  }
}

/** A new file with its folder, which a concurrent deletion may remove before the file is in it. */
async function created(path: string): Promise<FileHandle> {
  for (let tries = 1; ; tries++) {
    try {
      await mkdir(dirname(path), { recursive: true })
      return await open(path, 'wx')
    } catch (error) {
      if (!isAbsent(error) || tries === MOST_TRIES) throw error
    }
  }
}

/** Makes a rename in a folder durable. A missing folder was deleted meanwhile with its content. */
async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch((error: unknown) => {
    if (!isAbsent(error)) throw error
  })
  if (folder === undefined) return
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Names in a folder except those of unfinished files; none without the folder. */
async function readEntries(path: string): Promise<{ name: string; folder: boolean }[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true })
    return entries
      .filter(({ name }) => !name.startsWith('.'))
      .map((entry) => ({ name: entry.name, folder: entry.isDirectory() }))
  } catch (error) {
    if (isAbsent(error) || isNoFolder(error)) return []
    throw error
  }
}

function isAbsent(error: unknown): boolean {
  return readCode(error) === 'ENOENT'
}

function isNoFolder(error: unknown): boolean {
  return readCode(error) === 'ENOTDIR'
}

function readCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
