// The page of a run as somebody reads it: what is drawn, what the address keeps, and what can be taken from it.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type { Checkpoint, Job, Page as List, RegisteredModel } from '@unroll/contract'
import { assertNoBarriers, launchBrowser, openPage } from './browser.ts'
import { getJob, submit, untilJob } from './jobs.ts'
import { startService, type Service } from './service.ts'

const STEPS = 60
const T = 24

/** Two layers, a probe, gates and a truncation: everything that a run can measure. */
const OBSERVED = {
  name: 'observed',
  model: { cell: 'lstm', hidden_sizes: [12, 8] },
  data: { task: 'adding' },
  sequence_length: T,
  training: { batch_size: 4, max_steps: STEPS, seed: 5, evaluate_every: 10, evaluation_batches: 1 },
  observe: { flow_every: 2, probe_every: 4, saturation_every: 5 },
  metadata: { tags: 'first, second' },
}

/** A loss at many time steps, each of which teaches the steps before it. */
const ITEMISED = {
  name: 'itemised',
  model: { cell: 'rnn', hidden_size: 8 },
  data: { task: 'copy', length: 3 },
  sequence_length: T,
  training: { batch_size: 4, max_steps: 4, seed: 5, evaluation_batches: 1 },
  observe: { matrix_every: 2, matrix_sources: 6 },
}

/** A network without bounds whose gradient becomes Inf and NaN, whose updates are dropped. */
const EXPLODING = {
  name: 'exploding',
  model: { cell: 'rnn', activation: 'relu', hidden_size: 8, init: { recurrent: 'identity', spectral_radius: 6 } },
  data: { task: 'adding' },
  sequence_length: 60,
  clipping: { policy: 'none', nonfinite: 'skip' },
  training: { batch_size: 4, max_steps: 20, seed: 1, evaluation_batches: 1 },
  observe: { flow_every: 1 },
}

describe('the page of a run', { concurrency: false }, () => {
  let service: Service
  let browser: Browser
  let page: Page
  let complaints: string[] = []
  let observed: Job
  let exploding: Job
  let itemised: Job

  before(async () => {
    service = await startService()
    browser = await launchBrowser()
    const opened = await openPage(browser)
    page = opened.page
    complaints = opened.complaints
    const [one, other] = [await submit(service.url, OBSERVED), await submit(service.url, EXPLODING)]
    const third = await submit(service.url, ITEMISED)
    const isEnded = ({ finished_at }: Job) => finished_at !== null
    observed = await untilJob(service.url, one.id, 'ends', isEnded)
    exploding = await untilJob(service.url, other.id, 'ends', isEnded)
    itemised = await untilJob(service.url, third.id, 'ends', isEnded)
    assert.deepEqual([observed.status, exploding.status], ['succeeded', 'succeeded'])
  })
  after(async () => {
    await browser?.close()
    assert.equal(await service.stop(), 0, service.output())
  })

  const open = async (id: string, query = '') => {
    await page.goto('about:blank')
    await page.goto(`${service.url}/#/jobs/${id}${query}`)
    await page.locator('[data-testid="chart-flow"]:not([data-points="0"])').waitFor()
    // A panel that comes moves what stands below it: a click whose press and release meet different elements is none.
    await page.waitForLoadState('networkidle')
  }

  test('flow, loss and norms are on the first screen of 1400 by 900', async () => {
    await open(observed.id)
    for (const chart of ['chart-flow', 'chart-loss']) {
      const { y, height } = (await page.getByTestId(chart).boundingBox()) ?? assert.fail()
      assert.ok(y + 0.75 * height < 900, `${chart} is from ${y} to ${y + height}`)
    }
  })

  test('layers are small multiples of one scale, and one alone is in the address', async () => {
    await open(observed.id)
    await page.locator('[data-testid="chart-flow-1"]:not([data-points="0"])').waitFor()
    assert.equal(await page.getByTestId('colour-bar').count(), 1)
    await page.getByTestId('flow-layer').selectOption('1')
    await page.getByTestId('chart-flow').waitFor({ state: 'detached' })
    await page.waitForURL(/[?&]layer=1(?:&|$)/)
  })

  test('colours are of the same decades for every run, of its own, or relative to t = T', async (t) => {
    await open(observed.id)
    const decades = () => page.locator('[data-testid="colour-bar"][data-decades]').getAttribute('data-decades')
    const shared = await decades()
    const colours = page.getByTestId('flow-colours')
    for (const mode of ['run', 'relative']) {
      await colours.selectOption(mode)
      await page.locator(`[data-testid="colour-bar"]:not([data-decades="${shared}"])`).waitFor()
      t.diagnostic(`shared: ${shared}, ${mode}: ${await decades()}`)
    }
    await colours.selectOption('shared')
    await page.locator(`[data-testid="colour-bar"][data-decades="${shared}"]`).waitFor()
    await open(exploding.id)
    assert.equal(await decades(), shared)
  })

  test('the horizon of the probe is drawn at each step at which it was observed', async () => {
    await open(observed.id)
    const probes = 1 + STEPS / 4 // the first step, and each fourth
    await page.locator(`[data-testid="chart-flow"][data-reach-points="${probes}"]`).waitFor()
    await page.getByTestId('flow-lines').getByText('φ(0)').waitFor()
  })

  test('the itemised matrix is drawn with its margins, and a cell says whom it teaches', async () => {
    await open(itemised.id)
    await page.locator(`[data-testid="chart-matrix"][data-points="${T}"]`).waitFor()
    const heat = page.getByTestId('matrix-heat')
    assert.match((await heat.getAttribute('aria-label')) ?? '', /^Itemised matrix of 6 sources over 24 time steps$/)
    const { height } = (await heat.boundingBox()) ?? assert.fail()
    await heat.hover({ position: { x: 2, y: height - 2 } })
    await page.getByText(/^The loss of time steps? .* teaches the state of time step 1 with/).waitFor()
  })

  test('a click pins a row, whose profile stays, and a link to it shows the same', async () => {
    await open(observed.id)
    const map = page.getByTestId('chart-flow').locator('.plot')
    const { x, y, width, height } = (await map.boundingBox()) ?? assert.fail()
    await page.mouse.click(x + width / 2, y + height / 3)
    await page.mouse.move(0, 0)
    await page.getByText(/^Training step \d+, pinned$/).waitFor()
    const pinned = /[?&]pin=(\d+)/.exec(page.url())?.[1]
    assert.ok(Number(pinned) > 10 && Number(pinned) < 50, `step ${pinned}`)
    const address = page.url()
    await page.goto('about:blank')
    await page.goto(address)
    await page.getByText(`Training step ${pinned}, pinned`).waitFor()
    await page.getByTestId('chart-flow').locator('.plot').focus()
    await page.keyboard.press('Escape')
    await page.getByText(/^Training step \d+, newest row$/).waitFor()
    assert.doesNotMatch(page.url(), /pin=/)
  })

  test('what one chart points at, all charts and the heat map read', async () => {
    await open(observed.id)
    const loss = page.getByTestId('chart-loss')
    const { x, y, width, height } = (await loss.locator('.plot').boundingBox()) ?? assert.fail()
    await page.mouse.move(x + width / 2, y + height / 3)
    await loss.getByText(/^step (?:2|3)\d$/).waitFor()
    const step = Number(/\d+/.exec((await loss.locator('.readout-place').first().textContent()) ?? '')?.[0])
    await page.getByTestId('chart-norm').getByText(`step ${step}`, { exact: true }).waitFor()
    const row = Number(
      /^step (\d+)/.exec((await page.getByTestId('chart-flow').locator('.readout-place').textContent()) ?? '')?.[1],
    )
    assert.ok(Math.abs(row - step) <= 2, `row ${row}, step ${step}`)
    await page.getByText(new RegExp(`^Training step ${row}`)).waitFor()
  })

  test('zoom, smoothing, the log axis and the unit of the axis are in the address, and a link shows them', async () => {
    await open(observed.id, '?steps=20-40&smooth=0.9&loss=log&x=time&t=5-12')
    await page.locator('[data-testid="chart-flow"][data-timesteps="8"]').waitFor()
    const loss = page.locator(
      '[data-testid="chart-loss"][data-points-loss-smoothed]:not([data-points-loss-smoothed="0"])',
    )
    await loss.getByText('training, smoothed').waitFor()
    await page.getByText('EMA 0.9, ≈ 10 steps').waitFor()
    const drawn = Number(await page.getByTestId('chart-loss').getAttribute('data-points-loss'))
    assert.ok(drawn >= 21 && drawn <= 23, `${drawn} points of steps 20 to 40 and their neighbours`)
    await loss.getByText(/after \d/).waitFor()
    await page.getByTestId('smooth').fill('0')
    await page.getByTestId('log-loss').uncheck()
    await page.getByTestId('x-unit').selectOption('step')
    await page.getByTestId('zoom-out').click()
    await page.getByTestId('zoom-out-timesteps').click()
    await page.locator(`[data-testid="chart-loss"][data-points-loss="${STEPS}"]`).waitFor()
    await page.waitForURL((url) => !url.href.includes('?'))
  })

  test('Inf and NaN are marked apart and counted, and what was not finite is a mark', async (t) => {
    await open(exploding.id)
    const told = page.locator('[data-testid="flow-nan"], [data-testid="flow-infinity"]')
    await told.filter({ hasText: /[1-9]/ }).first().waitFor() // rows come page by page
    const count = async (kind: string) =>
      Number(((await page.getByTestId(`flow-${kind}`).textContent()) ?? '').replaceAll(/\D/g, ''))
    const counts = { nan: await count('nan'), infinity: await count('infinity') }
    t.diagnostic(JSON.stringify(counts))
    assert.ok(counts.nan + counts.infinity > 0)
    const marked = page.locator('[data-testid="chart-norm"]:not([data-nonfinite="0"])')
    await marked.waitFor()
    await page.locator('[data-testid="mark"][data-kind="nonfinite"]').first().waitFor()
  })

  test('gates, their half-life, saturation, radii and each tensor have a chart, and what was not measured has none', async () => {
    await open(observed.id)
    await page.getByTestId('specification').scrollIntoViewIfNeeded()
    for (const chart of [
      'gate-layers.0',
      'half_life',
      'gate_saturation-layers.1',
      'grad_norm/layers.0.Wh',
      'spectral_radius-layers.0',
    ])
      await page.locator(`[data-testid="chart-${chart}"]`).waitFor()
    assert.equal(await page.getByTestId('chart-truncation').count(), 0)
    await open(exploding.id)
    await page.getByTestId('specification').scrollIntoViewIfNeeded()
    await page.locator('[data-testid="chart-grad_norm/readout.Wo"]').waitFor()
    assert.equal(await page.locator('[data-testid^="chart-gate"]').count(), 0)
  })

  test('checkpoints are marks and a list; each is downloaded in its formats, is registered, and is the start of a new job', async () => {
    await open(observed.id)
    const { data } = (await (
      await fetch(`${service.url}/v1/jobs/${observed.id}/checkpoints`)
    ).json()) as List<Checkpoint>
    await page.locator(`[data-testid="checkpoints"][data-count="${data.length}"]`).waitFor()
    assert.equal(await page.locator('[data-testid="mark"][data-kind="checkpoint"]').count(), data.length)
    const row = page.getByTestId('checkpoint').first()
    for (const [format, ending] of [
      ['state', /\.safetensors$/],
      ['safetensors', /\.safetensors$/],
      ['card', /\.md$/],
    ] as const) {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        row.getByTestId(`download-${format}`).click(),
      ])
      assert.match(download.suggestedFilename(), ending)
    }
    await row.getByTestId('register-name').fill('from-the-page')
    await row.getByTestId('register').click()
    await row.getByTestId('registered').filter({ hasText: 'version 1' }).waitFor()
    const model = (await (await fetch(`${service.url}/v1/models/from-the-page`)).json()) as RegisteredModel
    assert.deepEqual([model.versions[0]?.job, model.versions[0]?.checkpoint], [observed.id, data[0]?.id])
    await row.getByTestId('go-on-steps').fill(String(STEPS + 6))
    await row.getByTestId('go-on').click()
    await page.waitForURL((url) => url.hash.startsWith('#/jobs/') && !url.hash.includes(observed.id))
    const id = /job_\w+/.exec(page.url())?.[0] ?? ''
    const ended = await untilJob(service.url, id, 'ends', ({ finished_at }) => finished_at !== null)
    assert.deepEqual([ended.status, ended.progress.step], ['succeeded', STEPS + 6])
    assert.equal(ended.forked_from?.checkpoint, data[0]?.id)
  })

  test('a step that was not finite is offered, computed again, and gone on from beside the run', async () => {
    await open(exploding.id)
    const offer = page.getByTestId('replay-offer').first()
    await offer.filter({ hasText: /^step 1$/ }).click() // once the log is read, which may be after the findings
    const step = Number(await page.getByTestId('replay-step').inputValue())
    assert.equal(step, 1)
    await page.getByTestId('replay').click()
    await page.locator('[data-testid="replay-result"][data-status="succeeded"]').waitFor()
    assert.match(await page.getByTestId('replay-verified').innerText(), /of \d+ recorded rows with the same bits\./)
    assert.match(await page.getByTestId('replay-origin').innerText(), /layer 0 at time step \d+: state h/)
    await page.getByTestId('chart-replay-flow').waitFor()
    await page.locator('[data-testid="chart-replay-layers-0"]:not([data-points="0"])').waitFor()
    await assertNoBarriers(page)
    await page.getByTestId('fork-changes').fill('{ "clipping": { "policy": ')
    await page.getByTestId('fork').click()
    assert.match(await page.getByTestId('fork-error').innerText(), /Cannot read the changes as JSON/)
    await page.getByTestId('fork-changes').fill('{ "clipping": { "policy": "norm", "threshold": 0.1 } }')
    await page.getByTestId('fork').click()
    await page.waitForURL((url) => url.hash.startsWith(`#/compare?jobs=${exploding.id},job_`))
    const id = page.url().split(',').at(-1) ?? ''
    assert.deepEqual([(await getJob(service.url, id)).forked_from?.job], [exploding.id])
    await untilJob(service.url, id, 'ends', ({ finished_at }) => finished_at !== null)
    await page.goto(`${service.url}/#/jobs/${id}`)
    assert.match(await page.getByTestId('origin').innerText(), new RegExp(`goes on from step ${step} of job_`))
  })

  test('every chart is saved as PNG, SVG and CSV, with what it draws', async (t) => {
    await open(observed.id)
    const charts = await page.getByTestId('export').count()
    assert.ok(charts >= 5, `${charts} charts`)
    const save = async (chart: string, kind: string) => {
      const body = page.getByTestId(chart)
      await body.getByTestId('export').locator('summary').click()
      const [download] = await Promise.all([page.waitForEvent('download'), body.getByTestId(`export-${kind}`).click()])
      assert.match(download.suggestedFilename(), new RegExp(`^[a-z0-9-]+\\.${kind}$`))
      const file = await readFile(await download.path())
      t.diagnostic(`${download.suggestedFilename()}: ${file.length} bytes`)
      return file
    }
    for (const chart of ['chart-loss', 'chart-flow']) {
      const svg = (await save(chart, 'svg')).toString()
      const parsed = await page.evaluate<{ name: string; texts: number; faults: number }>(`(() => {
        const root = new DOMParser().parseFromString(${JSON.stringify(svg)}, 'image/svg+xml').documentElement
        const count = (name) => root.querySelectorAll(name).length
        return { name: root.nodeName, texts: count('text'), faults: count('parsererror') }
      })()`)
      assert.deepEqual([parsed.name, parsed.faults], ['svg', 0])
      assert.ok(parsed.texts > 8, `${parsed.texts} texts`)
      const png = await save(chart, 'png')
      assert.equal(png.subarray(1, 4).toString(), 'PNG')
      assert.ok(png.readUInt32BE(16) > 800, 'two pixels for each of the page')
    }
    const loss = (await save('chart-loss', 'csv')).toString().trim().split('\n')
    assert.deepEqual([loss[0], loss.length], ['step,loss,evaluation_loss', STEPS + 1])
    const flow = (await save('chart-flow', 'csv')).toString().trim().split('\n')
    assert.equal(flow.length, 2 + STEPS / 2)
    assert.ok(flow.every((line) => line.split(',').length === T + 1))
  })

  test('tags and a note are shown, changed and kept', async () => {
    await open(observed.id)
    await page.getByTestId('tags').getByText('second', { exact: true }).waitFor()
    await page.getByTestId('edit-notes').click()
    await page.getByTestId('tags-field').fill('first, third,, third')
    await page.getByTestId('note-field').fill('The gates stay open.')
    await page.getByTestId('save-notes').click()
    await page.getByTestId('tags').getByText('third', { exact: true }).waitFor()
    await page.getByTestId('note').getByText('The gates stay open.').waitFor()
    const { metadata } = await getJob(service.url, observed.id)
    assert.deepEqual(metadata, { tags: 'first, third', note: 'The gates stay open.' })
  })

  for (const scheme of ['light', 'dark'] as const)
    test(`axe finds no serious barrier on the page of a run, ${scheme}`, async (t) => {
      await page.emulateMedia({ colorScheme: scheme })
      await open(observed.id)
      await page.getByTestId('specification').scrollIntoViewIfNeeded()
      await page.locator('[data-testid="inside"][data-empty="false"]').waitFor()
      t.diagnostic(`${await assertNoBarriers(page)} rules had something to look at`)
    })

  test('the browser had nothing to complain of', () => {
    assert.deepEqual(complaints, [])
  })
})
