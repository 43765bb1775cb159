import { collect, type Artifacts } from '@unroll/artifacts'
import type { BlockOf, RowKind, SegmentReader } from '@unroll/store'
import { decodeFlowSegment, decodeScalarSegment } from './arrow.ts'
import { ByteCache } from '../byte_cache.ts'
import { FlowPyramid } from '../pyramids/flow_pyramid.ts'
import { Pyramid } from '../pyramids/pyramid.ts'

/** Bytes of cached segments. */
const CACHE_BYTES = 64 * 2 ** 20

const DECODE: { readonly [Kind in RowKind]: (bytes: Uint8Array) => BlockOf[Kind] } = {
  scalars: decodeScalarSegment,
  flow: decodeFlowSegment,
}

/** Reads segments and pyramids, which never change, through a cache. */
export class Segments implements SegmentReader {
  readonly #artifacts: Artifacts
  readonly #cache = new ByteCache<unknown>(CACHE_BYTES)

  constructor(artifacts: Artifacts) {
    this.#artifacts = artifacts
  }

  /** The rows of a segment. Not to be changed: they are shared. @throws {ArtifactNotFoundError} */
  block<Kind extends RowKind>(kind: Kind, name: string): Promise<BlockOf[Kind]> {
    return this.#read(name, DECODE[kind])
  }

  /** The shared pyramid, which must not be changed; undefined for another version. @throws {ArtifactNotFoundError} */
  pyramid(name: string): Promise<Pyramid | undefined> {
    return this.#read(name, (bytes) => Pyramid.decode(bytes))
  }

  /** The shared pyramid, which must not be changed; undefined for another version. @throws {ArtifactNotFoundError} */
  flowPyramid(name: string): Promise<FlowPyramid | undefined> {
    return this.#read(name, (bytes) => FlowPyramid.decode(bytes))
  }

  async #read<Content>(name: string, decode: (bytes: Uint8Array) => Content): Promise<Content> {
    return (await this.#cache.get(name, async () => {
      const bytes = await collect(await this.#artifacts.get(name))
      return { value: decode(bytes), bytes: bytes.length }
    })) as Content
  }
}
