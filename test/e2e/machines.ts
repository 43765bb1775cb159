// Machines of a fleet on this one: each is a folder in which the commands of a document run, as on a machine of its own.

import assert from 'node:assert/strict'
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { eventually } from './service.ts'

export const ROOT: string = fileURLToPath(new URL('../../../', import.meta.url))

/** What a checkout has that the commands use. */
const CHECKED_OUT = [
  'apps',
  'deploy',
  'packages',
  'tools',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.base.json',
]
const RELEASE = 'packages/contract/src/release.ts'
/** Scoped packages of ours: links into the checkout itself. */
const OURS = '@unroll'

/** A command that goes on. */
export interface Running {
  /** Everything it printed so far. */
  output(): string
  /** Resolves once it has ended, with all that it started. */
  readonly ended: Promise<void>
  /** Presses Ctrl-C and waits until it has ended, with all that it started. */
  interrupt(): Promise<void>
}

export class Machine {
  readonly folder: string
  readonly #environment: Readonly<Record<string, string>>
  readonly #prelude: string

  /** @param prelude functions of the shell that stand in for what is not at hand */
  constructor(folder: string, environment: Readonly<Record<string, string>>, prelude: string) {
    this.folder = folder
    this.#environment = environment
    this.#prelude = prelude
  }

  /** Gives it this repository. */
  async checkOut(): Promise<void> {
    await mkdir(this.folder, { recursive: true })
    for (const name of [...CHECKED_OUT, 'node_modules']) await symlink(join(ROOT, name), join(this.folder, name))
  }

  /**
   * Gives it, in place of what it has, a copy of a checkout that says it is another release, and is not compiled as that.
   *
   * @param release as the source writes it
   * @param from the folder of the checkout
   */
  async checkOutRelease(release: string, from: string = ROOT): Promise<void> {
    for (const name of [...CHECKED_OUT, 'node_modules']) await rm(join(this.folder, name))
    execFileSync('cp', ['-aH', ...CHECKED_OUT.map((name) => join(from, name)), this.folder])
    await mkdir(join(this.folder, 'node_modules'))
    for (const name of await readdir(join(ROOT, 'node_modules')))
      if (name !== OURS) await symlink(join(ROOT, 'node_modules', name), join(this.folder, 'node_modules', name))
    execFileSync('cp', ['-a', join(ROOT, 'node_modules', OURS), join(this.folder, 'node_modules')])
    const file = join(this.folder, RELEASE)
    const source = await readFile(file, 'utf8')
    const changed = source.replace(/(RELEASE: Release = ).*/, `$1${release}`)
    assert.notEqual(changed, source)
    await writeFile(file, changed)
  }

  /** Runs commands to their end. @returns what they printed */
  async run(commands: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
    const shell = this.#spawn(commands, more)
    const exited = new Promise<number | null>((resolve) => shell.once('close', resolve))
    const [out, err, code] = await Promise.all([text(shell.stdout), text(shell.stderr), exited])
    assert.equal(code, 0, `${commands}\n${out}\n${err}`)
    return out
  }

  /** Starts commands of which the last goes on. */
  start(commands: string): Running {
    const shell = this.#spawn(commands, {})
    let output = ''
    for (const stream of [shell.stdout, shell.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const ended = new Promise<void>((resolve) => shell.once('close', () => resolve()))
    const interrupt = async () => {
      const isThere = shell.exitCode === null && shell.signalCode === null
      if (isThere && shell.pid !== undefined) process.kill(-shell.pid, 'SIGINT')
      await ended
    }
    return { output: () => output, ended, interrupt }
  }

  /** Processes of the worker that runs here: what supervises it, then the worker itself. */
  async workerPids(): Promise<number[]> {
    const notes = await readFile(join(this.folder, '.unroll/worker/unroll.pid'), 'utf8')
    return (JSON.parse(notes) as { pid: number }[]).map(({ pid }) => pid)
  }

  #spawn(commands: string, more: Readonly<Record<string, string>>) {
    return spawn('bash', ['-euo', 'pipefail', '-c', `${this.#prelude}\n${commands}`], {
      cwd: this.folder,
      env: {
        ...process.env,
        UNROLL_DATA_DIR: join(this.folder, '.unroll'),
        ...this.#environment,
        ...more,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // a process group of its own, as a terminal gives it
    }) as ChildProcess & { stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream }
  }
}

/** Resolves once a command that goes on has printed something. */
export async function untilPrinted(running: Running, wanted: RegExp): Promise<void> {
  await eventually(`${wanted.source} is printed`, () => wanted.test(running.output()) || undefined, {
    moved: () => running.output().length,
  }).catch((error: unknown) => assert.fail(`${String(error)}\n${running.output()}`))
}
