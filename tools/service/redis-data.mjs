// Which server wrote a folder of Redis data. An older one, or one of another make, cannot read it, and what it then advises
// (redis-check-aof --fix) would cut the data off.

import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'

import { isAtLeast } from '../provision/node.mjs'

/**
 * A server by what it calls itself.
 * @typedef {{ name: string, version: string }} Make such as Valkey 9.1.2
 */

const NOTE = 'written-by.json'
const AOF_FOLDER = 'appendonlydir'
/** Files that begin with a snapshot, also in the layout before Redis 7. */
const DATA_FILE = /\.rdb$|\.aof$/
const HEAD_BYTES = 256
/** The newest Redis whose files Valkey reads: it went its own way from there. */
const NEWEST_FOR_VALKEY = '7.2'

/**
 * The server that wrote a folder, or the newest of those that did: by our note and by the heads of its files, as a server may
 * have written after the note, or before there were notes.
 * @param {string} folder
 * @returns {Make | undefined} undefined where there are no data yet
 */
export function writerOf(folder) {
  const heads = [folder, join(folder, AOF_FOLDER)].flatMap((place) =>
    existsSync(place)
      ? readdirSync(place)
          .filter((name) => DATA_FILE.test(name))
          .map((name) => writerByHead(headOf(join(place, name))))
      : [],
  )
  const makes = [readNote(folder), ...heads].filter((make) => make !== undefined)
  return makes.reduce((/** @type {Make | undefined} */ newest, make) => {
    return newest === undefined || isNewer(make, newest) ? make : newest
  }, undefined)
}

/**
 * Valkey went its own way from Redis 7.2 on: what it wrote, no Redis reads.
 * @param {Make} one
 * @param {Make} other
 */
function isNewer(one, other) {
  if (one.name === other.name) return isAtLeast(one.version, other.version)
  return one.name === 'Valkey'
}

/**
 * @param {string} folder
 * @returns {Make | undefined} undefined also where the note was lost halfway: the files themselves tell then
 */
function readNote(folder) {
  try {
    const { name, version } = JSON.parse(readFileSync(join(folder, NOTE), 'utf8'))
    return typeof name === 'string' && typeof version === 'string' ? { name, version } : undefined
  } catch {
    return undefined
  }
}

/** @param {string} path */
function headOf(path) {
  const file = openSync(path, 'r') // a base file may be larger than memory
  try {
    const head = Buffer.alloc(HEAD_BYTES)
    return head.subarray(0, readSync(file, head))
  } finally {
    closeSync(file)
  }
}

/**
 * @param {Buffer} head of a file whose first fields are `redis-ver` or `valkey-ver`, each behind one byte of its length
 * @returns {Make | undefined}
 */
export function writerByHead(head) {
  for (const [field, name] of [
    ['valkey-ver', 'Valkey'],
    ['redis-ver', 'Redis'],
  ]) {
    const at = head.indexOf(field)
    if (at === -1) continue
    const from = at + field.length
    const length = head[from] ?? 0
    return { name, version: head.subarray(from + 1, from + 1 + length).toString('latin1') }
  }
  return undefined
}

/**
 * Notes who writes a folder from now on.
 * @param {string} folder
 * @param {Make} make
 */
export function noteWriter(folder, { name, version }) {
  const note = join(folder, NOTE)
  const file = openSync(`${note}.new`, 'w')
  writeSync(file, `${JSON.stringify({ name, version })}\n`)
  fsyncSync(file)
  closeSync(file)
  renameSync(`${note}.new`, note) // a note is there whole or not at all
}

/**
 * Whether a server reads what another wrote.
 * @param {Make} reader
 * @param {Make} writer
 */
export function canRead(reader, writer) {
  if (reader.name === writer.name) return isAtLeast(reader.version, writer.version)
  return reader.name === 'Valkey' && writer.name === 'Redis' && isAtLeast(`${NEWEST_FOR_VALKEY}.99`, writer.version)
}
