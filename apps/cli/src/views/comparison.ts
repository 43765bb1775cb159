import { differences, outcomeWords, statusWords, type Job, type ProbeFlow } from '@unroll/client'
import type { Call } from '../command.ts'
import { named } from '../named_numbers.ts'
import { figure } from '../run_view.ts'
import { table } from '../table.ts'
import { plotRuns } from './run_plots.ts'

/** Prints runs side by side, and their losses on one scale. */
export async function compareRuns(call: Call): Promise<void> {
  const { client, terminal, given, flags, signal } = call
  const jobs = await Promise.all(given.map((id) => client.jobs.get(id, { signal })))
  const fields = differences(jobs.map(({ spec }) => spec))
  const probes = await Promise.all(given.map((id) => client.jobs.probe(id, {}, { signal })))
  if (flags['json'] === true) {
    const results = jobs.map(({ id, status, outcome, result }, at) => ({
      id,
      status,
      outcome,
      result,
      horizons: probes[at]?.layers.map(({ horizon }) => horizon),
    }))
    return terminal.out(JSON.stringify({ differences: fields, runs: results }, named))
  }
  const names = jobs.map(({ id, name }) => (name === id ? id : name))
  const rows = [
    ['', ...names],
    ['status', ...jobs.map(statusWords)],
    ['outcome', ...jobs.map((job) => (job.outcome === null ? '-' : outcomeWords(job).join(', ')))],
    ...fields.map(({ path, values }) => [path, ...values.map((value) => (value === undefined ? '-' : String(value)))]),
    ...resultRows(jobs),
    ['horizon of each layer', ...probes.map(formatHorizons)],
  ]
  for (const line of table(rows)) terminal.out(line)
  terminal.out('')
  const runs = jobs.map(({ id }, at) => ({ id, name: names[at] ?? id }))
  for (const line of await plotRuns(call, runs, 'loss')) terminal.out(line)
}

/** The last value of each series that any of the runs has. */
function resultRows(jobs: readonly Job[]): string[][] {
  const names = [...new Set(jobs.flatMap(({ result }) => Object.keys(result ?? {})))]
  return names
    .filter((name) => !name.includes('/'))
    .map((name) => [name, ...jobs.map(({ result }) => figure(result?.[name] ?? null))])
}

function formatHorizons({ layers }: ProbeFlow): string {
  return layers.map(({ horizon }) => horizon ?? '-').join(', ') || '-'
}
