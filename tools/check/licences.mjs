import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { root } from '../repository.mjs'

/** @import { Finding } from './run.mjs' */
/** @typedef {{ dev?: boolean, link?: boolean, license?: string }} Locked what the lock file knows of a package */
/**
 * @typedef {object} Exception
 * @property {RegExp} packages their names
 * @property {string} licence what they name, `'none'` where they name none
 * @property {boolean} shipped whether packages that are shipped may have it
 * @property {string} reason
 */

const LOCK = 'package-lock.json'
const NO_LICENCE = 'none'

/** SPDX identifiers. */
const ALLOWED = ['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0']

/** @type {Exception[]} */
const EXCEPTIONS = [
  {
    packages: /^(?:chownr|glob|lru-cache|minimatch|minipass|path-scurry|tar|yallist)$/,
    licence: 'BlueOak-1.0.0',
    shipped: true,
    reason: 'as permissive as MIT; @fastify/static has glob, and tfjs-node-gpu has tar',
  },
  {
    packages: /^lightningcss(?:-|$)/,
    licence: 'MPL-2.0',
    shipped: false,
    reason: 'Vite writes style sheets with it, and nothing of it is in them',
  },
  {
    packages: /^fast-sha256$/,
    licence: 'Unlicense',
    shipped: false,
    reason: 'public domain; the reference library of Standard Webhooks, by which tests verify signatures, loads it',
  },
  {
    packages: /^argparse$/,
    licence: 'PSF-2.0',
    shipped: false,
    reason: 'permissive; only the command of markdown-it loads it',
  },
]

/**
 * Checks the licence of every package in the lock file, without network.
 * @returns {Finding}
 */
export function checkLicences() {
  const { packages } = JSON.parse(readFileSync(join(root, LOCK), 'utf8'))
  return judgeLicences(packages, readManifest)
}

/**
 * @param {Record<string, Locked>} packages of a lock file, by their folders
 * @param {(folder: string) => { licenses?: { type: string }[] }} manifest of a package, for those whose licence npm does not lock
 * @returns {Finding}
 */
export function judgeLicences(packages, manifest) {
  const seen = Object.entries(packages)
    .filter(([, { link }]) => !link)
    .map(([folder, { license, dev = false }]) => ({
      folder,
      name: folder.split('node_modules/').at(-1) ?? folder,
      licence:
        license ??
        manifest(folder)
          .licenses?.map(({ type }) => type)
          .join(' OR ') ??
        NO_LICENCE,
      shipped: !dev,
    }))
  const excepted = seen
    .filter(({ licence }) => !allows(licence))
    .map((one) => ({
      ...one,
      exception: EXCEPTIONS.find(
        ({ packages: names, licence, shipped }) =>
          names.test(one.name) && licence === one.licence && (shipped || !one.shipped),
      ),
    }))
  return {
    seen: seen.length,
    unit: `packages, of which ${seen.filter(({ shipped }) => shipped).length} are shipped`,
    notes: EXCEPTIONS.map((exception) => {
      const count = excepted.filter((one) => one.exception === exception).length
      return `${count} with licence ${exception.licence}: ${exception.reason}`
    }),
    faults: [
      ...excepted
        .filter(({ exception }) => exception === undefined)
        .map(
          ({ folder, licence, shipped }) =>
            `${folder} ${shipped ? 'is shipped and ' : ''}has the licence ${licence}: allowed are ${ALLOWED.join(', ')}`,
        ),
      ...EXCEPTIONS.filter((exception) => !excepted.some((one) => one.exception === exception)).map(
        ({ packages: names, licence }) => `No package needs the exception of ${licence} for ${names.source}`,
      ),
    ],
  }
}

/**
 * Whether an SPDX expression can be met with licences that are allowed. Exceptions (`WITH`) are not known.
 * @param {string} expression
 * @returns {boolean}
 */
export function allows(expression) {
  const inner = expression.replaceAll(/\(([^()]*)\)/g, (_, part) => (allows(part) ? 'MIT' : 'refused'))
  if (inner !== expression) return allows(inner)
  return expression.split(' OR ').some((all) => all.split(' AND ').every((name) => ALLOWED.includes(name.trim())))
}

/** @param {string} folder */
function readManifest(folder) {
  const path = join(root, folder, 'package.json')
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
}
