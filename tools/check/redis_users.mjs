import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { USERS_FILE } from '../acl/users.mjs'

const COMPOSE = 'docker-compose.yml'
const KUBERNETES = 'deploy/kubernetes/base'
const SECRET = /^ +- secretRef: \{ name: (unroll-[\w-]+) \}/m
/** Where a manifest says as which user of Redis an app runs. @type {[path: string, place: RegExp, user: string][]} */
const USER_PLACES = [
  [COMPOSE, /^ {2}api:\n(?: {4}.*\n)*? {6}REDIS_URL: rediss?:\/\/([\w-]+):/m, 'unroll-api'],
  [COMPOSE, /^x-worker:.*\n(?: {2}.*\n)*?.*REDIS_URL: 'rediss?:\/\/([\w-]+):/m, 'unroll-worker'],
  [COMPOSE, /valkey-cli --user ([\w-]+) ping/, 'unroll-api'],
  [`${KUBERNETES}/api.yaml`, SECRET, 'unroll-api'],
  [`${KUBERNETES}/worker-cpu.yaml`, SECRET, 'unroll-worker'],
  [`${KUBERNETES}/worker-gpu.yaml`, SECRET, 'unroll-worker'],
  ...['unroll-api', 'unroll-worker'].map(
    (user) =>
      /** @type {[string, RegExp, string]} */ ([
        `${KUBERNETES}/kustomization.yaml`,
        new RegExp(`secret generic ${user} .*\\n.*REDIS_URL=rediss://([\\w-]+):`),
        user,
      ]),
  ),
]
/** Whatever names Redis without a user of its own. */
const ANONYMOUS = /rediss?:\/\/(?!unroll-(?:api|worker):)\S*/g

/**
 * Holds the users of Redis that manifests run with against the file of users: API and workers have one each.
 * @param {string} folder
 * @returns {{ seen: number, faults: string[] }}
 */
export function checkRedisUsers(folder) {
  const read = (/** @type {string} */ path) => readFileSync(join(folder, path), 'utf8')
  const known = [...read(USERS_FILE).matchAll(/^user ([\w-]+) on /gm)].map(([, name]) => name)
  const paths = [...new Set(USER_PLACES.map(([path]) => path))]
  return {
    seen: USER_PLACES.length,
    faults: [
      ...USER_PLACES.flatMap(([path, place, user]) => {
        const found = place.exec(read(path))?.[1] ?? 'nobody'
        return found === user && known.includes(user)
          ? []
          : [`${path} has ${found} use Redis where it must be ${user} of ${USERS_FILE}`]
      }),
      ...paths.flatMap((path) => (read(path).match(ANONYMOUS) ?? []).map((url) => `${path} has nobody's ${url}`)),
    ],
  }
}
