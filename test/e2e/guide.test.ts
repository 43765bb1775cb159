// docs/guide.md, as somebody would follow it: each block of code is run, in order.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startService } from './service.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const BLOCK = /^```(sh|js)\n([^]*?)^```$/gm
/** A program between commands of the shell, which goes on after it with what it knows. */
const AS_SHELL: Record<string, (code: string) => string> = {
  sh: (code) => code,
  js: (code) => `node --input-type=module - <<'PROGRAM'\n${code}PROGRAM\n`,
}

test('docs/guide.md can be followed from the first block to the last', async (t) => {
  const guide = await readFile(join(ROOT, 'docs/guide.md'), 'utf8')
  const blocks = Array.from(guide.matchAll(BLOCK), ([, language = '', code = '']) => AS_SHELL[language]?.(code) ?? '')
  assert.ok(blocks.length > 5)
  const folder = await mkdtemp(join(tmpdir(), 'unroll-guide-'))
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules')) // a folder where the client is installed
  const service = await startService()
  t.after(async () => {
    assert.equal(await service.stop(), 0, service.output())
    await rm(folder, { recursive: true, force: true })
  })
  const said = blocks.map((block, at) => `${block}\nprintf '\\nblock ${at + 1} done\\n'\n`).join('')
  const shell = spawn('bash', ['-euo', 'pipefail', '-c', said], {
    cwd: folder,
    env: { ...process.env, UNROLL_URL: service.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = new Promise<number | null>((resolve) => shell.once('close', resolve))
  const [out, err, code] = await Promise.all([text(shell.stdout), text(shell.stderr), exited])
  assert.equal(code, 0, `${out.slice(-2_000)}\n${err}`)
  assert.equal(out.match(/^block \d+ done$/gm)?.length, blocks.length)
  assert.match(out, /succeeded {2}\[█{20}\] 100% {2}step 200\/200/)
  assert.match(out, /^step 200: 10\^-?[\d.]+ at time step 1, 10\^-?[\d.]+ at 50$/m)
  assert.match(out, /^best of 7 runs: [\d.]+ with {"\/optimizer\/learning_rate":0\.\d+}$/m)
  assert.match(out, /"log10_norm":\[\[-?\d/)
  assert.equal((await readFile(join(folder, 'run.csv'), 'utf8')).trim().split('\n').length, 201)
  assert.ok((await stat(join(folder, 'weights.safetensors'))).size > 1_000)
  t.diagnostic(`ran ${blocks.length} blocks`)
})
