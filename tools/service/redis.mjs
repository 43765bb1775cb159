import { mkdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { Child } from './child.mjs'
import { makeOf } from '../provision/redis.mjs'
import { freePort } from './ports.mjs'
import { noteWriter } from './redis-data.mjs'

const HOST = '127.0.0.1'
const ANSWER_EVERY_MS = 20
/** It may wait for its disk for long, and takes long to read its data again. */
const SILENCE_MS = 30_000

/**
 * Starts a Redis server of our own on the loopback interface and waits until it answers.
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
  const port = await freePort(HOST)
  const settings = {
    port,
    bind: HOST,
    dir: folder,
    appendonly: 'yes', // an accepted job survives a crash
    appendfsync: 'everysec',
    save: '',
    'maxmemory-policy': 'noeviction', // the only one BullMQ is safe under
  }
  const child = new Child({
    name: 'redis',
    command: server,
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
    logFile: join(folder, 'redis.log'),
    stopMs: 10_000,
    // Also one that says that it is still loading its data lives.
    liveness: { ask: (signal) => answerOf('PING', port, signal), silenceMs },
    onStart,
    onGiveUp,
  })
  child.start()
  try {
    await untilAnswering(port, AbortSignal.timeout(startMs))
  } catch (error) {
    await child.stop()
    throw error
  }
  const make = makeOf(server)
  if (make !== undefined) noteWriter(folder, make)
  return { child, url: `redis://${HOST}:${port}` }
}

/**
 * @param {number} port
 * @param {AbortSignal} signal
 */
async function untilAnswering(port, signal) {
  const isReady = () =>
    answerOf('PING', port).then(
      (answer) => answer.startsWith('+PONG'),
      () => false,
    )
  while (!(await isReady())) {
    if (signal.aborted)
      throw new Error(`Cannot reach the Redis server started on ${HOST}:${port}: it does not answer PING`)
    await sleep(ANSWER_EVERY_MS)
  }
}

/**
 * What a server on the loopback interface answers to a command.
 * @param {string} command
 * @param {number} port
 * @param {AbortSignal} [signal]
 * @returns {Promise<string>} also an error of the server, such as that it is still loading its data
 */
export function answerOf(command, port, signal) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: HOST, signal }, () => socket.write(`${command}\r\n`))
    socket.once('data', (answer) => {
      socket.destroy()
      resolve(answer.toString().trim())
    })
    socket.on('error', reject)
    socket.once('close', () => reject(new Error('the connection was closed')))
  })
}
