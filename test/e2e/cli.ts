import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { text } from 'node:stream/consumers'

export const UNROLL: string = fileURLToPath(new URL('../../../apps/cli/bin/unroll.mjs', import.meta.url))

export interface CallOptions {
  /** What is typed in. @default '' */
  input?: string | Uint8Array
  /** How what it prints is read; `latin1` keeps every byte. @default 'utf8' */
  encoding?: BufferEncoding
  /** Ctrl-C is pressed once this was printed. @default never */
  interruptAt?: RegExp
  /** Variables beside those of the test. */
  environment?: Record<string, string>
}

/** Runs `unroll` against a service, as a user does. */
export async function unroll(
  url: string,
  args: string[],
  { input = '', encoding = 'utf8', interruptAt, environment = {} }: CallOptions = {},
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [UNROLL, ...args], { env: { ...process.env, UNROLL_URL: url, ...environment } })
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve))
  child.stdin.on('error', () => {}) // it need not read what it is given
  child.stdin.end(input)
  let out = ''
  child.stdout.setEncoding(encoding).on('data', (chunk: string) => {
    out += chunk
    if (!child.killed && interruptAt?.test(out) === true) child.kill('SIGINT')
  })
  const [err, code] = await Promise.all([text(child.stderr), exited])
  return { code, out, err }
}
