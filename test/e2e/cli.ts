import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { text } from 'node:stream/consumers'

export const UNROLL: string = fileURLToPath(new URL('../../../apps/cli/bin/unroll.mjs', import.meta.url))

/** Runs `unroll` against a service, as a user does. */
export async function unroll(
  url: string,
  args: string[],
  input = '',
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [UNROLL, ...args], { env: { ...process.env, UNROLL_URL: url } })
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve))
  child.stdin.on('error', () => {}) // it need not read what it is given
  child.stdin.end(input)
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), exited])
  return { code, out, err }
}
