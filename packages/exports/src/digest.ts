import { createHash } from 'node:crypto'
import type { NamedTensors } from '@unroll/formats'
import { FACTS } from './facts.ts'

/** The digest of named tensors and the texts beside them, but for the one that holds the digest: in hex, whatever their order in a file. */
export function digestContents(tensors: NamedTensors, texts: Readonly<Record<string, string>>): string {
  const hash = createHash('sha256')
  for (const [name, { shape, data }] of sorted(tensors)) {
    hash.update(JSON.stringify([name, shape, data.constructor.name]))
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }
  for (const pair of sorted(texts)) if (pair[0] !== FACTS.digest) hash.update(JSON.stringify(pair))
  return hash.digest('hex')
}

function sorted<Value>(named: Readonly<Record<string, Value>>): [string, Value][] {
  return Object.entries(named).toSorted(([a], [b]) => (a < b ? -1 : 1))
}
