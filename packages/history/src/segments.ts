import type { Artifacts } from '@unroll/artifacts'
import type { MetricRow } from '@unroll/contract'
import type { FlowRow, Placed, RowKind, RowOf, SegmentReader, RowQuery } from '@unroll/store'
import { decodeFlowSegment, decodeScalarSegment } from './arrow.ts'
import { lowerBound, rowsOf, type Block } from './block.ts'
import { ByteCache } from './byte_cache.ts'
import { FlowPyramid } from './flow_pyramid.ts'
import { Pyramid } from './pyramid.ts'

/** Bytes of segments kept in memory, as files. */
const CACHE_BYTES = 64 * 2 ** 20

/** Reads segments and pyramids, which never change, and keeps those read last. */
export class Segments implements SegmentReader {
  readonly #artifacts: Artifacts
  readonly #cache = new ByteCache<unknown>(CACHE_BYTES)

  constructor(artifacts: Artifacts) {
    this.#artifacts = artifacts
  }

  /** @throws {ArtifactNotFoundError} */
  async rows<Kind extends RowKind>(kind: Kind, name: string, wanted: RowQuery): Promise<Placed<RowOf[Kind]>[]> {
    const rows = kind === 'scalars' ? await this.#scalarRows(name, wanted) : await this.#flowRows(name, wanted)
    return rows as Placed<RowOf[Kind]>[]
  }

  /** The columns of a segment of scalars. @throws {ArtifactNotFoundError} */
  block(name: string): Promise<Block> {
    return this.#read(name, decodeScalarSegment)
  }

  /** Not to be changed: it is shared. Undefined for one of another version. @throws {ArtifactNotFoundError} */
  pyramid(name: string): Promise<Pyramid | undefined> {
    return this.#read(name, (bytes) => Pyramid.decode(bytes))
  }

  /** Not to be changed: it is shared. Undefined for one of another version. @throws {ArtifactNotFoundError} */
  flowPyramid(name: string): Promise<FlowPyramid | undefined> {
    return this.#read(name, (bytes) => FlowPyramid.decode(bytes))
  }

  async #scalarRows(name: string, { after, fromStep, count }: RowQuery): Promise<Placed<MetricRow>[]> {
    const block = await this.block(name)
    const behind = block.epoch === after.epoch ? lowerBound(block.seqs, after.seq + 1) : 0
    const from = Math.max(behind, lowerBound(block.steps, fromStep))
    return rowsOf(block, from, Math.min(block.steps.length, from + count))
  }

  async #flowRows(name: string, { after, fromStep, count }: RowQuery): Promise<Placed<FlowRow>[]> {
    const rows = await this.#read(name, decodeFlowSegment)
    const from = rows.findIndex(
      ({ at, row }) => row.step >= fromStep && (at.epoch !== after.epoch || at.seq > after.seq),
    )
    return from < 0 ? [] : rows.slice(from, from + count)
  }

  async #read<Content>(name: string, decode: (bytes: Uint8Array) => Content): Promise<Content> {
    return (await this.#cache.get(name, async () => {
      const chunks: Uint8Array[] = []
      for await (const chunk of await this.#artifacts.get(name)) chunks.push(chunk)
      const bytes = Buffer.concat(chunks)
      return { value: decode(bytes), bytes: bytes.length }
    })) as Content
  }
}
