// The README, docs/guide.md and the lessons, as somebody would follow them: each block of code is run, in order.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startService, type Service } from './service.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const BLOCK = /^```(sh|js)\n([^]*?)^```$/gm
/** A program between commands of the shell, which goes on after it with what it knows. */
const AS_SHELL: Record<string, (code: string) => string> = {
  sh: (code) => code,
  js: (code) => `node --input-type=module - <<'PROGRAM'\n${code}PROGRAM\n`,
}
/** What npm finds anew for each command: it takes twice the time of the command itself. */
const FOUND = `npx() { '${join(ROOT, 'node_modules/.bin')}'/"$@"; }\n`
/** The same but for the first command, which npm itself finds. */
const FOUND_ONCE = `npx() { ${FOUND.trimEnd()}; command npx "$@"; }\n`
/** Where the documents say that the service is. */
const ADDRESS = 'http://127.0.0.1:8080'
/** What the test itself runs, or is run by. */
const AROUND = ['npm start\n', 'npm test\n']

/** What all documents are followed on, one after the other. */
let service: Service
before(async () => {
  service = await startService()
})
after(async () => {
  assert.equal(await service.stop(), 0, service.output())
})

/** Runs the blocks of a document in one shell, in a folder that has what the repository has, and gives what they print. */
async function followed(t: TestContext, document: string, least: number = 6): Promise<{ out: string; folder: string }> {
  const source = await readFile(join(ROOT, document), 'utf8')
  const blocks = Array.from(source.matchAll(BLOCK), ([, language = '', code = '']) => ({ language, code }))
    .filter(({ code }) => !AROUND.includes(code))
    .map(({ language, code }) => AS_SHELL[language]?.(code) ?? '')
  assert.ok(blocks.length >= least)
  const folder = await mkdtemp(join(tmpdir(), 'unroll-guide-'))
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules')) // a folder where the client is installed
  await cp(join(ROOT, 'examples'), join(folder, 'examples'), { recursive: true })
  await cp(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const done = blocks.map((block, at) => `${block}\nprintf '\\nblock ${at + 1} done\\n'\n`)
  const said = [document === 'README.md' ? FOUND_ONCE : FOUND, ...done].join('')
  const shell = spawn('bash', ['-euo', 'pipefail', '-c', said.replaceAll(ADDRESS, service.url)], {
    cwd: folder,
    env: { ...process.env, UNROLL_URL: service.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = new Promise<number | null>((resolve) => shell.once('close', resolve))
  const [out, err, code] = await Promise.all([text(shell.stdout), text(shell.stderr), exited])
  assert.equal(code, 0, `${out.slice(-2_000)}\n${err}`)
  assert.equal(out.match(/^block \d+ done$/gm)?.length, blocks.length)
  t.diagnostic(`ran ${blocks.length} blocks of ${document}`)
  return { out, folder }
}

test('the README can be followed from the first block to the last', async (t) => {
  const { out, folder } = await followed(t, 'README.md')
  assert.match(out, /succeeded {2}\[█{20}\] 100% {2}step 800\/800/)
  assert.match(out, /times better than chance/)
  assert.match(out, /"object":"diagnosis"/)
  assert.ok((await stat(join(folder, 'weights.safetensors'))).size > 1_000)
})

test('docs/guide.md can be followed from the first block to the last, and has a gradient that vanishes', async (t) => {
  const { out, folder } = await followed(t, 'docs/guide.md')
  assert.match(out, /succeeded {2}\[█{20}\] 100% {2}step 200\/200/)
  assert.match(out, /^step 200: 10\^-?[\d.]+ at time step 1, 10\^-?[\d.]+ at 50$/m)
  assert.match(out, /^The gradient vanishes \(vanishing, from step \d+\)$/m)
  assert.match(out, /^best of 7 runs: [\d.]+ with {"\/optimizer\/learning_rate":0\.\d+}$/m)
  assert.match(out, /"log10_norm":\[\[-?\d/)
  assert.equal((await readFile(join(folder, 'run.csv'), 'utf8')).trim().split('\n').length, 201)
  assert.ok((await stat(join(folder, 'weights.safetensors'))).size > 1_000)
})

/** A finding as `unroll diagnose` says it, whether or not it still holds: the last steps of a run depend on the rounding of its processor. */
const matchFinding = (code: string) => new RegExp(`\\(${code}, from step \\d+(?: to \\d+)?\\)`)

/** What the numbers of each lesson answer to its question. */
const LESSONS: readonly [lesson: string, ...answers: RegExp[]][] = [
  ['vanishing', matchFinding('vanishing'), /^1,1,-(?:1[5-9]|2\d)\.\d+/m, /^evaluation_loss +0\.7/m],
  ['exploding', /^2,\d\.\d+e\+2[67],\d\.\d+e\+2[789]/m, /^3,NaN,NaN/m],
  ['clipping', matchFinding('at_chance'), /^clipped_share +1 +1 /m, /^evaluation_loss +0\.1/m],
  [
    'truncation',
    matchFinding('truncation_biased'),
    /^truncation_bias +[01]\.\d+ /m,
    /^evaluation_accuracy +0\.[234]/m,
    /^evaluation_accuracy +1 /m,
  ],
  ['gates', /^gate\/layers\.0\.f +0\.93/m, /^gate\/layers\.0\.f +0\.7/m],
]
for (const [lesson, ...answers] of LESSONS)
  test(`the run of docs/learn/${lesson}.md answers its question`, async (t) => {
    const { out } = await followed(t, `docs/learn/${lesson}.md`, 1)
    for (const answer of answers) assert.match(out, answer)
  })

const PANDAS = spawnSync('python3', ['-c', 'import pandas']).status === 0
const skip = PANDAS ? false : 'python3 has no pandas here'
test('the program of docs/python.md submits, waits and has metrics and flow as data frames', { skip }, async () => {
  const source = await readFile(join(ROOT, 'docs/python.md'), 'utf8')
  const [, program = ''] = /^```python\n([^]*?)^```$/m.exec(source) ?? []
  const python = spawn('python3', ['-c', program], { env: { ...process.env, UNROLL_URL: service.url } })
  const [out, err] = await Promise.all([text(python.stdout), text(python.stderr)])
  assert.match(out, /^succeeded \(100, \d+\) \(30, \d+\)$/m, err)
})
