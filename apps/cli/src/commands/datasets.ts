import type { Dataset } from '@unroll/client'
import { bytesWords } from '../bytes.ts'
import type { Command } from '../command.ts'
import { datasetLines } from '../dataset_view.ts'
import { table } from '../table.ts'

export const datasets: Command = {
  summary: 'lists data sets, newest first',
  arguments: [],
  example: 'unroll datasets',
  async run({ client, terminal, flags, signal }) {
    const rows: string[][] = [['ID', 'CONTENT', 'SIZE', 'UPLOADED', 'NAME']]
    for await (const dataset of client.datasets.each({ limit: 100 }, { signal })) {
      if (flags['json'] === true) terminal.out(JSON.stringify(dataset))
      rows.push([dataset.id, contentWords(dataset), bytesWords(dataset.bytes), dataset.created_at, dataset.name ?? '-'])
    }
    if (flags['json'] !== true) for (const line of table(rows)) terminal.out(line)
  },
}

function contentWords(dataset: Dataset): string {
  if (dataset.kind === 'text') return `text, ${dataset.characters} characters`
  return `${dataset.sequences} sequences, ${dataset.steps} steps`
}

export const showDataset: Command = {
  summary: 'shows what is in a data set: fields, types, lengths, missing values',
  arguments: ['dataset'],
  example: 'unroll show-dataset ds_…',
  async run({ client, terminal, given: [id = ''], flags, signal }) {
    const dataset = await client.datasets.get(id, { signal })
    if (flags['json'] === true) return terminal.out(JSON.stringify(dataset))
    terminal.out(`${dataset.id} ${dataset.name ?? ''}`.trimEnd())
    for (const line of datasetLines(dataset)) terminal.out(line)
  },
}

export const deleteDataset: Command = {
  summary: 'deletes a data set that no job uses; models trained on it keep what they need',
  arguments: ['dataset'],
  example: 'unroll delete-dataset ds_…',
  async run({ client, terminal, given: [id = ''], flags, signal }) {
    await client.datasets.delete(id, { signal })
    terminal.out(flags['json'] === true ? JSON.stringify({ id, deleted: true }) : `${id} deleted`)
  },
}
