// Which server wrote a folder of Redis data. An older one, or one of another make, cannot read it, and what it then advises
// (redis-check-aof --fix) would cut the data off.

import { existsSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { isAtLeast } from '../provision/node.mjs'

/**
 * A server by what it calls itself.
 * @typedef {{ name: string, version: string }} Make such as Valkey 9.1.2
 */

const NOTE = 'written-by.json'
const AOF_FOLDER = 'appendonlydir'
const HEAD_BYTES = 256
/** The newest Redis whose files Valkey reads: it went its own way from there. */
const NEWEST_FOR_VALKEY = '7.2'

/**
 * The server that wrote a folder: by our note, else by the head of its base file.
 * @param {string} folder
 * @returns {Make | undefined} undefined where there are no data yet
 */
export function writerOf(folder) {
  const note = join(folder, NOTE)
  if (existsSync(note)) return JSON.parse(readFileSync(note, 'utf8'))
  const aof = join(folder, AOF_FOLDER)
  const base = existsSync(aof) ? readdirSync(aof).find((name) => name.endsWith('.base.rdb')) : undefined
  return base === undefined ? undefined : writerByHead(readFileSync(join(aof, base)).subarray(0, HEAD_BYTES))
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
  writeFileSync(`${note}.new`, `${JSON.stringify({ name, version })}\n`)
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
