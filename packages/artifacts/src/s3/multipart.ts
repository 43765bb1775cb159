import type { S3Client } from './client.ts'
import { S3Error } from './error.ts'
import { escaped, readText } from './xml.ts'

/** An object that is uploaded in parts and exists once it is completed. */
export class MultipartUpload {
  readonly #s3: S3Client
  readonly #key: string
  readonly #id: string
  readonly #etags: string[] = []

  private constructor(s3: S3Client, key: string, id: string) {
    this.#s3 = s3
    this.#key = key
    this.#id = id
  }

  static async begin(s3: S3Client, key: string): Promise<MultipartUpload> {
    const xml = await (await s3.send('POST', key, { query: { uploads: '' } })).text()
    return new MultipartUpload(s3, key, readText(xml, 'UploadId'))
  }

  async add(body: Uint8Array): Promise<void> {
    const query = { partNumber: String(this.#etags.length + 1), uploadId: this.#id }
    const { headers } = await this.#s3.send('PUT', this.#key, { query, body })
    this.#etags.push(headers.get('etag') ?? '')
  }

  async complete(): Promise<void> {
    const parts = this.#etags.map(
      (etag, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${escaped(etag)}</ETag></Part>`,
    )
    const body = Buffer.from(`<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`)
    const response = await this.#s3.send('POST', this.#key, { query: { uploadId: this.#id }, body })
    // The service responds with 200 before it has joined the parts: the body has the result.
    const xml = await response.text()
    const code = readText(xml, 'Code')
    if (code !== '') throw new S3Error(`complete ${this.#key}`, { status: 500, code, why: readText(xml, 'Message') })
  }

  async abort(): Promise<void> {
    await this.#s3.send('DELETE', this.#key, { query: { uploadId: this.#id } })
  }
}
