import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { COMMANDS } from './commands/commands.ts'
import type { Exit } from './exit_codes.ts'
import { run } from './run.ts'
import type { Terminal } from './terminal.ts'

const JOB = `job_${'0'.repeat(20)}`
const NOBODY = 'http://127.0.0.1:20999'

async function ran(args: string[]): Promise<{ exit: Exit; out: string; err: string }> {
  const out: string[] = []
  const err: string[] = []
  const terminal: Terminal = {
    out: (line) => void out.push(line),
    bytes: async () => {},
    note: () => {},
    status: () => {},
    screen: () => undefined,
    bits: 1,
    input: async () => Buffer.from('{}'),
  }
  const signal = new AbortController().signal
  const exit = await run(args, {
    environment: { UNROLL_URL: NOBODY },
    terminal,
    signal,
    complain: (line) => void err.push(line),
  })
  return { exit, out: out.join('\n'), err: err.join('\n') }
}

for (const args of [[], ['--help'], ['-h'], ['help']]) {
  test(`unroll ${args.join(' ')} lists every command and exit code`, async () => {
    const { exit, out } = await ran(args)
    assert.equal(exit, 'ok')
    for (const name of Object.keys(COMMANDS)) assert.match(out, new RegExp(`^ {2}${name} `, 'm'))
    assert.match(out, /^ {2}5 +the job that was watched did not succeed$/m)
  })
}

for (const [name, command] of Object.entries(COMMANDS)) {
  test(`unroll ${name} --help names its arguments and options`, async () => {
    const { exit, out } = await ran([...name.split(' '), '--help'])
    assert.equal(exit, 'ok')
    assert.ok(out.startsWith(command.summary))
    for (const argument of command.arguments) assert.ok(out.includes(`<${argument}>`))
    for (const option of [...Object.keys(command.options ?? {}), 'json', 'url']) assert.ok(out.includes(`--${option}`))
  })
}

const MISTAKES: [args: string[], told: RegExp][] = [
  [['fly'], /^unroll fly: is no command$/m],
  [['constructor'], /is no command/],
  [['show'], /^unroll show: needs <job>, got 0$/m],
  [['show', 'a', 'b'], /needs <job>, got 2/],
  [['list', 'a'], /needs no arguments, got 1/],
  [['lst'], /^unroll lst: is no command: did you mean "list"\?\nTry: unroll --help$/],
  [['list', '--colour'], /^unroll list: has no option --colour\nTry: unroll list --help$/],
  [['list', '--statsu', 'queued'], /has no option --statsu: did you mean "--status"\?/],
  [['list', '--url', 'ftp://host'], /the address .* must be like http:\/\/host:8080: --url is "ftp:\/\/host"/],
  [['list', '--url', 'http://'], /must be like http:\/\/host:8080: --url is "http:\/\/"/],
  [['context'], /^unroll context: is no command: there are context list, context use$/m],
  [['completion', 'tcsh'], /<shell> must be one of bash, zsh, fish: current value is "tcsh"/],
  [['list', '--limit', '0'], /--limit must be an integer ≥ 1: current value is "0"/],
  [['flow', JOB, '--layer', 'first'], /--layer must be an integer ≥ 0: current value is "first"/],
  [['list', '--status', 'done'], /--status must be one of queued, .*: current value is "done"/],
  [['submit', '/absent.json'], /cannot read "\/absent.json": there is no such file/],
  [['upload', '/absent.txt'], /cannot read "\/absent.txt": there is no such file/],
  [['upload', tmpdir()], /cannot read ".*": it is a folder, and a file is wanted/],
  [['export', JOB, '--format', 'pickle'], /--format must be one of state, onnx, .*: current value is "pickle"/],
  [['verify', '/absent.onnx'], /cannot read "\/absent.onnx": there is no such file/],
  [['export', JOB, '--to', 'excel', '-o', 'x'], /--to must be one of tensorboard, .*: current value is "excel"/],
  [['export', JOB, '--to', 'csv'], /--to csv needs --output, the file/],
  [['export', JOB, '--to', 'csv', '-o', 'x', '--checkpoint', 'ckpt_1'], /--checkpoint chooses weights/],
  [['export', JOB, '--to', 'mlflow', '-o', 'runs'], /--output must be the address of an MLflow server/],
  [['submit', tmpdir()], /cannot read ".*": it is a folder, and a file is wanted/],
]
for (const [args, told] of MISTAKES) {
  test(`unroll ${args.join(' ')} is a mistake that is explained`, async () => {
    const { exit, err } = await ran(args)
    assert.equal(exit, 'usage')
    assert.match(err, told)
  })
}

test('unroll says that a service is older which does not have the route', async (t) => {
  const problem = { status: 404, code: 'ROUTE_NOT_FOUND', detail: 'Cannot find "/v1/jobs"' }
  const older = createServer((_, response) =>
    response.writeHead(404, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem)),
  )
  older.listen(0, '127.0.0.1')
  await once(older, 'listening')
  t.after(() => older.close())
  const { exit, err } = await ran(['list', '--url', `http://127.0.0.1:${(older.address() as AddressInfo).port}`])
  assert.equal(exit, 'refused')
  assert.equal(err, 'Cannot find "/v1/jobs"\nThe service is older than this program, and cannot do that')
})

for (const args of [['list'], ['submit', '-'], ['watch', JOB]]) {
  test(`unroll ${args.join(' ')} says that the service is out of reach`, async () => {
    const { exit, err } = await ran(args)
    assert.equal(exit, 'unreachable')
    assert.match(
      err,
      /^Cannot reach the service: connect ECONNREFUSED 127.0.0.1:20999\nIs it at http:.*:20999 \(UNROLL_URL\)\? npm start starts it/,
    )
  })
}

const TEXT = '{"id":"ds_1","object":"dataset","kind":"text","bytes":2,"characters":2,"vocabulary_size":2}'

test('unroll upload sends the bytes of a file, of a pipe and of standard input', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-cli-'))
  const received: string[] = []
  const service = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      received.push(Buffer.concat(chunks).toString('latin1'))
      response.writeHead(201, { 'content-type': 'application/json' }).end(TEXT)
    })
  })
  service.listen(0, '127.0.0.1')
  await once(service, 'listening')
  t.after(() => {
    service.close()
    rmSync(folder, { recursive: true })
  })
  const [file, pipe] = [join(folder, 'file.txt'), join(folder, 'pipe')]
  writeFileSync(file, '{}')
  execFileSync('mkfifo', [pipe])
  const written = writeFile(pipe, '{}')
  for (const path of [file, pipe, '-']) {
    const { exit, out } = await ran([
      'upload',
      path,
      '--url',
      `http://127.0.0.1:${(service.address() as AddressInfo).port}`,
    ])
    assert.deepEqual({ exit, out }, { exit: 'ok', out: 'ds_1' })
  }
  await written
  assert.equal(received.length, 3)
  for (const body of received) assert.ok(body.includes('{}'))
})

/** How each shell is asked what it completes; what zsh's own completion defines is defined by hand. */
const SHELLS: Readonly<Record<string, (words: readonly string[]) => string>> = {
  bash: (words) =>
    `COMP_WORDS=(unroll ${words.map((word) => `"${word}"`).join(' ')}); COMP_CWORD=${words.length}; _unroll; printf '%s\\n' "\${COMPREPLY[@]}"`,
  zsh: (words) =>
    `_describe() { print -l -- \${(P)\${@[-1]}} }; words=(unroll ${words.map((word) => `"${word}"`).join(' ')}); PREFIX=${words.at(-1) || "''"}; CURRENT=${words.length + 1}; _unroll | grep -- "^$PREFIX"`,
  fish: (words) => `complete -C 'unroll ${words.join(' ')}'`,
}
const COMPLETED: [what: string, words: string[], told: RegExp][] = [
  ['a command', ['wat'], /^watch/m],
  ['the second word of a command', ['context', 'u'], /^use/m],
  ['an option', ['metrics', 'job_1', '--ser'], /^--series/m],
  ['an option of a command of two words', ['context', 'list', '--js'], /^--json/m],
  ['the id of a job', ['watch', 'job_'], /^job_a\s[^]*^job_b/m],
]
/** Stands for the program while a shell asks it for ids. */
const IDS = { bash: 'unroll() { echo job_a; echo job_b; }', fish: 'function unroll; echo job_a; echo job_b; end' }
for (const [shell, ask] of Object.entries(SHELLS)) {
  const skip = spawnSync(shell, ['--version']).error === undefined ? false : `${shell} is not installed`
  for (const [what, words, told] of COMPLETED) {
    test(`unroll completion ${shell} has it complete ${what}`, { skip }, async () => {
      const { exit, out } = await ran(['completion', shell])
      assert.equal(exit, 'ok')
      const before = shell === 'zsh' ? 'compdef() { :; }' : ''
      const program = shell === 'fish' ? IDS.fish : IDS.bash
      const { stdout, stderr } = spawnSync(shell, ['-c', [before, program, out, ask(words)].join('\n')], {
        encoding: 'utf8',
        timeout: 60_000,
      })
      assert.match(`${stdout}\n`, told, stderr)
    })
  }
}

const ONLINE = { id: 'wrk_1', status: 'online', versions: { unroll: '0.1.0' }, gpus: [], slots: [{ job: null }] }
const LINE = { accelerator: 'any', depth: 0, workers: 1, labels: {}, paused_at: null }
const LOOKED_AT: [what: string, workers: object[], line: object, exit: Exit, told: RegExp][] = [
  ['all is well', [ONLINE], LINE, 'ok', /^✓ workers: 1 online, 1 of 1 slots free$/m],
  ['no worker is online', [{ ...ONLINE, status: 'lost' }], LINE, 'fault', /^✗ workers: none is online/m],
  ['a worker is of another version', [{ ...ONLINE, versions: {} }], LINE, 'ok', /^! wrk_1: runs version unknown/m],
  [
    'the queue is paused',
    [ONLINE],
    { ...LINE, paused_at: '2026-01-01' },
    'fault',
    /^✗ queue any: is paused since 2026/m,
  ],
  ['jobs fit no worker', [ONLINE], { ...LINE, depth: 2, workers: 0 }, 'fault', /^✗ queue any: 2 jobs wait that no/m],
]
for (const [what, workers, line, expected, told] of LOOKED_AT) {
  test(`unroll doctor says when ${what}`, async (t) => {
    const answers: Record<string, object> = {
      '/readyz': { status: 'ready', redis: { server: 'redis 7', ping_ms: 0.2 }, warnings: ['it keeps nothing'] },
      '/v1/workers': { data: workers },
      '/v1/queue': { lines: [line], jobs: { queued: 0, running: 0 } },
    }
    const service = createServer(({ url = '' }, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answers[url])),
    ).listen(0, '127.0.0.1')
    await once(service, 'listening')
    t.after(() => service.close())
    const { exit, out } = await ran(['doctor', '--url', `http://127.0.0.1:${(service.address() as AddressInfo).port}`])
    assert.equal(exit, expected)
    assert.match(out, told)
    assert.match(out, /^! redis: it keeps nothing$/m)
  })
}
