// Services by name, with their keys, in a file of the user.

import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Environment } from '../config.ts'
import { UsageError } from '../usage_error.ts'

/** A service under a name. */
export interface Context {
  url: string
  api_key?: string
}

/** What the file has. */
export interface Contexts {
  /** The name of the context that is used unless a call names another. */
  current: string | null
  contexts: Record<string, Context>
}

const NONE: Contexts = { current: null, contexts: {} }
const OWNER_ALONE = 0o600
const FOR_OTHERS = 0o077

/** `UNROLL_CONFIG`, or else `unroll/config.json` in the folder for settings. */
export function contextPath({ UNROLL_CONFIG: path, XDG_CONFIG_HOME: folder }: Environment): string {
  return path || join(folder || join(homedir(), '.config'), 'unroll', 'config.json')
}

/** The contexts of a file; none where there is no file. @throws {UsageError} if it cannot be read */
export async function readContexts(path: string): Promise<Contexts> {
  try {
    const found = JSON.parse(await readFile(path, 'utf8')) as Contexts
    if (!isContexts(found)) throw new SyntaxError('"contexts" must have an address ("url") by name')
    return found
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return NONE
    throw new UsageError(`cannot read the contexts in "${path}": ${message}`)
  }
}

/** Replaces the file at once, so that no reader finds half of it. Only its owner may read it. */
export async function writeContexts(path: string, contexts: Contexts): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const written = `${path}.${process.pid}`
  await writeFile(written, `${JSON.stringify(contexts, null, 2)}\n`, { mode: OWNER_ALONE })
  await rename(written, path)
}

/** Whether users other than the owner may read or change the file. Windows has no such mode. */
export async function isOpenToOthers(path: string): Promise<boolean> {
  if (process.platform === 'win32') return false
  return ((await stat(path)).mode & FOR_OTHERS) !== 0
}

/** @throws {UsageError} if there is no context of this name */
export function findContext({ contexts }: Pick<Contexts, 'contexts'>, name: string): Context {
  const found = Object.hasOwn(contexts, name) ? contexts[name] : undefined
  if (found !== undefined) return found
  throw new UsageError(`knows no context "${name}": there are ${Object.keys(contexts).join(', ') || 'none'}`)
}

function isContexts(found: unknown): found is Contexts {
  if (typeof found !== 'object' || found === null || !('contexts' in found)) return false
  const { contexts } = found
  if (typeof contexts !== 'object' || contexts === null) return false
  return Object.values(contexts).every((each) => typeof (each as Partial<Context> | null)?.url === 'string')
}
