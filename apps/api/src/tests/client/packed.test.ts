import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { after, before, test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { chromium } from 'playwright-core'
import { JOB, testApp } from '../../testing/app.ts'

// The client as it is published: packed, installed into an empty project, and used from there.

const TOOLS = new URL('../../../../../tools/', import.meta.url)
const LIMIT_MS = 300_000
const run = promisify(execFile)

interface Tools {
  installClient(folder: string): Promise<void>
  bundleClient(folder: string): Promise<string>
  provideRuntime(name: 'deno' | 'bun'): Promise<string>
}

async function loadTools(): Promise<Tools> {
  const files = ['pack/installed.mjs', 'pack/bundle.mjs', 'provision/runtimes.mjs']
  const modules = await Promise.all(files.map((file) => import(new URL(file, TOOLS).href) as Promise<Partial<Tools>>))
  return Object.assign({}, ...modules) as Tools
}

let tools: Tools
let folder: string
before(
  async () => {
    tools = await loadTools()
    folder = mkdtempSync(join(tmpdir(), 'unroll-packed-'))
    await tools.installClient(folder)
    cpSync(new URL('pack/program.mjs', TOOLS), join(folder, 'program.mjs'))
  },
  { timeout: LIMIT_MS },
)
after(() => rmSync(folder, { recursive: true, force: true }))

/** A service with a job that has ended, whose losses are not all finite. */
async function serviceWithRun(
  t: TestContext,
  origins: readonly string[] = [],
): Promise<{ baseUrl: string; job: string }> {
  const { app, store, http } = await testApp(t, { browsers: { hosts: [], origins } })
  const baseUrl = await app.listen({ host: '127.0.0.1', port: 0 })
  const { body } = await http.post('/v1/jobs').send(JOB).expect(201)
  const { id } = body as { id: string }
  const claim = await store.jobs.claim(id, 'wrk_00000000000000000000')
  assert.ok('epoch' in claim)
  await store.jobs.move(id, claim.epoch, 'running')
  const rows = [0.5, NaN, Infinity].map((loss, at) => ({ step: at + 1, series: { loss } }))
  await store.metrics.append(id, claim.epoch, { firstSeq: 1, rows })
  await store.jobs.move(id, claim.epoch, 'succeeded', { result: { loss: 'Infinity' } })
  return { baseUrl, job: id }
}

const SEEN = {
  status: 'cancelled',
  steps: [1, 2, 3],
  losses: ['0.5', 'NaN', 'Infinity'],
  isKept: true,
  columns: ['Uint32Array', 'Float64Array', '0.5', 'NaN', 'Infinity'],
  messages: ['status', 'event', 'metrics', 'end'],
  result: 'Infinity',
  refused: ['INVALID_SPECIFICATION', ['/sequence_length']],
  characters: 18,
}

function assertSeen(seen: unknown): void {
  const { messages, ...rest } = seen as typeof SEEN
  const { messages: wanted, ...others } = SEEN
  assert.deepEqual(rest, others)
  assert.deepEqual(messages.toSorted(), wanted.toSorted())
}

test(
  'the packed client compiles in strict TypeScript, and a cell that does not exist does not',
  { timeout: LIMIT_MS },
  async () => {
    writeFileSync(
      join(folder, 'right.ts'),
      `import { UnrollClient, UnrollProblem, decodeTable, type Job } from '@unroll/client'
const client = new UnrollClient({ baseUrl: 'http://127.0.0.1:8080', apiKey: 'unroll_1', timeoutMs: 1000, maxRetries: 3 })
export async function train(): Promise<number | undefined> {
  const job: Job = await client.jobs.create({ model: { cell: 'lstm' }, data: { task: 'adding' } })
  for await (const { type, data } of client.jobs.createAndWatch({ model: { cell: 'gru' }, data: { task: 'copy' } }))
    if (type === 'metrics') console.log(data.series['loss']?.at(-1))
  const { columns } = await client.jobs.metricsTable(job.id)
  const trace = await decodeTable(await client.predictions.traceTable(job.id))
  console.log(columns['loss']?.[0], trace['saliency']?.length)
  const { result } = await client.jobs.wait(job.id).catch((error: unknown) => {
    if (error instanceof UnrollProblem && error.code === 'JOB_NOT_FOUND') console.log(error.faults[0]?.pointer)
    throw error
  })
  return result?.['loss']
}
`,
    )
    writeFileSync(
      join(folder, 'wrong.ts'),
      `import { UnrollClient } from '@unroll/client'
await new UnrollClient().jobs.create({ model: { cell: 'gruu' }, data: { task: 'adding' } })
`,
    )
    const blocks = readFileSync(new URL('../docs/client.md', TOOLS), 'utf8').matchAll(/^```js\n([^]*?)^```$/gm)
    const examples = [...blocks].map(([, code = ''], at) => ({ file: `example_${at}.js`, code }))
    assert.ok(examples.length > 0)
    for (const { file, code } of examples) writeFileSync(join(folder, file), code)
    const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', TOOLS))
    const strict = ['--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false']
    const target = [
      '--target',
      'es2023',
      '--lib',
      'es2023,dom,dom.iterable',
      '--types',
      '',
      '--module',
      'nodenext',
      '--noEmit',
      '--allowJs',
      '--checkJs',
    ]
    const { stdout } = await run(
      process.execPath,
      [tsc, ...target, ...strict, 'right.ts', 'wrong.ts', ...examples.map(({ file }) => file)],
      {
        cwd: folder,
        timeout: LIMIT_MS,
      },
    ).catch((error: unknown) => error as { stdout: string })
    const errors = stdout.trim().split('\n')
    assert.equal(errors.length, 1, stdout)
    assert.match(stdout, /^wrong\.ts\(2,\d+\): error TS2820: Type '"gruu"' .*Did you mean '"gru"'\?/)
  },
)

/** Writes the module that runs the program, and hands what it saw, in JSON, to a function. */
function writeMain(name: string, { client, service, take }: { client: string; service: object; take: string }): string {
  const file = join(folder, `main_${name}.mjs`)
  const lines = [
    `import * as client from '${client}'`,
    `import { useClient } from './program.mjs'`,
    `${take}(JSON.stringify(await useClient(client, ${JSON.stringify(service)})))`,
  ]
  writeFileSync(file, lines.join('\n'))
  return file
}

const RUNTIMES: [name: string, provide: () => Promise<string>, args: readonly string[]][] = [
  ['Node', () => Promise.resolve(process.execPath), []],
  ['Deno', () => tools.provideRuntime('deno'), ['run', '--allow-all', '--no-config', '--node-modules-dir=manual']],
  ['Bun', () => tools.provideRuntime('bun'), ['run']],
]
for (const [name, provide, args] of RUNTIMES) {
  test(`the packed client works in ${name}`, { timeout: LIMIT_MS }, async (t) => {
    const program = await provide().catch((error: unknown) => String(error))
    if (program.startsWith('Error')) return t.skip(program)
    const service = await serviceWithRun(t)
    const file = writeMain(name, { client: '@unroll/client', service, take: 'console.log' })
    const { NODE_OPTIONS: _, ...env } = process.env // preloads what is Node's alone
    const { stdout } = await run(program, [...args, file], { cwd: folder, timeout: LIMIT_MS, env })
    assertSeen(JSON.parse(stdout))
  })
}

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript' }

/** The files of the project to a page of another origin than the service. */
async function serveProject(t: TestContext): Promise<string> {
  const server = createServer(({ url = '' }, response) => {
    const path = join(folder, new URL(url, 'http://page').pathname)
    const type = TYPES[extname(path)]
    response.writeHead(type === undefined ? 204 : 200, type === undefined ? {} : { 'content-type': type })
    response.end(
      type === undefined
        ? undefined
        : type === 'text/html'
          ? '<!doctype html><title>client</title>'
          : readFileSync(path),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('the packed client, bundled, works on a page of another origin', { timeout: LIMIT_MS }, async (t) => {
  await tools.bundleClient(folder)
  const origin = await serveProject(t)
  const service = await serviceWithRun(t, [origin])
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '',
    args: ['--no-sandbox', '--disable-gpu'],
    timeout: LIMIT_MS,
  })
  t.after(() => browser.close())
  const page = await browser.newPage()
  page.setDefaultTimeout(LIMIT_MS)
  writeMain('page', { client: './bundled/client.js', service, take: 'tell' })
  const told = new Promise<string>((resolve) => void page.exposeFunction('tell', resolve))
  await page.goto(`${origin}/page.html`)
  await page.addScriptTag({ url: '/main_page.mjs', type: 'module' })
  assertSeen(JSON.parse(await told))
})
