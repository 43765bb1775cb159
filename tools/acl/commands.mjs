// The commands that the service sends to Redis, read from where they are sent: our scripts and sources, and BullMQ's.

import { readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { root } from '../repository.mjs'

const STORE = join(root, 'packages/store/src')
const SOURCE = /\.ts$/
const TEST = /\.test\.ts$|^testing\//

/** In a script: `redis.call('HGET', …)`, or `rcall("HGET", …)` as BullMQ names it. */
const IN_SCRIPT = /(?:redis\.p?call|rcall)\(\s*['"](\w+)['"]/g
/** In a source: a method of a connection, or of a transaction, that has the name of a command. */
const IN_SOURCE = /\b(?:redis|client|conn|bclient|connection|multi|tx|pipeline)\)?\s*\.(\w+)\(/g
const BY_NAME = /\.call\('(\w+)'/g

/** Sent for every connection by the libraries themselves. */
const CONNECTION = ['client|setinfo', 'client|setname', 'evalsha', 'hello', 'quit', 'unsubscribe']

/** What BullMQ has and the service does without. */
const LEFT_OUT = {
  client: 'only its subcommands that name a connection: others list and end those of others',
  scan: 'walks the names of all keys; BullMQ deletes queues by it',
  call: 'the method that sends a command by its name',
}

/**
 * Every command, with the places that send it.
 * @returns {Map<string, string[]>}
 */
export function findCommands() {
  const require = createRequire(join(root, 'packages/store/package.json'))
  const bullmq = join(dirname(require.resolve('bullmq/package.json')), 'dist/cjs')
  const ioredis = createRequire(require.resolve('ioredis'))
  /** @type {{ list: string[] }} */
  const { list } = ioredis('@ioredis/commands')
  const known = new Set(list)
  /** @type {Map<string, Set<string>>} */
  const found = new Map(CONNECTION.map((command) => [command, new Set(['every connection'])]))
  /** @param {string} text @param {RegExp} pattern @param {string} place */
  const collect = (text, pattern, place) => {
    for (const [, name = ''] of text.matchAll(pattern)) {
      const command = name.toLowerCase()
      if (!known.has(command) || Object.hasOwn(LEFT_OUT, command)) continue
      found.set(command, (found.get(command) ?? new Set()).add(place))
    }
  }
  for (const [path, text] of readFiles(STORE, /\.lua$/)) collect(text, IN_SCRIPT, path)
  for (const [path, text] of readFiles(STORE, SOURCE)) {
    if (TEST.test(path)) continue
    collect(text, IN_SOURCE, path)
    collect(text, BY_NAME, path)
  }
  for (const [path, text] of readFiles(join(bullmq, 'scripts'), /\.js$/)) collect(text, IN_SCRIPT, `bullmq/${path}`)
  for (const [path, text] of readFiles(join(bullmq, 'classes'), /\.js$/)) collect(text, IN_SOURCE, `bullmq/${path}`)
  return new Map(
    [...found].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([name, places]) => [name, [...places]]),
  )
}

/**
 * @param {string} folder
 * @param {RegExp} wanted
 * @returns {[path: string, text: string][]}
 */
function readFiles(folder, wanted) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => wanted.test(path))
    .map((path) => [path, readFileSync(join(folder, path), 'utf8')])
}
