// The identity of an artifact store: an address alone does not identify it, because a folder may be a different one on
// each machine, and a bucket may have several names.

import { randomUUID } from 'node:crypto'
import type { Artifacts } from './artifacts.ts'
import { collect, once } from './bytes.ts'
import { ArtifactNotFoundError, ArtifactReadError } from './errors.ts'

/** Holds the id of the store. */
const ID_KEY = 'place'

/** The id of the artifact store, which gets one unless it has one. @throws {ArtifactWriteError} */
export async function identifyPlace(artifacts: Artifacts): Promise<string> {
  const given = await readPlace(artifacts)
  if (given !== undefined) return given
  await artifacts.put(ID_KEY, once(Buffer.from(randomUUID())))
  return (await readPlace(artifacts)) ?? '' // of two concurrent writers, the later one wins
}

/** The id of the artifact store; undefined if it has none. @throws {ArtifactReadError} */
export async function readPlace(artifacts: Artifacts): Promise<string | undefined> {
  try {
    return await readText(artifacts, ID_KEY)
  } catch (error) {
    if (error instanceof ArtifactNotFoundError) return undefined
    throw error
  }
}

/**
 * Checks that artifacts can be written, read and deleted.
 *
 * @param name of the test artifact; no two processes may use the same name at the same time
 * @throws {ArtifactWriteError}
 * @throws {ArtifactReadError} with the reason, such as refused keys
 */
export async function tryArtifacts(artifacts: Artifacts, name: string): Promise<void> {
  const key = triedKey(name)
  await artifacts.put(key, once(Buffer.from(name)))
  const read = await readText(artifacts, key)
  if (read !== name) throw new ArtifactReadError(key, new Error('it does not hold what was just written'))
  await artifacts.delete(key)
}

/**
 * Milliseconds since 1970 by the clock of the artifact store, which on a shared folder or in an object store is not
 * that of this machine.
 *
 * @param name as in `tryArtifacts`
 * @throws {ArtifactWriteError}
 * @throws {ArtifactReadError}
 */
export async function readClock(artifacts: Artifacts, name: string): Promise<number> {
  const key = triedKey(name)
  await artifacts.put(key, once(Buffer.from(name)))
  try {
    for await (const listed of artifacts.list(TRIED)) if (listed.key === key) return listed.writtenAt
    throw new ArtifactReadError(key, new Error('it is not listed, though it was just written'))
  } finally {
    await artifacts.delete(key)
  }
}

/** The folder of test artifacts, which are read back and deleted. */
export const TRIED = 'tried'

function triedKey(name: string): string {
  return `${TRIED}/${name}`
}

async function readText(artifacts: Artifacts, key: string): Promise<string> {
  return String(await collect(await artifacts.get(key)))
}
