import type { ListedArtifact } from '../index.ts'

/** Bytes that differ from each other. */
export function sample(size: number, seed = 31): Buffer {
  return Buffer.from(Uint8Array.from({ length: size }, (_, index) => (index * seed) % 251))
}

/** A source of `bytes`, `size` of them at a time. */
export async function* inChunks(bytes: Uint8Array, size: number = bytes.length): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
}

/** A source that gives `bytes`, and then fails. */
export async function* failing(error: Error, bytes: Uint8Array = Buffer.from('half')): AsyncGenerator<Uint8Array> {
  yield* inChunks(bytes, 65_536)
  throw error
}

export async function read(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of source) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** A listing in order of its keys. */
export async function listed(artifacts: AsyncIterable<ListedArtifact>): Promise<ListedArtifact[]> {
  const found: ListedArtifact[] = []
  for await (const artifact of artifacts) found.push(artifact)
  return found.toSorted((a, b) => (a.key < b.key ? -1 : 1))
}
