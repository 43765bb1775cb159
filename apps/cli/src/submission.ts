import type { UnrollClient } from '@unroll/client'
import type { Call, Command } from './command.ts'
import type { Exit } from './exit_codes.ts'
import { readJson } from './input_file.ts'
import { named } from './named_numbers.ts'

interface Submitter<Spec> {
  create(spec: Spec, options: { signal: AbortSignal; idempotencyKey?: string }): Promise<{ id: string }>
  dryRun(spec: Spec, options: { signal: AbortSignal }): Promise<object>
}

interface Submission<Spec> extends Pick<Command, 'summary' | 'example'> {
  noun: 'job' | 'sweep'
  /** The text of a dry run. */
  estimate: string
  to: (client: UnrollClient) => Submitter<Spec>
  watch: (call: Call, id: string) => Promise<Exit>
}

/** A command that posts a specification from a file. */
export function submission<Spec>({ noun, estimate, to, watch, ...described }: Submission<Spec>): Command {
  return {
    ...described,
    arguments: ['file'],
    options: {
      'dry-run': { type: 'boolean', help: `only check it, and say ${estimate}` },
      key: {
        type: 'string',
        value: 'text',
        help: `idempotency key: sent again, it gives the ${noun} of the first time`,
      },
      watch: { type: 'boolean', short: 'w', help: 'watch it until it ends' },
    },
    async run(call) {
      const { client, terminal, given, text, flags, signal } = call
      const spec = (await readJson(given[0] ?? '', terminal)) as Spec // the service validates it
      if (flags['dry-run'] === true)
        return terminal.out(JSON.stringify(await to(client).dryRun(spec, { signal }), null, 2))
      const { key: idempotencyKey } = text
      const made = await to(client).create(spec, { signal, ...(idempotencyKey !== undefined && { idempotencyKey }) })
      terminal.out(flags['json'] === true ? JSON.stringify(made, named) : made.id)
      if (flags['watch'] === true) return await watch(call, made.id)
    },
  }
}
