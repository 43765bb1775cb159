import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { chromium, type Browser, type Page } from 'playwright-core'

/** For a machine that is slow or has much else to do. */
export const WAIT_MS = 180_000

const ARGUMENTS = [
  '--no-sandbox', // a container has no user namespaces
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env['CHROMIUM_PATH'] ?? '', args: ARGUMENTS, timeout: WAIT_MS })
}

/** A page that waits long, and the errors that it told on its console. */
export async function openPage(browser: Browser): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage({ locale: 'en-US', viewport: { width: 1400, height: 900 } })
  page.setDefaultTimeout(WAIT_MS)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`))
  page.on('console', (message) => message.type() === 'error' && complaints.push(`${page.url()}: ${message.text()}`))
  return { page, complaints }
}

interface Barrier {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string }[]
}

interface Findings {
  readonly violations: readonly Barrier[]
  readonly passes: readonly unknown[]
}

/** What a script answers that the page evaluates. Its waits alone have a limit: of an evaluation the page may say nothing for ever. */
async function evaluateInTime<T>(page: Page, what: string, script: string): Promise<T> {
  const late = sleep(WAIT_MS, undefined, { ref: false }).then(() => {
    throw new Error(`${page.url()} did not answer ${what} within ${WAIT_MS} ms`)
  })
  return await Promise.race([page.evaluate<T>(script), late])
}

/** Fails on serious barriers that axe finds on the page as it is; answers how many of its rules had something to look at. */
export async function assertNoBarriers(page: Page): Promise<number> {
  // The policy of the page allows no script that is added to it; one that a debugger evaluates is not.
  await evaluateInTime(page, 'the source of axe', await readFile(process.env['AXE_PATH'] ?? '', 'utf8'))
  const { violations, passes } = await evaluateInTime<Findings>(page, 'axe.run', 'axe.run(document)')
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  assert.deepEqual(
    serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`),
    [],
  )
  assert.ok(passes.length > 0, 'axe looked at nothing')
  return passes.length
}
