import { cutBlocks } from '@unroll/formats'
import type { ArtifactHead, Artifacts, ListedArtifact } from '../artifacts.ts'
import { ArtifactNotFoundError, ArtifactReadError, ArtifactWriteError } from '../errors.ts'
import { isKey, splitKey } from '../key.ts'
import type { S3Client } from './client.ts'
import { isAbsent } from './error.ts'
import { MultipartUpload } from './multipart.ts'
import { WatchedSource } from '../watched_source.ts'
import { elements, readText } from './xml.ts'

/** Services accept 10,000 parts of at least 5 MiB: an artifact may have 80 GiB. One part is in memory. */
const PART_BYTES = 8 * 2 ** 20
const EMPTY = new Uint8Array()

/**
 * Artifacts as objects of an S3 bucket, all below a prefix. The service itself shows a whole object or none.
 *
 * The parts that a killed writer has sent stay invisible in the bucket until the bucket's own lifecycle rule for
 * incomplete uploads removes them.
 */
export class S3Artifacts implements Artifacts {
  readonly #s3: S3Client
  /** Empty, or ends with a slash. */
  readonly #prefix: string

  constructor(s3: S3Client, prefix: string) {
    this.#s3 = s3
    this.#prefix = prefix
  }

  async put(key: string, source: AsyncIterable<Uint8Array>): Promise<ArtifactHead> {
    const path = this.#path(key)
    const watched = new WatchedSource()
    try {
      await this.#upload(path, cutBlocks(watched.of(source), PART_BYTES))
    } catch (error) {
      throw watched.hasFailed ? error : new ArtifactWriteError(key, error)
    }
    return { bytes: watched.bytes }
  }

  async get(key: string): Promise<AsyncIterable<Uint8Array>> {
    const path = this.#path(key)
    const response = await this.#s3.send('GET', path).catch((error: unknown) => {
      throw isAbsent(error) ? new ArtifactNotFoundError(key, { cause: error }) : new ArtifactReadError(key, error)
    })
    return this.#bytes(key, response)
  }

  async head(key: string): Promise<ArtifactHead | undefined> {
    const path = this.#path(key)
    try {
      return { bytes: readLength(await this.#s3.send('HEAD', path)) }
    } catch (error) {
      if (isAbsent(error)) return undefined
      throw new ArtifactReadError(key, error)
    }
  }

  async delete(key: string): Promise<void> {
    const path = this.#path(key)
    await this.#s3.send('DELETE', path).catch((error: unknown) => {
      if (!isAbsent(error)) throw new ArtifactWriteError(key, error)
    })
  }

  async *list(prefix: string): AsyncGenerator<ListedArtifact> {
    const query: Record<string, string> = { 'list-type': '2', prefix: `${this.#path(prefix)}/` }
    for (;;) {
      const response = await this.#s3.send('GET', '', { query }).catch((error: unknown) => {
        throw new ArtifactReadError(prefix, error)
      })
      const xml = await response.text()
      for (const item of elements(xml, 'Contents')) {
        const key = readText(item, 'Key').slice(this.#prefix.length)
        if (!isKey(key)) continue // a foreign object
        yield { key, bytes: Number(readText(item, 'Size')), writtenAt: Date.parse(readText(item, 'LastModified')) }
      }
      if (readText(xml, 'IsTruncated') !== 'true') return
      query['continuation-token'] = readText(xml, 'NextContinuationToken')
    }
  }

  async #upload(path: string, parts: AsyncIterable<Uint8Array>): Promise<void> {
    let upload: MultipartUpload | undefined
    let last: Uint8Array = EMPTY // held back, because an artifact of one part is sent in one request
    try {
      for await (const part of parts) {
        if (last.length > 0) {
          upload ??= await MultipartUpload.begin(this.#s3, path)
          await upload.add(last)
        }
        last = part
      }
      if (upload === undefined) return void (await this.#s3.send('PUT', path, { body: last }))
      await upload.add(last)
      return await upload.complete()
    } catch (error) {
      await upload?.abort().catch(() => {}) // The first error is the one to report.
      throw error
    }
  }

  /** The body of a response; after an interruption it is requested from there on. */
  async *#bytes(key: string, first: Response): AsyncGenerator<Uint8Array> {
    const etag = first.headers.get('etag') ?? ''
    const bytes = readLength(first)
    let response = first
    let at = 0
    for (let failures = 0; at < bytes;) {
      try {
        for await (const chunk of response.body ?? []) {
          at += chunk.length
          failures = 0
          yield chunk
        }
        if (at < bytes) throw new Error(`it has ${bytes} bytes, and ended after ${at}`)
      } catch (error) {
        if (++failures >= this.#s3.patience.tries) throw new ArtifactReadError(key, error)
        const headers = { range: `bytes=${at}-`, 'if-match': etag }
        response = await this.#s3.send('GET', this.#path(key), { headers }).catch((cause: unknown) => {
          throw new ArtifactReadError(key, cause)
        })
      }
    }
  }

  #path(key: string): string {
    return `${this.#prefix}${splitKey(key).join('/')}`
  }
}

function readLength({ headers }: Response): number {
  const length = headers.get('content-length')
  if (length === null) throw new Error('the answer does not say how long it is')
  return Number(length)
}
