// Images by Buildah: the Dockerfile's own steps in a chroot, whose base is a bare Debian with this machine's Node.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, copyFile, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { root } from '../repository.mjs'
import { findOnPath, runCommand } from '../provision/command.mjs'
import { step } from '../provision/step.mjs'

const DOCKERFILE = 'deploy/Dockerfile'
/** The base that the Dockerfile asks for: a major version of Node on a release of Debian. */
const BASE = /^ARG NODE_IMAGE=node:(\d+)-(\w+)-slim$/m
/** Authorities that this machine trusts, such as that of a proxy, and where they are in the base: a build fetches by TLS. */
const AUTHORITIES = process.env.NODE_EXTRA_CA_CERTS ?? '/etc/ssl/certs/ca-certificates.crt'
const AUTHORITIES_THERE = '/etc/authorities.crt'
const PROXIES = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']
const SHOWN_ON_FAILURE = 30

/** @throws {Error} that says what this machine lacks */
export function requireBuilder() {
  if (process.getuid?.() !== 0) throw new Error('Cannot replay images: it needs root, for chroot and mounts')
  const missing = ['buildah', 'debootstrap', 'unshare', 'chroot'].filter((name) => findOnPath([name]) === undefined)
  if (missing.length > 0) throw new Error(`Cannot replay images: install ${missing.join(' and ')}`)
}

/**
 * Makes what stands for the official image of Node: Debian's least, this Node with its npm, and the user `node` with id 1000.
 * @returns {Promise<string>} the name of the image
 */
export async function provideBase() {
  const [, major = '', release = ''] = BASE.exec(await readFile(join(root, DOCKERFILE), 'utf8')) ?? []
  if (major !== process.versions.node.split('.')[0])
    throw new Error(`Cannot replay images: they are built on Node ${major}, this is ${process.versions.node}`)
  const name = `localhost/unroll-bare-node:${process.versions.node}-${release}`
  const present = (await runCommand('buildah', ['images', '--format', '{{.Name}}:{{.Tag}}'])).split('\n')
  return await step({
    name: `base (Debian ${release}, Node ${process.versions.node})`,
    doing: 'making a bare root',
    done: () => (present.includes(name) ? name : undefined),
    work: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'unroll-root-'))
      try {
        await runCommand('debootstrap', ['--variant=minbase', release, folder])
        await addNode(folder)
        await commitBase(folder, name)
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
      return name
    },
  })
}

/** @param {string} folder */
async function addNode(folder) {
  const there = join(folder, 'usr/local')
  await copyFile(process.execPath, join(there, 'bin/node'))
  const npm = (await runCommand('npm', ['root', '--global'])).trim()
  await cp(join(npm, 'npm'), join(there, 'lib/node_modules/npm'), { recursive: true, dereference: true })
  for (const name of ['npm', 'npx'])
    await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, join(there, 'bin', name))
  if (existsSync(AUTHORITIES)) await copyFile(AUTHORITIES, join(folder, AUTHORITIES_THERE))
  await runCommand('chroot', [folder, 'useradd', '--uid', '1000', '--user-group', '--create-home', 'node'])
}

/**
 * @param {string} folder
 * @param {string} name
 */
async function commitBase(folder, name) {
  const container = (await runCommand('buildah', ['from', 'scratch'])).trim()
  const variables = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ...(existsSync(AUTHORITIES) && { NODE_EXTRA_CA_CERTS: AUTHORITIES_THERE, PIP_CERT: AUTHORITIES_THERE }),
    ...Object.fromEntries(PROXIES.flatMap((one) => (process.env[one] === undefined ? [] : [[one, process.env[one]]]))),
  }
  await runCommand('buildah', ['add', '--quiet', container, folder, '/'])
  const given = Object.entries(variables).flatMap(([key, value]) => ['--env', `${key}=${value}`])
  await runCommand('buildah', ['config', ...given, container])
  await runCommand('buildah', ['commit', '--quiet', '--rm', container, name])
}

/**
 * Replays the steps of an image.
 * @param {string} target of the Dockerfile
 * @param {string} base the image that its stages begin from
 * @returns {Promise<{ image: string, steps: number }>}
 * @throws {Error} with the last lines, when a step fails
 */
export async function buildImage(target, base) {
  const image = `localhost/unroll-${target}:replayed`
  const options = ['--layers', '--format', 'docker', '--isolation', 'chroot', '--build-arg', `NODE_IMAGE=${base}`]
  const child = spawn('buildah', ['bud', ...options, '--file', DOCKERFILE, '--target', target, '--tag', image, '.'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  /** @type {string[]} */
  const lines = []
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      if (/^(?:\[\d+\/\d+\] )?STEP |^… /.test(line)) console.log(`      ${line}`)
    })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`Cannot build the image "${target}":\n${lines.slice(-SHOWN_ON_FAILURE).join('\n')}`)
  return { image, steps: lines.filter((line) => /\bSTEP \d+\/\d+: /.test(line)).length }
}

/**
 * @typedef {object} ImageConfig as the image says how it is run
 * @property {string[]} Env
 * @property {string[]} Cmd
 * @property {string} User
 * @property {string} WorkingDir
 * @property {{ Test: string[] }} Healthcheck
 */

/**
 * @param {string} image
 * @returns {Promise<ImageConfig>}
 */
export async function readConfig(image) {
  const { Docker } = JSON.parse(await runCommand('buildah', ['inspect', '--type', 'image', image]))
  return Docker.config
}

/**
 * Unpacks an image into a root of its own.
 * @param {string} image
 * @returns {Promise<{ folder: string, remove: () => Promise<void> }>}
 */
export async function unpackImage(image) {
  const container = (await runCommand('buildah', ['from', '--pull-never', image])).trim()
  const folder = (await runCommand('buildah', ['mount', container])).trim()
  return { folder, remove: async () => void (await runCommand('buildah', ['rm', container])) }
}
