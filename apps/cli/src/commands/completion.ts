import type { Command, LocalCommand } from '../command.ts'
import { KINDS, kindOf, listIds } from '../service/find_id.ts'
import { UsageError } from '../usage_error.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const

export const completion: LocalCommand = {
  summary: 'prints what has a shell complete commands, options and ids',
  arguments: ['shell'],
  example: 'source <(unroll completion bash)   # or zsh; in fish: unroll completion fish | source',
  async runLocally({ commands, terminal, given: [shell = ''], flags }) {
    const known = SHELLS.find((name) => name === shell)
    if (known === undefined)
      throw new UsageError(`<shell> must be one of ${SHELLS.join(', ')}: current value is "${shell}"`)
    const scripts = await import('../completion/scripts.ts')
    const script = scripts[known](commands)
    terminal.out(flags['json'] === true ? JSON.stringify({ shell, script }) : script)
  },
}

export const ids: Command = {
  summary: `prints ids, newest first, at most a hundred, as shells complete them: of ${Object.keys(KINDS).join(', ')}`,
  arguments: ['kind'],
  example: 'unroll ids job',
  async run({ client, terminal, given: [name = ''], flags, signal }) {
    const kind = kindOf(name)
    if (kind === undefined)
      throw new UsageError(`<kind> must be one of ${Object.keys(KINDS).join(', ')}: current value is "${name}"`)
    for await (const id of listIds(client, kind, signal)) terminal.out(flags['json'] === true ? JSON.stringify(id) : id)
  },
}
