import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { schemathesis } from './schemathesis.mjs'
import { startApi } from './service.mjs'
import { GENERATORS, Unavailable, execute } from './tools.mjs'

/** @import { Service } from './service.mjs' */
/** @import { Generator } from './tools.mjs' */

/**
 * Generates a client with each tool, has it work against a real API, and has schemathesis try that. Tools that cannot be had
 * are skipped, with the reason.
 * @param {string[]} wanted parts of names of tools; none means all
 * @returns {Promise<number>} the exit code
 */
export async function runContract(wanted) {
  const kept = process.env.UNROLL_CONTRACT_TOOLS // a folder of tools that were installed before
  const tools = kept ?? mkdtempSync(join(tmpdir(), 'unroll-contract-'))
  const folder = mkdtempSync(join(tmpdir(), 'unroll-contract-service-'))
  const isWanted = (/** @type {string} */ name) => wanted.length === 0 || wanted.some((part) => name.includes(part))
  const service = await startApi(folder)
  const counts = new Map()
  try {
    for (const tool of [...GENERATORS.map((each) => ({ ...each, use: used(each) })), schemathesis]) {
      if (!isWanted(tool.name)) continue
      const place = join(tools, tool.name.replaceAll(/\W/g, '_'))
      mkdirSync(place, { recursive: true })
      const outcome = await tool
        .install(place)
        .then(() => tool.use(place, service))
        .then(
          (told) => ({ mark: '✓', told }),
          (error) =>
            error instanceof Unavailable
              ? { mark: '- skipped', told: error.message }
              : { mark: '✗', told: `${error.message}\n${error.stdout ?? ''}\n${error.stderr ?? ''}`.slice(0, 4_000) },
        )
      counts.set(outcome.mark, (counts.get(outcome.mark) ?? 0) + 1)
      console.log(`  ${outcome.mark} ${tool.name} ${tool.version}: ${outcome.told}`)
    }
  } finally {
    await service.stop()
    rmSync(folder, { recursive: true, force: true })
    if (kept === undefined) rmSync(tools, { recursive: true, force: true })
  }
  const [worked = 0, failed = 0, skipped = 0] = ['✓', '✗', '- skipped'].map((mark) => counts.get(mark))
  console.log(`\n  ${worked} at work, ${failed} failed, ${skipped} skipped`)
  return failed > 0 || worked === 0 ? 1 : 0
}

/**
 * What a generated client is to do: create a job, filter by metadata, poll Inf, page, read a problem.
 * @param {Generator} generator
 * @returns {(folder: string, service: Service) => Promise<string>}
 */
function used({ name, generate, program }) {
  return async (folder, { url, seeds }) => {
    await generate(folder)
    const jobs = await countJobs(url)
    const [command, ...args] = program(folder)
    const [job = ''] = seeds.runs // whose gradient norm is Infinity
    const { stdout } = await execute(folder, command, [...args, url, job, name.replaceAll(/\W/g, '-')])
    const { created, filtered, infinity, paged, problem } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
    const isRight = created === true && filtered === 1 && infinity === true && paged === jobs + 1
    if (!isRight || !/^(?:INVALID_SPECIFICATION|DATASET_NOT_FOUND)$/.test(problem))
      throw new Error(
        `Must create a job, find 1, see Infinity, page through ${jobs + 1} jobs and read a problem: ${stdout}`,
      )
    return `created a job, found it by metadata, polled Infinity, paged through ${paged} jobs, read ${problem}`
  }
}

/** @param {string} url */
async function countJobs(url) {
  const { jobs } = /** @type {{ jobs: Record<string, number> }} */ (await (await fetch(`${url}/v1/queue`)).json())
  return Object.values(jobs).reduce((sum, count) => sum + count, 0)
}
