import type { Command } from '../command.ts'
import { named } from '../named_numbers.ts'

export const diagnose: Command = {
  summary: 'says what hinders a run, and what may help',
  arguments: ['job'],
  example: 'unroll diagnose job_…',
  async run({ client, terminal, given: [id = ''], flags, signal }) {
    const diagnosis = await client.jobs.diagnosis(id, { signal })
    if (flags['json'] === true) return terminal.out(JSON.stringify(diagnosis, named))
    for (const { title, code, first_step, until_step, advice, changes } of diagnosis.findings) {
      terminal.out(`${title} (${code}, from step ${first_step}${until_step === null ? '' : ` to ${until_step}`})`)
      if (advice !== null) terminal.out(`  ${advice}`)
      if (changes !== null) terminal.out(`  changes: ${JSON.stringify(changes)}`)
    }
    const looked = diagnosis.rules.filter(({ status }) => status === 'looked_at').length
    terminal.out(`${looked} of ${diagnosis.rules.length} rules have looked, ${diagnosis.findings.length} findings`)
    for (const { code, status, why } of diagnosis.rules)
      if (status !== 'looked_at')
        terminal.out(`  ${status.replace('_', ' ')}: ${code}${why === null ? '' : ` (${why})`}`)
  },
}
