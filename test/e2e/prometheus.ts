import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const VALIDATORS = new URL('../../../tools/provision/validators.mjs', import.meta.url)
const RULES = fileURLToPath(new URL('../../../deploy/prometheus/rules.yml', import.meta.url))

export const NO_PROMETHEUS = 'Prometheus is not on this machine: npm run check:deploy fetches it'

/** A program of Prometheus; undefined where it is not on this machine. */
export async function findProgram(name: 'prometheus' | 'promtool'): Promise<string | undefined> {
  const { findValidator } = (await import(VALIDATORS.href)) as { findValidator: (name: string) => string | undefined }
  return findValidator(name)
}

/** What `promtool check metrics` has to say of a page of metrics; nothing where all is well. */
export function lintMetrics(promtool: string, page: string): string {
  const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], { input: page, encoding: 'utf8' })
  return status === 0 ? `${stdout}${stderr}` : `exit ${status}: ${stdout}${stderr}`
}

/** A Prometheus server with the alerting rules of `deploy/`. */
export interface Prometheus {
  /** Data of an answer of its HTTP API. */
  ask<T>(path: string): Promise<T>
  stop(): Promise<void>
}

/** Starts a Prometheus that looks once a second at the targets, by the jobs that they belong to, and at the rules. */
export async function startPrometheus(
  program: string,
  port: number,
  targets: Readonly<Record<string, string>>,
): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'unroll-prometheus-'))
  const scraped = Object.entries(targets).map(
    ([job, target]) => `  - { job_name: ${job}, static_configs: [{ targets: ['${target}'] }] }\n`,
  )
  const config = [
    'global: { scrape_interval: 1s, evaluation_interval: 1s }\n',
    `rule_files: ['${RULES}']\n`,
    'scrape_configs:\n',
    ...scraped,
  ]
  await writeFile(join(folder, 'prometheus.yml'), config.join(''))
  const address = `127.0.0.1:${port}`
  const child = spawn(
    program,
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  )
  return {
    async ask<T>(path: string): Promise<T> {
      const answer = await fetch(`http://${address}/api/v1/${path}`)
      return ((await answer.json()) as { data: T }).data
    },
    async stop() {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
      await rm(folder, { recursive: true })
    },
  }
}
