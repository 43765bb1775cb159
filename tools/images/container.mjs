// A process in the root of an image, as a container engine runs one with a read-only root: as the image's user, with the
// image's environment and command, and with /tmp and /data alone to write to. The network is that of this machine.

import { spawn } from 'node:child_process'
import { once } from 'node:events'

import { readConfig, unpackImage } from './build.mjs'

/** Mounts live in a namespace of the process and end with it. Arguments: root, data, then the command. */
const ENTER = `
set -e
R=$1 D=$2
shift 2
mount --bind "$R" "$R"
mount -o remount,bind,ro "$R"
mount -t proc proc "$R/proc"
mount --rbind /sys "$R/sys"
mount --rbind /dev "$R/dev"
mount -t tmpfs tmpfs "$R/tmp"
mount --bind "$D" "$R/data"
exec chroot "$@"
`

export class Container {
  #root
  #data
  #config
  /** @type {Record<string, string>} */ #environment
  /** Of the image's own command, once started. @type {import('node:child_process').ChildProcess | undefined} */ #main
  #log = ''

  /**
   * @param {Awaited<ReturnType<typeof unpackImage>>} unpacked
   * @param {import('./build.mjs').ImageConfig} config
   * @param {string} data
   * @param {Record<string, string>} environment
   */
  constructor(unpacked, config, data, environment) {
    this.#root = unpacked
    this.#config = config
    this.#data = data
    this.#environment = environment
  }

  /**
   * @param {string} image
   * @param {{ data: string, environment: Record<string, string> }} options a folder for /data; what is set besides the image's own
   */
  static async open(image, { data, environment }) {
    return new Container(await unpackImage(image), await readConfig(image), data, environment)
  }

  /** All that the image's command has written. */
  get log() {
    return this.#log
  }

  get hasEnded() {
    return this.#main?.exitCode !== null || this.#main?.signalCode !== null
  }

  /** Starts the image's command. */
  start() {
    this.#main = this.#spawn(this.#config.Cmd)
    for (const stream of [this.#main.stdout, this.#main.stderr])
      stream?.on('data', (chunk) => (this.#log += chunk.toString()))
  }

  /**
   * Runs a command beside it.
   * @param {string[]} command
   * @returns {Promise<{ code: number | null, output: string }>}
   */
  async exec(command) {
    const child = this.#spawn(command)
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk.toString()))
    const [code] = await once(child, 'close')
    return { code, output: output.trim() }
  }

  /** Runs the image's health check. */
  async isHealthy() {
    const [kind, ...command] = this.#config.Healthcheck.Test
    if (kind !== 'CMD') throw new Error(`Cannot run a health check of the kind "${kind}"`)
    return (await this.exec(command)).code === 0
  }

  /** Stops the image's command and removes its root. @returns {Promise<number | null>} its exit code */
  async close() {
    const main = this.#main
    if (main !== undefined && main.exitCode === null && main.signalCode === null) {
      main.kill('SIGTERM')
      await once(main, 'exit')
    }
    await this.#root.remove()
    return main?.exitCode ?? null
  }

  /** @param {string[]} command */
  #spawn(command) {
    const { Env, User, WorkingDir } = this.#config
    const variables = [...Env, ...Object.entries(this.#environment).map(([key, value]) => `${key}=${value}`)]
    const inside = [`--userspec=${User}`, this.#root.folder, 'env', '-i', '-C', WorkingDir, ...variables, ...command]
    return spawn('unshare', ['--mount', 'sh', '-c', ENTER, 'sh', this.#root.folder, this.#data, ...inside], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }
}
