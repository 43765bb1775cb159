// What `unroll` prints: JSON for programs, pictures for a terminal, a page for a browser.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import supertest from 'supertest'
import type { Page, Replay, SweepSummary } from '@unroll/contract'
import { assertNoBarriers, launchBrowser, openPage } from './browser.ts'
import { UNROLL, unroll } from './cli.ts'
import { ENDLESS, smallJob, submit, untilJob } from './jobs.ts'
import { hasPseudoTerminal, measureWidest, readScreen, runInTerminal } from './pseudo_terminal.ts'
import { eventually, startService, type Service } from './service.ts'

/** Columns beside a map. */
const LABEL = 7
const TEXT = 'to be or not to be, that is the question. '.repeat(40)

/** What the calls of the commands name. */
interface Names {
  url: string
  /** A data set, and a run on it that has succeeded. */
  dataset: string
  job: string
  /** A run that lasts. */
  long: string
  folder: string
  /** One of scope admin, once the service has it; empty before. */
  key: { id: string; key: string }
}

type Row = [command: string, args: (names: Names) => string[] | Promise<string[]>, input?: string]

const SHORT = JSON.stringify(smallJob(5, { name: 'piped' }))
const LASTING_SWEEP = JSON.stringify({
  name: 'piped',
  template: smallJob(ENDLESS),
  space: { 'optimizer.learning_rate': { values: [0.1, 0.01] } },
})

/** Every command, in an order in which each has what it needs. */
const ROWS: readonly Row[] = [
  ['submit', () => ['-', '--watch'], SHORT],
  ['list', () => ['--search', 'piped']],
  ['show', ({ job }) => [job]],
  ['watch', ({ job }) => [job]],
  ['compare', ({ job }) => [job, 'latest']],
  ['update', ({ job }) => [job, '--tags', 'a,b', '--note', '']],
  ['keep', ({ job }) => [job]],
  ['unkeep', ({ job }) => [job]],
  ['metrics', ({ job }) => [job, '--series', 'loss']],
  ['flow', ({ job }) => [job]],
  ['probe', ({ job }) => [job]],
  ['summary', ({ job }) => [job]],
  ['diagnose', ({ job }) => [job]],
  ['evaluate', ({ job, dataset }) => [job, dataset]],
  ['evaluation', ({ job }) => [job]],
  ['logs', ({ job }) => [job, '-f']],
  ['deliveries', ({ job }) => [job]],
  ['checkpoints', ({ job }) => [job]],
  ['predict', ({ job }) => [job, '--prompt', 'to be', '--length', '5']],
  ['trace', ({ job }) => [job, '--text', 'to be']],
  ['replay', ({ job }) => [job, '7', '--observe', 'flow,gates']],
  ['export', ({ job, folder }) => [job, '--format', 'safetensors', '-o', join(folder, 'w.safetensors')]],
  ['report', ({ job, folder }) => [job, '-o', join(folder, 'piped.html')]],
  ['verify', ({ folder }) => [join(folder, 'w.safetensors')]],
  ['register', ({ job }) => [job, 'piped']],
  ['models', () => []],
  ['alias', () => ['piped', 'production', '--version', '1']],
  ['delete-model', () => ['piped', '--all']],
  ['upload-weights', ({ folder }) => [join(folder, 'w.safetensors')]],
  ['weights', () => []],
  ['delete-weights', () => ['latest']],
  ['retry', () => ['latest']],
  ['fork', ({ job }) => [job, '7']],
  ['sweep', () => ['-'], LASTING_SWEEP],
  ['sweeps', () => []],
  ['show-sweep', () => ['latest']],
  ['cancel-sweep', () => ['latest']],
  ['delete-sweep', async ({ url }) => [await untilSweepEnds(url)]],
  ['upload', () => ['-', '--name', 'other.txt'], `${TEXT}but`],
  ['datasets', () => []],
  ['show-dataset', () => ['latest']],
  ['delete-dataset', () => ['latest']],
  ['tasks', () => []],
  ['show-task', () => ['copy']],
  ['pause', ({ long }) => [long]],
  [
    'resume',
    async ({ url, long }) => [(await untilJob(url, long, 'is paused', ({ status }) => status === 'paused')).id],
  ],
  ['cancel', ({ long }) => [long]],
  ['delete', ({ job }) => [job]],
  ['workers', () => []],
  ['drain', () => ['latest']],
  ['undrain', () => ['latest']],
  ['queue', () => []],
  ['pause-queue', () => []],
  ['resume-queue', () => []],
  ['usage', () => []],
  ['gc', () => ['--dry-run']],
  ['doctor', () => []],
  ['login', ({ url }) => [url, '--name', 'here']],
  ['context list', () => []],
  ['context use', () => ['here']],
  ['logout', () => ['here']],
  ['completion', () => ['bash']],
  ['ids', () => ['job']],
  // From here on the service asks for a key.
  ['create-key', () => ['piped', '--scopes', 'admin']],
  ['keys', () => []],
  ['limits', () => []],
  ['audit', () => []],
  ['rotate-key', ({ key }) => [key.id]],
  ['revoke-key', ({ key }) => [key.id]],
]

/** The commands that the help lists. */
async function listCommands(url: string): Promise<string[]> {
  const { out } = await unroll(url, ['--help'])
  const listed = out.slice(out.indexOf('\nCommands\n') + '\nCommands\n'.length, out.indexOf('\nOptions of every'))
  return listed.split('\n').flatMap((line) => /^ {2}(\S+(?: \S+)*) {2}/.exec(line)?.[1] ?? [])
}

async function untilSweepEnds(url: string): Promise<string> {
  const probe = async () => {
    const { body } = await supertest(url).get('/v1/sweeps?limit=1').timeout(60_000).expect(200)
    const [newest] = (body as Page<SweepSummary>).data
    return newest?.finished_at === null ? undefined : newest?.id
  }
  return await eventually('the newest sweep has ended', probe)
}

describe('what unroll prints', { concurrency: false }, () => {
  let service: Service
  let names: Names
  before(async () => {
    service = await startService({ UNROLL_NOTIFY_NETWORKS: '127.0.0.0/8' })
    const { url } = service
    const folder = await mkdtemp(join(tmpdir(), 'unroll-cli-'))
    const { out } = await unroll(url, ['upload', '-', '--name', 'text.txt'], { input: TEXT })
    const { id } = await submit(url, {
      name: 'on a text',
      model: { cell: 'lstm', hidden_sizes: [8, 6] },
      data: { dataset: out.trim() },
      sequence_length: 24,
      training: { batch_size: 4, max_steps: 30, seed: 3, evaluation_batches: 1, evaluate_every: 10 },
      observe: { flow_every: 1, probe_every: 5 },
      notify: [{ url: 'http://127.0.0.1:9/', secret: `whsec_${'A'.repeat(32)}` }], // nobody listens there
    })
    names = { url, dataset: out.trim(), job: id, long: '', folder, key: { id: '', key: '' } }
  })
  after(async () => {
    if (names !== undefined) await rm(names.folder, { recursive: true, force: true })
    assert.equal(await service?.stop(), 0, service?.output())
  })

  const skip = hasPseudoTerminal() ? false : 'script of util-linux is not installed'
  for (const [columns, layers] of [
    [80, 1],
    [200, 2],
  ] as const) {
    test(
      `watch draws a run on a terminal of ${columns} columns: progress, curves, and the flow of ${layers} layers`,
      { skip },
      async (t) => {
        const { written, code } = await runInTerminal(names.url, ['watch', names.job], { columns, rows: 30 })
        assert.equal(code, 0, written)
        const lines = readScreen(written)
        const shown = lines.join('\n')
        t.diagnostic(`${written.length} characters written, ${lines.length} lines in the end`)
        assert.ok(measureWidest(written) <= columns, `${measureWidest(written)} columns`)
        for (const line of [
          /^succeeded {2}on a text {2}job_\w+$/m,
          /^\[█+\] 100% {2}step 30\/30 {2}[\d.]+ ms\/step$/m,
          /^loss {2}[\d.]+ +[▁▂▃▄▅▆▇█]{30}$/m,
          /^norm {2}[\d.e-]+ → [\d.e-]+ +[▁▂▃▄▅▆▇█]{30}$/m,
          /^\d\d:\d\d:\d\d {2}Training started/m,
          /^evaluation loss [\d.]+/m,
        ])
          assert.equal(shown.match(new RegExp(line, 'gm'))?.length, 1, `${line}\n${shown}`)
        const heads = shown.match(/flow, layer \d of 2/g)
        assert.deepEqual(heads, ['flow, layer 0 of 2', 'flow, layer 1 of 2'].slice(0, layers))
        const map = lines.filter((line) => line.includes('▀▀▀▀'))
        assert.ok(map.length > 4, shown)
        const each = Math.floor((columns - 1 - (layers - 1) * 2) / layers)
        for (const line of map.slice(0, -1)) assert.equal(line.match(/▀/g)?.length, layers * (each - LABEL), line)
        // oxlint-disable-next-line no-control-regex
        assert.ok(new Set(written.match(/\x1b\[38;5;\d+;48;5;\d+m/g)).size > 3, 'the map has colours')
      },
    )
  }

  test('report writes one page that asks for nothing and draws the run in Chromium', async (t) => {
    const file = join(names.folder, 'run.html')
    assert.match((await unroll(names.url, ['report', names.job, '-o', file])).out, /run\.html, \d+ KiB\n$/)
    const browser: Browser = await launchBrowser()
    t.after(() => browser.close())
    const { page, complaints } = await openPage(browser)
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    await page.goto(pathToFileURL(file).href)
    await page.getByTestId('job-name').getByText('on a text').waitFor()
    await page.locator('[data-testid="events"][data-count]').waitFor()
    for (const words of ['Gradient flow', 'Loss', 'Gradient norm', 'Reach of the gradient', 'Diagnosis', 'Evaluation'])
      await page.getByRole('heading', { name: words, exact: true }).first().waitFor()
    const painted = await page.evaluate<number>(`(() => {
      const canvas = document.querySelector('.flow-maps canvas')
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
      const colours = new Set()
      for (let at = 0; at < data.length; at += 4) colours.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2])
      return colours.size
    })()`)
    assert.ok(painted > 8, `${painted} colours`)
    assert.equal(await page.getByRole('button', { name: /Delete|Cancel|Submit|Go on|Register|Notes/ }).count(), 0)
    await assertNoBarriers(page)
    assert.deepEqual(complaints, [])
    assert.deepEqual(asked, [pathToFileURL(file).href])
  })

  test('replay computes a past step of a run again with the bits of its rows', async (t) => {
    await untilJob(names.url, names.job, 'has succeeded', ({ status }) => status === 'succeeded')
    const { code, out, err } = await unroll(names.url, [
      'replay',
      names.job,
      '23',
      '--observe',
      'flow,gates,states',
      '--json',
    ])
    assert.equal(code, 0, err)
    const { result } = JSON.parse(out) as Replay
    t.diagnostic(JSON.stringify(result?.verified))
    assert.deepEqual(result?.verified, { rows: 23, equal: 23, first_difference: null })
    assert.deepEqual(
      result.layers.map(({ log10_norm, gates, states }) => [
        log10_norm?.length,
        Object.keys(gates ?? {}),
        Object.keys(states ?? {}),
      ]),
      [1, 2].map(() => [24, ['u', 'f', 'o'], ['h', 'c']]),
    )
    const shown = await unroll(names.url, ['replay', names.job, '23', '--observe', 'flow,gates,states'])
    assert.match(shown.out, /^23 of 23 recorded rows equal: all with the same bits$/m)
  })

  test('the blocks of docs/command-line.md run as they stand', async (t) => {
    const source = await readFile(new URL('../../../docs/command-line.md', import.meta.url), 'utf8')
    const blocks = Array.from(source.matchAll(/^```sh\n([^]*?)^```$/gm), ([, code = '']) => code).filter(
      (code) => !code.includes('npm run pack:cli'), // packed.test.ts installs the package
    )
    const lines = blocks.flatMap((code) => code.split('\n')).filter((line) => /^(?:unroll|source|[A-Z]+=)/.test(line))
    assert.ok(lines.length >= 15, `${lines.length} lines`)
    const isOfBash = (line: string) => !/completion (?:zsh|fish)/.test(line)
    await writeFile(join(names.folder, 'job.json'), SHORT)
    await untilJob(
      names.url,
      (await submit(names.url, smallJob(5))).id,
      'has ended',
      ({ status }) => status === 'succeeded',
    )
    const script = lines
      .filter(isOfBash)
      .join('\n')
      .replaceAll('unroll.example.org:8080', names.url)
      .replaceAll('https://lab.example.org', names.url)
      .replaceAll(' --with-key < key.txt', '') // this service asks for no key yet
      .replaceAll('job_…', names.job)
    const shell = spawn(
      'bash',
      ['-euo', 'pipefail', '-c', `unroll() { '${process.execPath}' '${UNROLL}' "$@"; }\n${script}`],
      {
        cwd: names.folder,
        env: { ...process.env, UNROLL_URL: names.url, UNROLL_CONFIG: join(names.folder, 'documented.json') },
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: 180_000,
      },
    )
    const exited = new Promise<number | null>((resolve) => shell.once('close', resolve))
    const [out, err, code] = await Promise.all([text(shell.stdout), text(shell.stderr), exited])
    assert.equal(code, 0, `${script}\n${out.slice(-2_000)}\n${err}`)
    for (const printed of [/^loss\b.*\n +[\d.e-]+ ┤/m, /^model\.|^status +/m, /^name +result\.loss$|"result\.loss":/m])
      assert.match(out, printed)
    t.diagnostic(`${lines.filter(isOfBash).length} of ${lines.length} lines, ${blocks.length} blocks`)
  })

  test('every command has a row below, and each prints JSON alone if it is asked to and piped', async (t) => {
    assert.deepEqual(ROWS.map(([command]) => command).toSorted(), (await listCommands(names.url)).toSorted())
    await untilJob(names.url, names.job, 'has succeeded', ({ status }) => status === 'succeeded')
    let values = 0
    for (const [command, args, input = ''] of ROWS) {
      if (command === 'pause') names.long = (await submit(names.url, smallJob(ENDLESS))).id
      const words = [...command.split(' '), ...(await args(names)), '--json']
      const environment = { UNROLL_CONFIG: join(names.folder, 'config.json'), UNROLL_API_KEY: names.key.key }
      const { code, out, err } = await unroll(names.url, words, { input, environment })
      assert.equal(code, 0, `${words.join(' ')}\n${out}\n${err}`)
      const lines = out.trim().split('\n')
      for (const line of lines) assert.doesNotThrow(() => JSON.parse(line), `${words.join(' ')}: ${line}`)
      values += lines.length
      if (command === 'create-key') names.key = JSON.parse(out) as Names['key']
    }
    t.diagnostic(`${ROWS.length} commands, ${values} values`)
  })
})
