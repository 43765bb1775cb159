import { createHash, randomBytes } from 'node:crypto'

import { Refusal } from './error.mjs'

/** Of every part of an object but the last, as S3 demands. */
const LEAST_PART_BYTES = 5 * 2 ** 20

/**
 * @typedef {object} StoredObject
 * @property {Buffer} bytes
 * @property {string} etag with its quotes
 * @property {Date} modified
 */

/** One bucket in memory: an object is there whole or not at all, and listed in the order of the bytes of its key. */
export class Bucket {
  /** @type {Map<string, StoredObject>} */
  #objects = new Map()
  /** @type {Map<string, { key: string, parts: Map<number, Buffer> }>} */
  #uploads = new Map()

  /**
   * @param {string} key
   * @param {Buffer} bytes
   * @returns {string} its ETag
   */
  put(key, bytes) {
    const etag = `"${md5(bytes)}"`
    this.#objects.set(key, { bytes, etag, modified: new Date() })
    return etag
  }

  /** @param {string} key @returns {StoredObject} @throws {Refusal} */
  get(key) {
    const found = this.#objects.get(key)
    if (found === undefined) throw new Refusal(404, 'NoSuchKey', 'The specified key does not exist.')
    return found
  }

  /** @param {string} key */
  delete(key) {
    this.#objects.delete(key)
  }

  /**
   * @param {string} prefix
   * @param {string} after the key before the first one
   * @param {number} most
   * @returns {{ found: [key: string, object: StoredObject][], isTruncated: boolean }}
   */
  list(prefix, after, most) {
    const all = [...this.#objects]
      .filter(([key]) => key.startsWith(prefix) && (after === '' || compareBytes(key, after) > 0))
      .toSorted(([one], [other]) => compareBytes(one, other))
    return { found: all.slice(0, most), isTruncated: all.length > most }
  }

  /** @param {string} key @returns {string} the id of an upload in parts */
  begin(key) {
    const id = randomBytes(16).toString('hex')
    this.#uploads.set(id, { key, parts: new Map() })
    return id
  }

  /**
   * @param {string} key
   * @param {string} id
   * @param {number} number from 1
   * @param {Buffer} bytes
   * @returns {string} the ETag of the part
   */
  addPart(key, id, number, bytes) {
    this.#upload(key, id).parts.set(number, bytes)
    return `"${md5(bytes)}"`
  }

  /**
   * Joins the parts of an upload, in the order that is given.
   *
   * @param {string} key
   * @param {string} id
   * @param {{ number: number, etag: string }[]} listed
   * @returns {string} the ETag of the object
   */
  complete(key, id, listed) {
    const { parts } = this.#upload(key, id)
    const joined = listed.map(({ number, etag }, at) => {
      const bytes = parts.get(number)
      if (bytes === undefined || `"${md5(bytes)}"` !== etag)
        throw new Refusal(400, 'InvalidPart', 'One or more of the specified parts could not be found.')
      if (number <= (listed[at - 1]?.number ?? 0))
        throw new Refusal(400, 'InvalidPartOrder', 'The list of parts was not in ascending order.')
      if (at < listed.length - 1 && bytes.length < LEAST_PART_BYTES)
        throw new Refusal(400, 'EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size.')
      return bytes
    })
    if (joined.length === 0) throw new Refusal(400, 'MalformedXML', 'The XML you provided was not well-formed.')
    this.#uploads.delete(id)
    const digests = joined.map((bytes) => createHash('md5').update(bytes).digest())
    const etag = `"${md5(Buffer.concat(digests))}-${joined.length}"`
    this.#objects.set(key, { bytes: Buffer.concat(joined), etag, modified: new Date() })
    return etag
  }

  /**
   * @param {string} key
   * @param {string} id
   */
  abort(key, id) {
    this.#upload(key, id)
    this.#uploads.delete(id)
  }

  /**
   * @param {string} key
   * @param {string} id
   */
  #upload(key, id) {
    const upload = this.#uploads.get(id)
    if (upload?.key !== key) throw new Refusal(404, 'NoSuchUpload', 'The specified multipart upload does not exist.')
    return upload
  }
}

/** @param {string} one @param {string} other */
function compareBytes(one, other) {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}

/** @param {Uint8Array} bytes */
function md5(bytes) {
  return createHash('md5').update(bytes).digest('hex')
}
