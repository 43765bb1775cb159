// How the dashboard copes with a run of a million steps in a real Chromium: when it is drawn, its longest task while it is
// pointed at, zoomed and measured, and the memory that two hours of polling take. Prints one JSON line, and fails over its limits.

import { readFile } from 'node:fs/promises'
import { chromium, type Browser, type CDPSession, type Page } from 'playwright-core'
import { bench, count } from './command.ts'
import { writeLongRun, type LongRun } from './long_run.ts'
import { startService, type Place } from './service.ts'

/** Milliseconds until loss and flow are drawn, and of the longest task while a run is measured. */
const MOST_OPEN_MS = 1_000
const MOST_TASK_MS = 50
/** How much more memory may be in use at the end of the polling than after an eighth of it. */
const MOST_GROWTH = 1.1
/** Requests in a second of the page of a run that goes on: job, metrics and flow each second, the rest more rarely. */
const POLLS_PER_S = 4.75
const MOVES = 40
/** Steps of the run that is polled. */
const POLLED_STEPS = 20_000

/** Told to the page before its own code: pauses are a hundredth as long. */
const HASTY = `
  const wait = window.setTimeout
  window.setTimeout = (act, ms, ...more) => wait(act, ms / 100, ...more)
`

/** Told to the page before its own code: when both charts are drawn, and every task over 50 ms. */
const WATCHED = `
  window.tasks = []
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) window.tasks.push({ startTime, duration })
  }).observe({ type: 'longtask', buffered: true })
  const drawn = () => ['chart-loss', 'chart-flow'].every((id) => {
    const points = document.querySelector('[data-testid="' + id + '"]')?.dataset.points
    return points !== undefined && points !== '0'
  })
  const watch = () => {
    if (window.drawnAt === undefined && drawn()) requestAnimationFrame(() => (window.drawnAt ??= performance.now()))
    if (window.drawnAt === undefined) requestAnimationFrame(watch)
  }
  watch()
`

const OPTIONS = {
  steps: count(1_000_000, 'steps of the run'),
  polling: count(7_200, 'seconds of polling that are simulated'),
}

await bench(
  {
    name: 'dashboard',
    question: 'How fast does the dashboard open and move a long run, and does hours of polling take memory?',
    options: OPTIONS,
  },
  async ({ steps, polling }) => {
    const runs: LongRun[] = []
    const before = async (place: Place) => {
      runs.push(await writeLongRun(place, { steps, hasEnded: true }))
      runs.push(await writeLongRun(place, { steps: Math.min(steps, POLLED_STEPS), hasEnded: false }))
    }
    const service = await startService({ before })
    const browser = await launch()
    try {
      const [long, polled] = runs
      if (long === undefined || polled === undefined) throw new Error('The runs were not written')
      const address = ({ id }: LongRun) => `${service.base}/#/jobs/${id}`
      const measured = {
        ...(await openAndMove(browser, address(long), { run: long, steps })),
        ...(await poll(browser, address(polled), polling)),
      }
      const line = { steps, ...measured }
      process.stdout.write(`${JSON.stringify(line)}\n`)
      const faults = [
        ...(measured.open_ms > MOST_OPEN_MS ? [`opens in ${measured.open_ms} ms`] : []),
        ...(measured.longest_task_ms > MOST_TASK_MS ? [`has a task of ${measured.longest_task_ms} ms`] : []),
        ...(measured.memory_growth > MOST_GROWTH ? [`grows by a factor of ${measured.memory_growth}`] : []),
      ]
      if (faults.length > 0) throw new Error(`The page ${faults.join(', and ')}`)
    } finally {
      await browser.close()
      await service.stop()
    }
  },
)

async function launch(): Promise<Browser> {
  const { provideChromium } = (await import(new URL('../../tools/provision/chromium.mjs', import.meta.url).href)) as {
    provideChromium: () => Promise<string>
  }
  return chromium.launch({ executablePath: await provideChromium(), args: ['--no-sandbox', '--disable-gpu'] })
}

/** Opens the run in a fresh page, with nothing of it in any cache, then points, zooms and moves. */
async function openAndMove(
  browser: Browser,
  address: string,
  { run, steps }: { run: LongRun; steps: number },
): Promise<{ open_ms: number; longest_task_ms: number; tasks_over_50_ms: number; moves: number; points: number }> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } })
  await page.addInitScript(WATCHED)
  await page.goto(address)
  const drawnAt = await page
    .waitForFunction(() => (globalThis as { drawnAt?: number }).drawnAt)
    .then((handle) => handle.jsonValue() as Promise<number>)
  const loss = page.getByTestId('chart-loss')
  const points = Number(await loss.getAttribute('data-points-loss'))
  if (points !== steps - 1) throw new Error(`${points} of ${steps - 1} finite values are drawn`)
  if ((await loss.getAttribute('data-nonfinite')) !== '1') throw new Error('The NaN of the run is not marked')
  await page.waitForLoadState('networkidle')
  const since = await page.evaluate<number>('performance.now()')
  const moves = await movePage(page)
  await page.waitForLoadState('networkidle')
  const tasks = await page.evaluate<{ startTime: number; duration: number }[]>('window.tasks')
  const while_measured = tasks.filter(({ startTime }) => startTime >= since).map(({ duration }) => duration)
  await assertSpike(page, run)
  await page.close()
  return {
    open_ms: Math.round(drawnAt),
    longest_task_ms: Math.max(0, ...while_measured),
    tasks_over_50_ms: while_measured.length,
    moves,
    points,
  }
}

/** Points along the heat map, drags over a fifth of it, and moves that to and fro. */
async function movePage(page: Page): Promise<number> {
  const map = page.getByTestId('chart-flow').locator('.plot')
  const { x, y, width, height } = (await map.boundingBox()) ?? fail('The heat map is not there')
  const middle = y + height / 2
  for (let at = 0; at < MOVES; at += 1) await page.mouse.move(x + (0.2 + (0.6 * at) / MOVES) * width, middle)
  await page.mouse.move(x + 0.3 * width, y + 15)
  await page.mouse.down()
  await page.mouse.move(x + 0.5 * width, y + height - 50, { steps: 10 })
  await page.mouse.up()
  await page.getByTestId('zoom-out').waitFor()
  for (let at = 0; at < MOVES; at += 1) {
    await page.mouse.wheel(at % MOVES < MOVES / 2 ? 60 : -60, 0)
    await page.waitForTimeout(30)
  }
  return 2 * MOVES
}

/** The spike of one step is among what the chart of all steps draws. */
async function assertSpike(page: Page, { spike }: LongRun): Promise<void> {
  await page.getByTestId('zoom-out').click()
  const loss = page.getByTestId('chart-loss')
  await loss.getByTestId('export').locator('summary').click()
  const [download] = await Promise.all([page.waitForEvent('download'), loss.getByTestId('export-csv').click()])
  const rows = (await readFile(await download.path(), 'utf8')).split('\n')
  if (!rows.some((row) => row.includes(',1000000'))) throw new Error(`The spike at step ${spike} is not drawn`)
}

/** Polls a run that goes on as often as a page does in so many seconds, with short pauses; memory is measured after a collection. */
async function poll(
  browser: Browser,
  address: string,
  seconds: number,
): Promise<{ polled_s: number; polls: number; memory_mib: number; memory_growth: number }> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } })
  await page.addInitScript(HASTY)
  const counted = { polls: 0 }
  page.on('response', () => (counted.polls += 1))
  await page.goto(address)
  const debug = await page.context().newCDPSession(page)
  const until = async (wanted: number) => {
    while (counted.polls < wanted) await page.waitForTimeout(100)
    return measureMemory(debug)
  }
  const all = Math.ceil(seconds * POLLS_PER_S)
  const warm = await until(Math.ceil(all / 8))
  const memory = await until(all)
  await page.close()
  return {
    polled_s: seconds,
    polls: counted.polls,
    memory_mib: Math.round(memory / 2 ** 18) / 4,
    memory_growth: Math.round((1000 * memory) / warm) / 1000,
  }
}

async function measureMemory(debug: CDPSession): Promise<number> {
  await debug.send('HeapProfiler.collectGarbage')
  const { usedSize } = await debug.send('Runtime.getHeapUsage')
  return usedSize
}

function fail(words: string): never {
  throw new Error(words)
}
