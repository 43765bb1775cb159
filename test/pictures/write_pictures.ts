// `npm run docs:pictures [-- NAME …]`: the pictures of the documents, from real runs of a service of its own: the flow of each cell as its model
// card draws it (`lstm`), and pages of the dashboard, light, dark and on a phone (`run-dark`). All of them unless some are named.

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { UnrollClient, type JobRequest } from '@unroll/client'
import type { Browser } from 'playwright-core'
import { launchBrowser } from '../e2e/browser.ts'
import { startService } from '../e2e/service.ts'

const ROOT = new URL('../../../', import.meta.url)
const TOOLS = new URL('tools/provision/chromium.mjs', ROOT)
const named = process.argv.slice(2)
const isWanted = (name: string) => named.length === 0 || named.includes(name)

/** The runs whose pages are shown: one for each thing that can happen to a gradient. */
const SHOWN = { vanishing: 'adding-rnn', healthy: 'adding-lstm', exploding: 'exploding-unclipped' }

interface Shot {
  readonly file: string
  /** The page, from the ids of the shown runs. */
  readonly hash: (ids: Record<keyof typeof SHOWN, string>) => string
  /** What is drawn before the picture is taken. */
  readonly drawn: string
  readonly scheme?: 'dark'
  readonly size?: { width: number; height: number }
}

const DRAWN = '[data-testid="chart-flow"]:not([data-points="0"])'
const PHONE = { width: 390, height: 844 }
const SHOTS: readonly Shot[] = [
  { file: 'run-light', hash: ({ vanishing }) => `jobs/${vanishing}`, drawn: DRAWN },
  { file: 'run-dark', hash: ({ healthy }) => `jobs/${healthy}`, drawn: DRAWN, scheme: 'dark' },
  { file: 'run-phone', hash: ({ healthy }) => `jobs/${healthy}`, drawn: DRAWN, size: PHONE },
  { file: 'exploding-light', hash: ({ exploding }) => `jobs/${exploding}`, drawn: DRAWN },
  {
    file: 'compare-light',
    hash: ({ vanishing, healthy }) => `compare?jobs=${vanishing},${healthy}`,
    drawn: '[data-testid="compare-profile"]:not([data-points="0"])',
  },
]

async function readExample(name: string): Promise<JobRequest> {
  return JSON.parse(await readFile(new URL(`examples/${name}.json`, ROOT), 'utf8')) as JobRequest
}

async function train(client: UnrollClient, request: JobRequest): Promise<string> {
  const { id, status } = await client.jobs.create(request).then((job) => client.jobs.wait(job.id))
  process.stdout.write(`  ${request.name ?? request.model.cell}: ${status}\n`)
  return id
}

/** The flow of each cell on the same task, as `examples/cells.json` has it. */
async function writeFlows(client: UnrollClient, url: string): Promise<void> {
  const sweep = JSON.parse(await readFile(new URL('examples/cells.json', ROOT), 'utf8')) as {
    template: JobRequest
    space: { '/model/cell': { values: JobRequest['model']['cell'][] } }
  }
  for (const cell of sweep.space['/model/cell'].values.filter(isWanted)) {
    const id = await train(client, { ...sweep.template, name: cell, model: { ...sweep.template.model, cell } })
    const [newest] = (await client.jobs.checkpoints(id, { limit: 1 })).data
    const card = `${url}/v1/jobs/${id}/checkpoints/${newest?.id}/card`
    const response = await fetch(card, { headers: { accept: 'image/svg+xml' }, signal: AbortSignal.timeout(60_000) })
    if (!response.ok) throw new Error(`Cannot draw the flow of ${cell}: ${response.status}`)
    await writeFile(new URL(`docs/cells/${cell}.svg`, ROOT), await response.text())
  }
}

async function writeShots(client: UnrollClient, url: string, browser: Browser): Promise<void> {
  const shots = SHOTS.filter(({ file }) => isWanted(file))
  if (shots.length === 0) return
  const ids = { vanishing: '', healthy: '', exploding: '' }
  for (const [name, example] of Object.entries(SHOWN))
    ids[name as keyof typeof SHOWN] = await train(client, await readExample(example))
  await mkdir(new URL('docs/pictures/', ROOT), { recursive: true })
  for (const { file, hash, drawn, scheme = 'light', size = { width: 1400, height: 1000 } } of shots) {
    const page = await browser.newPage({ locale: 'en-US', viewport: size, colorScheme: scheme })
    await page.goto(`${url}/#/${hash(ids)}`)
    await page.locator(drawn).first().waitFor()
    await page.waitForLoadState('networkidle')
    await page.screenshot({ path: new URL(`docs/pictures/${file}.png`, ROOT).pathname })
    await page.close()
    process.stdout.write(`  docs/pictures/${file}.png\n`)
  }
}

const { provideChromium } = (await import(TOOLS.href)) as { provideChromium: () => Promise<string> }
process.env['CHROMIUM_PATH'] = await provideChromium()
const service = await startService()
const browser = await launchBrowser()
try {
  const client = new UnrollClient({ baseUrl: service.url })
  await writeFlows(client, service.url)
  await writeShots(client, service.url, browser)
} finally {
  await browser.close()
  await service.stop()
}
