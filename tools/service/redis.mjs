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

/**
 * Starts a Redis server of our own on the loopback interface and waits until it answers.
 * @param {object} options
 * @param {string} options.server path of the executable
 * @param {string} options.folder its data and its log
 * @param {number} [options.startMs] how long it may take to answer: reading a large append-only file takes a while
 * @param {(pid: number) => void} [options.onStart]
 * @param {() => void} options.onGiveUp
 * @returns {Promise<{ child: Child, url: string }>}
 */
export async function startRedis({ server, folder, startMs = 60_000, onStart, onGiveUp }) {
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
  while (!(await ping(port))) {
    if (signal.aborted)
      throw new Error(`Cannot reach the Redis server started on ${HOST}:${port}: it does not answer PING`)
    await sleep(ANSWER_EVERY_MS)
  }
}

/**
 * @param {number} port
 * @returns {Promise<boolean>} false also while it is still loading its data
 */
function ping(port) {
  return new Promise((resolve) => {
    const socket = connect(port, HOST, () => socket.write('PING\r\n'))
    socket.once('data', (answer) => {
      socket.destroy()
      resolve(answer.toString().startsWith('+PONG'))
    })
    socket.on('error', () => resolve(false))
    socket.once('close', () => resolve(false))
  })
}
