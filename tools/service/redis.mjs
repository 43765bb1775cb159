import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { Child } from './child.mjs'
import { makeOf } from '../provision/redis.mjs'
import { freePort } from './ports.mjs'
import { noteWriter } from './redis-data.mjs'

const HOST = '127.0.0.1'
const ANSWER_EVERY_MS = 20
/** It may wait for its disk for long, and takes long to read its data again. */
const SILENCE_MS = 30_000
/** Holds the address of the server with its password, for the owner of the folder alone. */
const URL_FILE = 'url'
/** What the server is started with: in a file, as every user of the machine may read arguments. */
const SETTINGS_FILE = 'redis.conf'
const PASSWORD_BYTES = 32
const OWNER_ALONE = 0o600

/**
 * Starts a Redis server of our own on the loopback interface, with a password, and waits until it answers. A folder keeps its
 * password, and its port where nobody else has taken that meanwhile.
 * @param {object} options
 * @param {string} options.server path of the executable
 * @param {string} options.folder its data and its log
 * @param {number} [options.startMs] how long it may take to answer: reading a large append-only file takes a while
 * @param {number} [options.silenceMs] how long it may give no answer before it is killed and started again
 * @param {(pid: number) => void} [options.onStart]
 * @param {() => void} options.onGiveUp
 * @returns {Promise<{ child: Child, url: string }>}
 */
export async function startRedis({ server, folder, startMs = 60_000, silenceMs = SILENCE_MS, onStart, onGiveUp }) {
  mkdirSync(folder, { recursive: true })
  const before = readUrl(folder)
  const password = before?.password || randomBytes(PASSWORD_BYTES).toString('hex')
  const port = await freePort(HOST, before && Number(before.port))
  const url = `redis://:${password}@${HOST}:${port}`
  writeSecret(join(folder, SETTINGS_FILE), settingsText({ port, password, folder }))
  const child = new Child({
    name: 'redis',
    command: server,
    args: [resolve(folder, SETTINGS_FILE)],
    logFile: join(folder, 'redis.log'),
    stopMs: 10_000,
    // Also one that says that it is still loading its data lives.
    liveness: { ask: (signal) => answerOf('PING', url, signal), silenceMs },
    onStart,
    onGiveUp,
  })
  child.start()
  try {
    await untilAnswering(url, AbortSignal.timeout(startMs))
  } catch (error) {
    await child.stop()
    throw error
  }
  writeSecret(join(folder, URL_FILE), `${url}\n`)
  const make = makeOf(server)
  if (make !== undefined) noteWriter(folder, make)
  return { child, url }
}

/**
 * The address that a folder's server had.
 * @param {string} folder
 * @returns {URL | undefined} undefined where there was none, or its note was lost halfway
 */
function readUrl(folder) {
  const file = join(folder, URL_FILE)
  const text = existsSync(file) ? readFileSync(file, 'utf8').trim() : ''
  return URL.canParse(text) ? new URL(text) : undefined
}

/** @param {{ port: number, password: string, folder: string }} given */
function settingsText({ port, password, folder }) {
  const settings = {
    port,
    bind: HOST,
    requirepass: password,
    dir: resolve(folder),
    appendonly: 'yes', // an accepted job survives a crash
    appendfsync: 'everysec',
    save: '',
    'maxmemory-policy': 'noeviction', // the only one BullMQ is safe under
  }
  return Object.entries(settings)
    .map(([name, value]) => `${name} ${JSON.stringify(String(value))}\n`)
    .join('')
}

/**
 * @param {string} file
 * @param {string} text
 */
function writeSecret(file, text) {
  const unfinished = `${file}.${process.pid}`
  writeFileSync(unfinished, text, { mode: OWNER_ALONE })
  renameSync(unfinished, file) // at no time can others read it, also where it was there with other rights
}

/**
 * @param {string} url
 * @param {AbortSignal} signal
 */
async function untilAnswering(url, signal) {
  const isReady = () =>
    answerOf('PING', url).then(
      (answer) => answer.startsWith('+PONG'),
      () => false,
    )
  while (!(await isReady())) {
    if (signal.aborted)
      throw new Error(`Cannot reach the Redis server started on ${new URL(url).host}: it does not answer PING`)
    await sleep(ANSWER_EVERY_MS)
  }
}

/**
 * What a server answers to a command.
 * @param {string} command
 * @param {string} url with its password
 * @param {AbortSignal} [signal]
 * @returns {Promise<string>} also an error of the server, such as that it is still loading its data
 */
export async function answerOf(command, url, signal) {
  const { hostname, port, password } = new URL(url)
  const socket = connect({ port: Number(port), host: hostname, signal })
  const closed = new AbortController()
  socket.once('close', () => closed.abort(new Error('the connection was closed')))
  /** @param {string} line */
  const ask = async (line) => {
    socket.write(`${line}\r\n`)
    const [answer] = await once(socket, 'data', { signal: closed.signal })
    return answer.toString().trim()
  }
  try {
    await once(socket, 'connect')
    const refusal = await ask(`AUTH ${password}`)
    return refusal === '+OK' ? await ask(command) : refusal
  } finally {
    socket.destroy()
  }
}
