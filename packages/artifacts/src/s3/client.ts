import { AwsClient } from 'aws4fetch'
import { setTimeout as sleep } from 'node:timers/promises'
import { sha256 } from '../digest.ts'
import { bucketUrl, chooseRegion, type S3Access } from './access.ts'
import { S3Error } from './error.ts'
import { readText } from './xml.ts'

/** Retries and timeouts of requests. */
export interface S3Patience {
  /** Number of attempts before the failure of a request is thrown. */
  tries: number
  /** Longest pause before the second attempt, in milliseconds; it doubles with each attempt. */
  pauseMs: number
  /** Time for the service to begin its response, in milliseconds. */
  answerMs: number
}

export const PATIENCE: S3Patience = { tries: 5, pauseMs: 200, answerMs: 60_000 }

export interface S3Request {
  query?: Record<string, string>
  headers?: Record<string, string>
  body?: Uint8Array
}

const NOTHING = new Uint8Array()

/** Signed requests to one bucket. All of them may be repeated with the same effect. */
export class S3Client {
  readonly patience: S3Patience
  readonly #bucket: string
  readonly #aws: AwsClient
  readonly #url: string

  /** @throws {RangeError} when the endpoint is no address */
  constructor(bucket: string, access: S3Access, patience: S3Patience = PATIENCE) {
    const { accessKeyId, secretAccessKey, sessionToken } = access
    const keys = { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) }
    this.#aws = new AwsClient({ ...keys, service: 's3', region: chooseRegion(access) })
    this.#bucket = bucket
    this.#url = bucketUrl(bucket, access)
    this.patience = patience
  }

  /**
   * Sends a request, and repeats it after a pause if the service is unreachable or reports its own fault.
   *
   * @param key '' for the bucket
   * @returns the successful response
   * @throws {S3Error}
   */
  async send(method: string, key: string, request: S3Request = {}): Promise<Response> {
    const { tries, pauseMs } = this.patience
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#sendOnce(method, key, request)
      } catch (error) {
        if (attempt >= tries || !(error instanceof S3Error && error.isPassing)) throw error
        await sleep(Math.random() * pauseMs * 2 ** (attempt - 1)) // random, so that many clients do not return at the same time
      }
    }
  }

  async #sendOnce(method: string, key: string, { query = {}, headers = {}, body }: S3Request): Promise<Response> {
    const action = `${method} s3://${this.#bucket}/${key}`
    const search = new URLSearchParams(query).toString()
    const url = `${this.#url}${key === '' ? '' : `/${key}`}${search === '' ? '' : `?${search}`}`
    const signed = await this.#aws.sign(url, {
      method,
      // The service compares the received bytes with the digest, and refuses others.
      headers: { ...headers, 'x-amz-content-sha256': sha256(body ?? NOTHING) },
      ...(body !== undefined && { body }),
    })
    const response = await this.#answer(signed, action)
    if (response.ok) return response
    const text = await response.text().catch(() => '')
    const { status } = response
    throw new S3Error(action, { status, code: readText(text, 'Code'), why: readText(text, 'Message') })
  }

  async #answer(request: Request, action: string): Promise<Response> {
    const { answerMs } = this.patience
    const limit = new AbortController()
    const timer = setTimeout(() => limit.abort(new Error(`there was no answer within ${answerMs / 1000} s`)), answerMs)
    try {
      return await fetch(request, { signal: limit.signal })
    } catch (error) {
      throw new S3Error(action, { status: 0, code: '', why: findReason(error) }, error)
    } finally {
      clearTimeout(timer)
    }
  }
}

/** The cause of "fetch failed". */
function findReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? findReason(error.cause) : error.message
}
