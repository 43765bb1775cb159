import type { UnrollClient } from '@unroll/client'
import type { Call, Command } from './command.ts'
import type { Exit } from './exit_codes.ts'
import { readJson } from './input_file.ts'
import { named } from './named_numbers.ts'

interface Submitter<Spec, Answer> {
  create(spec: Spec, options: { signal: AbortSignal; idempotencyKey?: string }): Promise<{ id: string }>
  dryRun(spec: Spec, options: { signal: AbortSignal }): Promise<Answer>
}

interface Submission<Spec, Answer> extends Pick<Command, 'summary' | 'example'> {
  noun: 'job' | 'sweep'
  /** The text of a dry run. */
  estimate: string
  to: (client: UnrollClient) => Submitter<Spec, Answer>
  /** What a dry run found, in lines. */
  describe: (answer: Answer) => Promise<string[]>
  watch: (call: Call, id: string) => Promise<Exit>
}

/** A command that posts a specification from a file. */
export function submission<Spec, Answer>({
  noun,
  estimate,
  to,
  describe,
  watch,
  ...described
}: Submission<Spec, Answer>): Command {
  return {
    ...described,
    arguments: ['file'],
    options: {
      'dry-run': { type: 'boolean', help: `only check it, and say ${estimate} (with --json also every default)` },
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
      if (flags['dry-run'] === true) {
        const answer = await to(client).dryRun(spec, { signal })
        return terminal.out(
          flags['json'] === true ? JSON.stringify(answer, named) : (await describe(answer)).join('\n'),
        )
      }
      const { key: idempotencyKey } = text
      const made = await to(client).create(spec, { signal, ...(idempotencyKey !== undefined && { idempotencyKey }) })
      terminal.out(flags['json'] === true ? JSON.stringify(made, named) : made.id)
      if (flags['watch'] === true) return await watch(call, made.id)
    },
  }
}
