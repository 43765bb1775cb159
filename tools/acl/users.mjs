import { join } from 'node:path'

import { root } from '../repository.mjs'
import { findCommands } from './commands.mjs'

/** The committed file of the users, in which two words stand for their passwords. */
export const USERS_FILE = 'deploy/redis/users.acl'

/**
 * The users of Redis for the API and for workers, each with the keys that it needs, in the form of an `aclfile`.
 * @returns {Promise<string>}
 */
export async function writeUsers() {
  const { listKeyPatterns, listChannelPatterns } = await import(join(root, 'packages/store/dist/redis/permissions.js'))
  const commands = [...findCommands().keys()].map((command) => `+${command}`)
  /** @param {'api' | 'worker'} role */
  const rules = (role) => {
    const keys = listKeyPatterns(role).map((/** @type {string} */ pattern) => `~${pattern}`)
    const channels = listChannelPatterns().map((/** @type {string} */ pattern) => `&${pattern}`)
    return `resetkeys ${keys.join(' ')} resetchannels ${channels.join(' ')} -@all ${commands.join(' ')}`
  }
  const users = [
    'user default off',
    `user unroll-api on >API_PASSWORD ${rules('api')}`,
    `user unroll-worker on >WORKER_PASSWORD ${rules('worker')}`,
  ]
  return `${users.join('\n')}\n`
}
