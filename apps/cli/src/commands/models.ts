import type { RegisteredModel } from '@unroll/client'
import { bytesWords } from '../bytes.ts'
import { parseCount, type Command } from '../command.ts'
import { figure } from '../run_view.ts'
import { table } from '../table.ts'
import { named } from '../named_numbers.ts'
import { UsageError } from '../usage_error.ts'

export const register: Command = {
  summary: 'registers a saved state of a run as the next version of a model, which stays when the run is deleted',
  arguments: ['job', 'name'],
  options: {
    checkpoint: { type: 'string', value: 'checkpoint', help: 'its id, latest or best (else best)' },
    alias: {
      type: 'string',
      value: 'names',
      help: 'aliases of the version, with commas between them, such as production',
    },
  },
  example: 'unroll register job_… shakespeare --alias production',
  async run({ client, terminal, given: [job = '', name = ''], text, flags, signal }) {
    const { checkpoint, alias: aliases } = text
    const chosen = {
      ...(checkpoint !== undefined && { checkpoint }),
      ...(aliases !== undefined && { aliases: aliases.split(',') }),
    }
    const model = await client.models.register({ name, job, ...chosen }, { signal })
    if (flags['json'] === true) return terminal.out(JSON.stringify(model, named))
    terminal.out(`${name} version ${model.versions[0]?.version}`)
  },
}

export const models: Command = {
  summary: 'lists registered models with their versions and aliases',
  arguments: [],
  options: { name: { type: 'string', value: 'name', help: 'only the model of this name' } },
  example: 'unroll models',
  async run({ client, terminal, text, flags, signal }) {
    const { name } = text
    const rows: string[][] = [['MODEL', 'VERSION', 'ALIASES', 'CELL', 'STEP', 'LOSS', 'SIZE', 'REGISTERED', 'JOB']]
    const found =
      name === undefined ? client.models.each({ limit: 100 }, { signal }) : [await client.models.get(name, { signal })]
    for await (const model of found) {
      if (flags['json'] === true) terminal.out(JSON.stringify(model, named))
      rows.push(...versionRows(model))
    }
    if (flags['json'] !== true) for (const line of table(rows)) terminal.out(line)
  },
}

function versionRows({ name, aliases, versions }: RegisteredModel): string[][] {
  return versions.map(({ version, spec, step, metrics, bytes, created_at, job }) => {
    const names = Object.entries(aliases).filter(([, of]) => of === version)
    const loss = metrics['evaluation_loss'] ?? metrics['loss']
    return [
      name,
      String(version),
      names.map(([each]) => each).join(',') || '-',
      spec.model.cell,
      String(step),
      figure(loss === undefined ? null : Number(loss)),
      bytesWords(bytes),
      created_at,
      job,
    ]
  })
}

export const alias: Command = {
  summary: 'gives an alias of a model to a version, or removes it',
  arguments: ['model', 'alias'],
  options: {
    version: { type: 'string', value: 'n', help: 'the version that gets the alias' },
    remove: { type: 'boolean', help: 'remove it from whichever version has it' },
  },
  example: 'unroll alias shakespeare production --version 3',
  async run({ client, terminal, given: [name = '', of = ''], text, flags, signal }) {
    const version = parseCount(text['version'], 'version')
    if ((version === undefined) === (flags['remove'] !== true))
      throw new UsageError('needs either --version or --remove')
    const model = await client.models.setAliases(name, { [of]: version ?? null }, { signal })
    if (flags['json'] === true) return terminal.out(JSON.stringify(model, named))
    terminal.out(version === undefined ? `${name} has no alias ${of}` : `${name}@${of} is version ${version}`)
  },
}

export const deleteModel: Command = {
  summary: 'deletes a version of a model, or with --all the model',
  arguments: ['model'],
  options: {
    version: { type: 'string', value: 'n', help: 'the version to delete' },
    all: { type: 'boolean', help: 'delete all of its versions' },
  },
  example: 'unroll delete-model shakespeare --version 2',
  async run({ client, terminal, given: [name = ''], text, flags, signal }) {
    const version = parseCount(text['version'], 'version')
    if ((version === undefined) === (flags['all'] !== true)) throw new UsageError('needs either --version or --all')
    await client.models.delete(name, { version, signal })
    if (flags['json'] === true) return terminal.out(JSON.stringify({ name, version: version ?? null, deleted: true }))
    terminal.out(version === undefined ? `${name} deleted` : `${name} version ${version} deleted`)
  },
}
