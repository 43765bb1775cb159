// One browser goes through every page of one service, in the order of the tests.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { UnrollClient } from '@unroll/client'
import { gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import type { Dataset, Job, Page as List, QueueState, Sweep } from '@unroll/contract'
import { assertNoBarriers, launchBrowser, openPage } from './browser.ts'
import { submit, smallJob, untilJob } from './jobs.ts'
import { eventually, startService, type Service } from './service.ts'

/** A loaded machine takes its time. */
const LIMIT_MS = 120_000

/** The most that the page may load before it draws, compressed. */
const BUNDLE_BYTES = 120_000

/** A table of waves, a sequence a row, of two classes. */
const WAVES = Array.from({ length: 40 }, (_, n) =>
  [
    n % 2 === 0 ? 'slow' : 'fast',
    ...Array.from({ length: 8 }, (__, t) => Math.sin((1 + (n % 2)) * 0.7 * t + n).toFixed(3)),
  ].join(','),
)
const TABLE = ['kind,1,2,3,4,5,6,7,8', ...WAVES].join('\n')

/** Pages that show nothing in particular. */
const OVERVIEWS = ['', 'new', 'datasets', 'models', 'sweeps', 'sessions', 'usage']

describe('the dashboard, in a real browser on the first start of a data folder', { concurrency: false }, () => {
  let service: Service
  let browser: Browser
  let page: Page
  let complaints: string[] = []
  /** A poll of its page that was under way when it went finds none, which the browser tells. */
  let deleted = ''

  before(async () => {
    service = await startService({ UNROLL_EXAMPLES: '1' })
    browser = await launchBrowser()
    const opened = await openPage(browser)
    page = opened.page
    complaints = opened.complaints
  })
  after(async () => {
    await browser?.close()
    assert.equal(await service.stop(), 0, service.output())
  })

  async function examples(): Promise<Job[]> {
    const response = await fetch(`${service.url}/v1/jobs`)
    return ((await response.json()) as List<Job>).data
  }

  test('three example jobs are there, two rnns and an lstm, and succeed', async () => {
    const jobs = await examples()
    assert.deepEqual(jobs.map(({ spec }) => spec.model.cell).toSorted(), ['lstm', 'rnn', 'rnn'])
    for (const { id } of jobs) {
      const ended = await untilJob(service.url, id, 'ends', ({ finished_at }) => finished_at !== null)
      assert.equal(ended.status, 'succeeded')
    }
  })

  test('the page of one plays a sequence step by step, by its keys', async () => {
    const [job] = (await examples()).filter(({ spec }) => spec.model.cell === 'lstm')
    await page.goto(`${service.url}/#/jobs/${job!.id}`)
    await page.getByTestId('follow').click()
    const words = page.getByTestId('player-words')
    await words.waitFor()
    assert.match((await words.textContent()) ?? '', /^Step 1 of \d+ · input .* · answer /)
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    assert.match((await words.textContent()) ?? '', /^Step 3 of /)
    await page.keyboard.press('End')
    await page.keyboard.press('ArrowLeft')
    const [, at, of] = /^Step (\d+) of (\d+)/.exec((await words.textContent()) ?? '') ?? []
    assert.equal(Number(at), Number(of) - 1)
    await page.goto('about:blank')
  })

  test('the page at / lists them, and says that they succeeded', async () => {
    await page.goto(service.url)
    const rows = page.getByTestId('job-row')
    await rows.nth(2).waitFor()
    assert.equal(await rows.count(), 3)
    await page
      .getByTestId('job-row')
      .getByText(/succeeded/i)
      .nth(2)
      .waitFor()
  })

  test('a worker is drained by its button, and takes jobs again by the same', async () => {
    for (const status of ['draining', 'online']) {
      await page.getByTestId('drain').click()
      await page.locator(`[data-testid="worker"][data-status="${status}"]`).waitFor()
    }
    assert.equal(await page.getByTestId('drain').textContent(), 'Drain')
  })

  test('the queue is paused by its button, which is said, and handed out again by the same', async () => {
    await page.getByTestId('pause-queue').click()
    await page.getByTestId('queue-paused').getByText('The queue was paused').waitFor()
    const { lines } = (await (await fetch(`${service.url}/v1/queue`)).json()) as QueueState
    assert.ok(lines.every(({ paused_at: at }) => at !== null))
    await page.getByTestId('pause-queue').getByText('Resume the queue').click()
    await page.getByTestId('pause-queue').getByText('Pause the queue').waitFor()
    assert.equal(await page.getByTestId('queue-paused').textContent(), '')
  })

  test('the page of a job draws every step of loss and norms, and its flow', async (t) => {
    for (const { id, progress, spec } of await examples()) {
      await page.goto(`${service.url}/#/jobs/${id}`)
      for (const chart of ['chart-loss', 'chart-norm']) {
        const drawn = page.locator(`[data-testid="${chart}"][data-points="${progress.max_steps}"]`)
        await drawn.waitFor()
        t.diagnostic(`${spec.model.cell} ${chart}: ${await drawn.getAttribute('data-points')} points`)
      }
      const flow = page.getByTestId('chart-flow')
      await flow.and(page.locator('[data-points]:not([data-points="0"])')).waitFor()
      const values = Number(await flow.getAttribute('data-points'))
      t.diagnostic(`${spec.model.cell} chart-flow: ${values} values`)
      assert.equal(values % spec.sequence_length, 0, 'whole rows, one value a time step')
    }
  })

  test('runs chosen in the list are drawn on the same charts, beside what they differ in', async () => {
    await page.goto(service.url)
    const boxes = page.getByTestId('compare-choice')
    await boxes.nth(2).waitFor()
    const chosen = [0, 2] // the lstm and the rnn with tanh, as the list has the newest first
    for (const at of chosen) await boxes.nth(at).check()
    await page.getByTestId('compare').click()
    await page.getByTestId('compare-title').getByText('2 runs').waitFor()
    const jobs = await examples()
    for (const chart of ['compare-loss', 'compare-norm']) {
      const drawn = chosen
        .flatMap((at) => jobs[at] ?? [])
        .map(({ id, progress }) => `[data-points-${id.replaceAll('_', '-')}="${progress.max_steps}"]`)
      await page.locator(`[data-testid="${chart}"]${drawn.join('')}`).waitFor()
    }
    for (const { id } of chosen.flatMap((at) => jobs[at] ?? []))
      await page.locator(`[data-testid="compare-flow-${id}"]:not([data-points="0"])`).waitFor()
    assert.equal(await page.getByTestId('colour-bar').count(), 1, 'one scale for both')
    await page.locator('[data-testid="compare-profile"]:not([data-points="0"])').waitFor()
    await page
      .getByTestId('compare-reaches')
      .getByText(/reaches \d+ of 50 steps back/)
      .waitFor()
    await page.getByTestId('compare-run').first().uncheck()
    await page.locator('[data-runs="1"]').waitFor()
    assert.match(page.url(), /hide=job_/)
    await page.getByTestId('compare-run').first().check()
    await page.locator('[data-runs="2"]').waitFor()
    const settings = await page.getByTestId('compare-settings').textContent()
    assert.match(settings ?? '', /model\.cell(?:rnnlstm|lstmrnn)/)
    assert.doesNotMatch(settings ?? '', /sequence_length/, 'they do not differ in it')
  })

  test('jobs are found by name, tag, cell and state, sorted by a column, and the address keeps it', async () => {
    await page.goto('about:blank')
    await page.goto(`${service.url}/#/?q=adding+relu`)
    const count = (jobs: number) => page.locator(`[data-testid="jobs"][data-count="${jobs}"]`).waitFor()
    await count(1)
    await page.locator('[data-testid="sparkline"]:not([data-points="0"])').first().waitFor()
    await page.getByTestId('job-search').fill('')
    await count(3)
    await page.getByTestId('cell-filter').selectOption('lstm')
    await count(1)
    await page.getByTestId('tag-filter').fill('nothing is called so')
    await page.getByTestId('none-found').waitFor()
    assert.match(page.url(), /cell=lstm&tag=nothing/)
    await page.getByTestId('tag-filter').fill('')
    await page.getByTestId('cell-filter').selectOption('')
    await count(3)
    await page.getByTestId('columns').locator('summary').click()
    await page.getByTestId('column-duration').check()
    await page.getByTestId('duration').nth(2).waitFor()
    const losses = async () =>
      (await page.locator('[data-testid="job-row"] [data-testid="loss"]').allTextContents()).map(Number)
    for (const order of ['descending', 'ascending']) {
      await page.getByTestId('sort-loss').click()
      await page.locator(`th[aria-sort="${order}"]`).waitFor()
      const shown = await losses()
      const sorted = shown.toSorted((a, b) => (order === 'ascending' ? a - b : b - a))
      assert.deepEqual(shown, sorted)
    }
    assert.match(page.url(), /sort=loss/)
  })

  test('chosen jobs are cancelled and deleted together', async () => {
    const made = [await submit(service.url, smallJob(1_000_000)), await submit(service.url, smallJob(1_000_000))]
    await page.goto('about:blank')
    await page.goto(`${service.url}/#/`)
    for (const { id } of made)
      await page.locator(`[data-testid="job-row"][data-job="${id}"]`).getByTestId('compare-choice').check()
    await page.getByTestId('bulk-cancel').getByText('Cancel 2').click()
    await page.getByTestId('bulk-cancel-confirm').click()
    for (const { id } of made) await untilJob(service.url, id, 'is cancelled', ({ status }) => status === 'cancelled')
    await page.getByTestId('bulk-delete').getByText('Delete 2').click()
    await page.getByTestId('bulk-delete-confirm').click()
    await page.locator('[data-testid="jobs"][data-count="3"]').waitFor()
  })

  test('the path of a page, typed into a browser, leads to the page; a program is told where the API is', async () => {
    const [job] = await examples()
    await page.goto(`${service.url}/jobs/${job!.id}`)
    await page.getByTestId('job-name').getByText(job!.name).waitFor()
    const answer = await fetch(`${service.url}/jobs/${job!.id}`, { headers: { accept: 'application/json' } })
    assert.deepEqual([answer.status, ((await answer.json()) as { code: string }).code], [404, 'ROUTE_NOT_FOUND'])
  })

  test('axe finds no serious barrier on any page', async (t) => {
    const [one, other] = await examples()
    const pages = [...OVERVIEWS, `compare?jobs=${one!.id},${other!.id}`]
    for (const hash of pages) {
      await page.goto('about:blank')
      await page.goto(`${service.url}/#/${hash}`)
      await page.locator('main > *').first().waitFor()
      await page.waitForLoadState('networkidle')
      t.diagnostic(`/${hash}: ${await assertNoBarriers(page)} rules had something to look at`)
    }
  })

  test('a job that trains is drawn while it trains, and its buttons pause, resume, cancel, keep and delete it', async () => {
    const job = await submit(service.url, smallJob(1_000_000))
    await page.goto(`${service.url}/#/jobs/${job.id}`)
    await page
      .locator('[data-testid="chart-loss"][data-points]:not([data-points="0"]):not([data-points="1"])')
      .waitFor()
    await page.getByTestId('pause').click()
    await page.locator('[data-testid="run"][data-status="paused"]').waitFor()
    const steps = page.getByTestId('go-on-steps').first()
    await steps.focus()
    for (let reading = 1; reading <= 2; reading++) await page.waitForResponse(/\/checkpoints\?/)
    assert.ok(
      await steps.evaluate((field) => field.matches(':focus')),
      'the list of checkpoints was read and took the focus',
    )
    await page.getByTestId('resume').click()
    await page.locator('[data-testid="run"][data-status="running"]').waitFor()
    await page.getByTestId('cancel').click()
    await page.getByTestId('cancel-confirm').click()
    await untilJob(service.url, job.id, 'is cancelled', ({ status }) => status === 'cancelled')
    await page
      .getByTestId('run')
      .getByText(/cancelled/i)
      .first()
      .waitFor()
    await page.getByTestId('keep').click()
    await page.getByTestId('keep').getByText('Keep no longer').waitFor()
    await untilJob(service.url, job.id, 'is kept', ({ kept }) => kept)
    await page.getByTestId('delete').click()
    await page.getByTestId('delete-confirm').click()
    await page.getByTestId('job-row').nth(1).waitFor()
    assert.equal((await fetch(`${service.url}/v1/jobs/${job.id}`)).status, 404)
    deleted = job.id
  })

  test('the page Models shows versions of a registered model, which of them is in production, and deletes one', async () => {
    const [{ id } = { id: '' }] = await examples()
    const client = new UnrollClient({ baseUrl: service.url })
    await client.models.register({ name: 'adding', job: id, aliases: ['production'] })
    await client.models.register({ name: 'adding', job: id, checkpoint: 'latest' })
    await page.goto(`${service.url}/#/models`)
    const version = (number: number) => page.locator(`[data-testid="version"][data-version="${number}"]`)
    await version(1).getByText('production', { exact: true }).waitFor()
    await version(2).getByTestId('promote').click()
    await version(2).getByText('production', { exact: true }).waitFor()
    await version(1).getByTestId('delete').click()
    await version(1).getByTestId('delete-confirm').click()
    await version(1).waitFor({ state: 'detached' })
    assert.deepEqual((await client.models.get('adding')).aliases, { production: 2 })
    await client.models.delete('adding')
    await page.getByTestId('empty').waitFor()
  })

  test('the pages of sessions show one that is trained, its updates, flow and saved weights, and delete it', async (t) => {
    const client = new UnrollClient({ baseUrl: service.url })
    const { id } = await client.sessions.create({
      name: 'by hand',
      model: { cell: 'gru', hidden_size: 4, layers: 2 },
      problem: { inputs: 'vectors', input_size: 1, readout: 'identity', output_size: 1, mode: 'many_to_many' },
      sequence_length: 5,
      training: { batch_size: 2 },
    })
    const wave = [0.1, 0.5, -0.2, 0.4, 0]
    for (let step = 1; step <= 3; step++) {
      await client.sessions.forwardBackward(id, { inputs: [wave, wave], targets: [wave, wave] })
      await client.sessions.optimStep(id)
    }
    const saved = await client.sessions.save(id, { name: 'mine' })
    await page.goto(`${service.url}/#/sessions`)
    const row = page.getByTestId('session-row')
    assert.match((await row.textContent()) ?? '', /awake.*by hand.*gru · 4 units · 2 layers.*3.*default/i)
    await row.getByText('by hand').click()
    await page.locator('[data-testid="session-loss"][data-points="3"]').waitFor()
    await page.locator('[data-testid="session-norm"][data-points="3"]').waitFor()
    await page.locator('[data-testid="session-flow"][data-points="5"]').waitFor()
    await page
      .getByTestId('batch-words')
      .getByText(/^Loss .*10 targets$/)
      .waitFor()
    assert.match((await page.getByTestId('saved-row').textContent()) ?? '', new RegExp(`${saved.id}mine3`))
    await page.getByTestId('specification').getByText('Specification').click()
    await page.getByTestId('specification').getByText('"many_to_many"').waitFor()
    t.diagnostic(`${await assertNoBarriers(page)} rules had something to look at`)
    await client.sessions.forwardBackward(id, { inputs: [wave], targets: [wave] })
    await client.sessions.optimStep(id)
    await page.getByTestId('session-step').getByText('4', { exact: true }).waitFor()
    await page.getByTestId('delete').click()
    await page.getByTestId('delete-confirm').click()
    await page.getByTestId('empty').waitFor()
    await assert.rejects(client.sessions.get(id), { code: 'SESSION_NOT_FOUND' })
    assert.equal((await client.weights.get(saved.id)).name, 'mine')
  })

  test('the page Usage says what takes room, and what was trained today', async () => {
    await page.goto(`${service.url}/#/usage`)
    await page.getByTestId('usage-room').getByText('Checkpoints').waitFor()
    const today = page.getByTestId('usage-training').locator('tr').first()
    assert.match((await today.textContent()) ?? '', /^\d{4}-\d\d-\d\d/)
  })

  test('the page of a run that vanishes shows finding, evidence and reach, and submits what is proposed', async () => {
    const job = await submit(service.url, {
      model: { cell: 'rnn', hidden_size: 8 },
      data: { task: 'adding' },
      sequence_length: 100,
      training: { batch_size: 8, max_steps: 60, evaluation_batches: 1 },
    })
    await page.goto(`${service.url}/#/jobs/${job.id}`)
    const finding = page.locator('[data-testid="finding"][data-code="vanishing"][data-active="true"]')
    await finding.getByText('time step').waitFor()
    await page.locator('[data-testid="chart-probe"][data-points="100"][data-points-fit="100"]').waitFor()
    assert.match((await page.getByTestId('probe-fit').textContent()) ?? '', /reaches \d+ of 100 steps back, β = 0\.\d+/)
    await finding.getByTestId('submit-proposed').click()
    await page.waitForURL((url) => /#\/jobs\//.test(url.href) && !url.href.endsWith(job.id))
    const id = page.url().split('/').at(-1) ?? ''
    const ended = await untilJob(service.url, id, 'ends', ({ finished_at }) => finished_at !== null)
    assert.deepEqual([ended.status, ended.spec.model.cell], ['succeeded', 'lstm'])
    await page
      .getByTestId('verdict')
      .getByText(/[1-9]\d* of \d+ rules have looked, and found nothing/)
      .waitFor()
  })

  test('the form says what is wrong at the field, and submits a job', async () => {
    // A page of its own, as a refusal is told on the console; its language is no locale, as on a system without one.
    const own = await browser.newPage()
    await own.addInitScript("Object.defineProperty(Navigator.prototype, 'language', { get: () => 'en-US@posix' })")
    own.setDefaultTimeout(LIMIT_MS)
    await own.goto(`${service.url}/#/new`)
    await own.getByTestId('form-verdict').getByText('parameters').waitFor()
    await own.getByTestId('field-/bptt/mode').selectOption('truncated')
    await own.getByTestId('field-/bptt/k1').fill('30')
    await own
      .getByTestId('fault-/bptt/k1')
      .getByText('Must divide sequence_length (100): current value is 30')
      .waitFor()
    assert.ok(await own.getByTestId('submit-job').isDisabled())
    for (const [field, text] of [
      ['/bptt/k1', '10'],
      ['/sequence_length', '20'],
      ['/training/max_steps', '15'],
    ] as const)
      await own.getByTestId(`field-${field}`).fill(text)
    await own.getByTestId('field-/model/cell').selectOption('gru')
    await own.getByTestId('form-verdict').getByText('parameters').waitFor()
    assert.equal(await own.getByTestId('fault-/bptt/k1').textContent(), '')
    await own.getByTestId('submit-job').click()
    await own.waitForURL(/#\/jobs\/job_/)
    const id = own.url().split('/').at(-1) ?? ''
    const { spec, status } = await untilJob(service.url, id, 'ends', ({ finished_at }) => finished_at !== null)
    assert.equal(status, 'succeeded')
    assert.deepEqual(
      [spec.model.cell, spec.sequence_length, spec.bptt],
      ['gru', 20, { mode: 'truncated', k1: 10, k2: 10, recompute: 'auto' }],
    )
    await own.close()
  })

  test('the page of a long run draws all of it, reduced, and finer what is dragged over', async (t) => {
    const steps = 2_400 // more than a page asks for points
    const job = await submit(service.url, {
      model: { cell: 'rnn', hidden_size: 4 },
      data: { task: 'adding' },
      sequence_length: 10,
      training: { batch_size: 1, max_steps: steps, evaluation_batches: 1, evaluate_every: 0 },
      observe: { flow_every: 5 },
    })
    await untilJob(service.url, job.id, 'ends', ({ finished_at }) => finished_at !== null)
    await page.goto(`${service.url}/#/jobs/${job.id}`)
    const loss = (points: string) => page.locator(`[data-testid="chart-loss"]${points}`)
    await loss(`[data-points="${steps}"]`).waitFor()
    const flow = page.getByTestId('chart-flow')
    const rows = async () => Number(await flow.getAttribute('data-rows'))
    await page.locator('[data-testid="chart-flow"][data-timesteps="10"]').waitFor()
    const reduced = await rows()
    assert.ok(reduced > 100 && reduced <= 256, `${reduced} columns`)
    await page
      .getByText(/^steps 2,3\d\d–2,400$/)
      .first()
      .waitFor()

    const map = flow.locator('.plot')
    await map.scrollIntoViewIfNeeded()
    const { x, y, width, height } = (await map.boundingBox()) ?? assert.fail()
    await page.mouse.move(x + width * 0.5, y + height * 0.2)
    await page.mouse.down()
    await page.mouse.move(x + width * 0.6, y + height * 0.5, { steps: 4 })
    await page.mouse.up()
    await page.getByTestId('zoom-out').waitFor()
    await loss(`[data-points]:not([data-points="${steps}"])`).waitFor()
    const part = `:not([data-rows="${reduced}"]):not([data-rows="0"]):not([data-timesteps="10"])`
    await page.locator(`[data-testid="chart-flow"]${part}`).waitFor()
    t.diagnostic(`${reduced} columns of the whole, ${await rows()} of a part`)
    assert.ok((await rows()) <= 256)
    await map.dblclick()
    await loss(`[data-points="${steps}"]`).waitFor()
    await page.locator('[data-testid="chart-flow"][data-timesteps="10"]').waitFor()
  })

  test('the page of a sweep has the best run first, compares it with the others, and its button cancels what is left', async () => {
    const space = { 'optimizer.learning_rate': { values: [1e-9, 0.05] }, 'training.seed': { values: [7] } }
    const post = async (body: object) => {
      const answer = await fetch(`${service.url}/v1/sweeps`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      assert.equal(answer.status, 201)
      return (await answer.json()) as Sweep
    }
    const { id } = await post({ name: 'rates', template: smallJob(40), space })
    await page.goto(`${service.url}/#/sweeps`)
    await page.getByTestId('sweep-row').getByText('rates').click()
    await page.locator('[data-testid="sweep"][data-status="succeeded"]').waitFor()
    const { best } = (await (await fetch(`${service.url}/v1/sweeps/${id}`)).json()) as Sweep
    const rows = page.getByTestId('sweep-run')
    assert.equal(await rows.count(), 2)
    assert.equal(await rows.first().getAttribute('data-job'), best?.job)
    assert.match((await rows.first().textContent()) ?? '', /best/)
    await page.locator('[data-testid="sweep-parallel"][data-runs="2"]').waitFor()
    assert.equal(await page.locator('[data-testid="sweep-scatter"][data-runs="2"]').count(), Object.keys(space).length)
    assert.equal(await page.getByTestId('sweep-importance').locator('tr').count(), Object.keys(space).length)
    await page.getByTestId('sweep-compare').click()
    await page.getByTestId('compare-title').getByText('2 runs').waitFor()

    const endless = await post({ template: smallJob(1_000_000), space })
    await page.goto(`${service.url}/#/sweeps/${endless.id}`)
    await page.getByTestId('cancel').click()
    await page.getByTestId('cancel-confirm').click()
    await page.locator('[data-testid="sweep"][data-status="cancelled"]').waitFor()
  })

  async function datasets(): Promise<Dataset[]> {
    return ((await (await fetch(`${service.url}/v1/datasets`)).json()) as List<Dataset>).data
  }

  test('a file is shown before anything is stored, corrected, uploaded, trained on, evaluated and deleted', async () => {
    await page.goto(`${service.url}/#/datasets`)
    await page.getByTestId('empty').waitFor()
    const file = { name: 'waves.csv', mimeType: 'text/csv', buffer: Buffer.from(TABLE) }
    await page.getByTestId('upload-file').setInputFiles(file)
    await page.getByTestId('upload-status').getByText('Nothing is stored yet').waitFor()
    const preview = page.getByTestId('preview')
    assert.equal(await preview.getByTestId('samples').getAttribute('data-count'), '10')
    assert.equal(await preview.getByTestId('samples').locator('path').count(), 10)
    assert.equal(await preview.locator('[data-field="kind"]').getAttribute('data-type'), 'category')
    await page.getByTestId('option-label').selectOption('kind')
    await preview.locator('[data-field="label"]').getByText('in the file kind').waitFor()
    assert.equal(await preview.getByTestId('classes-label').getAttribute('data-count'), '2')
    assert.deepEqual(await datasets(), [])
    const part = page.waitForRequest(
      (request) => request.method() === 'PATCH' && /\/v1\/uploads\/page-/.test(request.url()),
    )
    await page.getByTestId('upload').click()
    assert.equal((await part).headers()['upload-offset'], '0')
    await page.getByTestId('dataset-name').getByText('waves.csv').waitFor()
    const [dataset] = await datasets()
    assert.equal(dataset?.kind === 'sequences' && dataset.sequences, 40)
    await page.getByTestId('dataset').getByText('a class for each sequence: label, one of 2').waitFor()

    await page.getByTestId('train').click()
    await page.getByTestId('form-verdict').getByText('parameters').waitFor()
    await page.getByTestId('field-/training/max_steps').fill('20')
    await page.getByTestId('form-verdict').getByText('parameters').waitFor()
    await page.getByTestId('submit-job').click()
    await page.waitForURL(/#\/jobs\/job_/)
    const id = page.url().split('/').at(-1) ?? ''
    const ended = await untilJob(service.url, id, 'ends', ({ finished_at }) => finished_at !== null)
    assert.deepEqual([ended.status, ended.name], ['succeeded', 'waves'])
    await page.locator('[data-testid="evaluation-confusion-validation"][data-classes="2"]').waitFor()
    await page.getByTestId('evaluation-scores').getByText('at chance').waitFor()
    await page.locator('[data-testid="chart-scores-shares"][data-points="20"]').waitFor()
    await page.getByTestId('specification').scrollIntoViewIfNeeded()
    await page.locator('[data-testid="inside"][data-charts="7"]').waitFor() // 5 tensors, clipping, time of a step
    const norms = page.locator('[data-testid="chart-grad_norm/readout.Wo"][data-points="20"]')
    await norms.locator('.plot').hover()
    await page
      .getByTestId('chart-loss')
      .getByText(/^step (?:9|1\d)$/)
      .waitFor() // the charts of steps share their cursor

    await page.goto(`${service.url}/#/datasets/${dataset?.id}`)
    await page.locator(`[data-testid="run-row"][data-job="${id}"]`).waitFor()
    await page.getByTestId('delete').click()
    await page.getByTestId('delete-confirm').click()
    await page.getByTestId('empty').waitFor()
    assert.deepEqual(await datasets(), [])
  })

  test('the faults of a file are listed by line and column, and a field that has them can be left out', async () => {
    const own = await browser.newPage() // a refusal is told on the console
    own.setDefaultTimeout(LIMIT_MS)
    await own.goto(`${service.url}/#/datasets`)
    const lines = ['id,t,f,g', 'a,0,1,1', 'a,1,x,2', 'b,0,3,3', 'b,1,y,4', 'b,2,5,5'].join('\n')
    const file = { name: 'series.csv', mimeType: 'text/csv', buffer: Buffer.from(lines) }
    await own.getByTestId('upload-file').setInputFiles(file)
    await own.locator('[data-testid="upload-faults"][data-count="2"]').waitFor()
    const told = await own.getByTestId('faults').locator('tr').allInnerTexts()
    assert.deepEqual(
      told.map((row) => row.split(/\s+/).slice(0, 3)),
      [
        ['3', '3', 'f'],
        ['5', '3', 'f'],
      ],
    )
    assert.ok(await own.getByTestId('upload').isDisabled())
    await own.getByTestId('take-f').selectOption('ignore')
    await own.getByTestId('upload-status').getByText('Nothing is stored yet').waitFor()
    assert.ok(await own.getByTestId('upload').isEnabled())
    assert.deepEqual(
      await own.getByTestId('field-row').evaluateAll((rows) => rows.map((row) => row.dataset['field'])),
      ['id', 'g'],
    )
    await own.getByTestId('take-in-f').click()
    await own.locator('[data-testid="upload-faults"][data-count="2"]').waitFor()
    await own.getByTestId('upload-discard').click()
    assert.deepEqual(await datasets(), [])
    await own.close()
  })

  test('a text is uploaded, trained on, and written on from a prompt, all from the page, which shows which characters count', async (t) => {
    await page.goto(`${service.url}/#/datasets`)
    const file = {
      name: 'cat.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('the cat sat on the mat. '.repeat(100)),
    }
    await page.getByTestId('upload-file').setInputFiles(file)
    await page.getByTestId('upload-status').getByText('Nothing is stored yet').waitFor()
    await page.getByTestId('upload').click()
    await page.getByTestId('dataset-name').getByText('cat.txt').waitFor()
    await page.getByTestId('train').click()
    await page.getByTestId('form-verdict').getByText('parameters').waitFor()
    for (const [field, value] of [
      ['/model/hidden_size', '16'],
      ['/sequence_length', '12'],
      ['/training/max_steps', '40'],
    ] as const)
      await page.getByTestId(`field-${field}`).fill(value)
    await page.getByTestId('form-verdict').getByText('parameters').waitFor()
    await page.getByTestId('submit-job').click()
    await page.waitForURL(/#\/jobs\/job_/)
    const id = page.url().split('/').at(-1) ?? ''
    await untilJob(service.url, id, 'succeeds', ({ status }) => status === 'succeeded')
    await page.getByTestId('prompt').fill('the c')
    await page.getByTestId('length').fill('20')
    await page.getByTestId('write').click()
    const answer = page.getByTestId('answer')
    const written = await eventually('20 characters are written', async () => {
      const shown = (await answer.textContent()) ?? ''
      return shown.length === 'the c'.length + 20 ? shown : undefined
    })
    t.diagnostic(JSON.stringify(written))
    await page.getByTestId('look').click()
    await answer.locator('mark[title^="‖"]').nth(4).waitFor()
    assert.equal(await answer.locator('mark').count(), 'the c'.length)
  })

  test('all that each page loads is small', async (t) => {
    const [job] = await examples()
    const pages = [...OVERVIEWS, `jobs/${job!.id}`, `compare?jobs=${job!.id}`]
    for (const hash of pages) {
      const own = await browser.newPage()
      own.setDefaultTimeout(LIMIT_MS)
      const sizes: Promise<number>[] = []
      own.on('response', (response) => {
        if (/\/assets\/.*\.(?:js|css)$/.test(response.url()))
          sizes.push(response.body().then((body) => gzipSync(body).length))
      })
      await own.goto(`${service.url}/#/${hash}`)
      await own.locator('main > *').first().waitFor()
      await own.waitForLoadState('networkidle').catch(() => undefined)
      const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
      t.diagnostic(`/${hash}: ${total} bytes compressed in ${sizes.length} files`)
      assert.ok(sizes.length >= 2, 'a script and a style sheet')
      assert.ok(total <= BUNDLE_BYTES, `${total} bytes`)
      await own.close()
    }
  })

  test("BullMQ's dashboard shows its queues, from files of this service alone", async () => {
    const elsewhere: string[] = []
    page.on('request', (request) => request.url().startsWith(service.url) || elsewhere.push(request.url()))
    await page.goto(`${service.url}/queues`)
    for (const name of ['jobs-any', 'jobs-cpu', 'jobs-gpu']) await page.getByText(name).first().waitFor()
    await page.goto(`${service.url}/queues/queue/jobs-any?status=active`)
    await page.getByText('jobs-any').first().waitFor()
    assert.deepEqual(elsewhere, [])
  })

  test('a page whose API is restarted says that it is out of date, and goes on by itself', async () => {
    await page.goto('about:blank')
    const own = await browser.newPage() // what is lost is told on the console
    own.setDefaultTimeout(LIMIT_MS)
    const job = await submit(service.url, smallJob(1_000_000))
    await own.goto(`${service.url}/#/jobs/${job.id}`)
    const points = async () => Number(await own.getByTestId('chart-loss').getAttribute('data-points'))
    await eventually('loss is drawn', async () => (await points()) || undefined)
    await service.killApi()
    await own.getByTestId('banner').getByText('What is shown may be out of date').waitFor()
    const drawn = await points()
    await own.getByTestId('banner').waitFor({ state: 'hidden' })
    await eventually('newer steps are drawn', async () => ((await points()) > drawn ? true : undefined))
    await fetch(`${service.url}/v1/jobs/${job.id}/cancel`, { method: 'POST' })
    await own.locator('[data-testid="run"][data-status="cancelled"]').waitFor()
    await own.close()
  })

  test('the browser had nothing to complain of', () => {
    const others = complaints.filter((words) => !(words.includes(`/jobs/${deleted}: `) && words.includes(' 404 ')))
    assert.deepEqual(others, [])
  })
})
