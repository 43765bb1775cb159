import { basename } from 'node:path'
import type { UploadQuery } from '@unroll/client'
import type { Call, Command } from '../command.ts'
import { datasetLines } from '../dataset_view.ts'
import { UsageError } from '../usage_error.ts'

const NAMES = 'of fields, between commas'

export const upload: Command = {
  summary: 'uploads data to train on: a file, a pipe, or - for standard input',
  arguments: ['file'],
  options: {
    name: {
      type: 'string',
      value: 'name',
      help: 'what to call it (else the name of the file, whose end tells the format)',
    },
    'dry-run': { type: 'boolean', help: 'say what is in it, and store nothing' },
    key: {
      type: 'string',
      value: 'key',
      help: 'the same key with the same file gives the same data set for 24 hours, and goes on with an upload that broke off (a large file has one of its own)',
    },
    unit: { type: 'string', value: 'unit', help: 'what a symbol of a text is: character (the default), byte or word' },
    layout: { type: 'string', value: 'layout', help: 'rows of a table are sequences (wide) or steps (long)' },
    label: { type: 'string', value: 'name', help: 'the field that is the label' },
    id: { type: 'string', value: 'name', help: 'of a long table: the column that names the sequence' },
    time: { type: 'string', value: 'name', help: 'of a long table: the column that orders its rows' },
    'per-sequence': { type: 'string', value: 'names', help: `of which each sequence has one value: ${NAMES}` },
    number: { type: 'string', value: 'names', help: `that are numbers: ${NAMES}` },
    category: { type: 'string', value: 'names', help: `that are classes or symbols: ${NAMES}` },
    ignore: { type: 'string', value: 'names', help: `to leave out: ${NAMES}` },
    delimiter: { type: 'string', value: 'mark', help: 'what stands between the cells of CSV' },
    decimal: { type: 'string', value: 'mark', help: 'the decimal mark of CSV, . or ,' },
    header: { type: 'string', value: 'yes|no', help: 'whether the first line of CSV names the columns' },
  },
  example: 'unroll upload vowels.jsonl',
  async run({ client, terminal, given: [path = ''], text, flags, signal }) {
    const query = { name: text['name'] ?? (path === '-' ? 'standard input' : basename(path)), ...parseOptions(text) }
    const { uploadFile } = await import('../upload_file.ts')
    const dataset = await uploadFile(client, path, {
      query,
      key: text['key'],
      isTrial: flags['dry-run'] === true,
      terminal,
      signal,
    })
    terminal.status('')
    if (flags['json'] === true) return terminal.out(JSON.stringify(dataset))
    if (dataset.object === 'dataset') terminal.out(dataset.id)
    const tell = dataset.object === 'dataset' ? terminal.note : terminal.out
    for (const line of datasetLines(dataset)) tell(line)
  },
}

function parseOptions(text: Call['text']): UploadQuery {
  const { layout, decimal, header } = text
  const names = (option: string) => text[option]?.split(',')
  return {
    unit: chooseOne('unit', text['unit'], ['character', 'byte', 'word']),
    layout: chooseOne('layout', layout, ['wide', 'long']),
    label: text['label'],
    id: text['id'],
    time: text['time'],
    per_sequence: names('per-sequence'),
    number: names('number'),
    category: names('category'),
    ignore: names('ignore'),
    delimiter: text['delimiter'],
    decimal: chooseOne('decimal', decimal, ['.', ',']),
    header: header === undefined ? undefined : chooseOne('header', header, ['yes', 'no']) === 'yes',
  } as UploadQuery
}

/** @throws {UsageError} */
function chooseOne<Name extends string>(
  option: string,
  given: string | undefined,
  names: readonly Name[],
): Name | undefined {
  if (given === undefined || names.includes(given as Name)) return given as Name | undefined
  throw new UsageError(`--${option} must be ${names.join(' or ')}: current value is "${given}"`)
}
