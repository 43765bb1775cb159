import { RELEASE, UnrollClient, UnrollProblem } from '@unroll/client'
import { didYouMean } from './closest.ts'
import { UsageError, parseCall } from './command.ts'
import { COMMANDS } from './commands/commands.ts'
import type { Exit } from './exit_codes.ts'
import { formatHelp, helpOfAll } from './help.ts'
import type { Terminal } from './terminal.ts'

/** Stands for the id of the newest job. */
const NEWEST = 'latest'
const FAULTS_BEGIN = 500
/** The start of the message of an error about a connection that failed or broke off. */
const LOST = /^(?:fetch failed|terminated)/
/** A person who waits at a terminal hears of a service that is away after half a second. */
const RETRIES = 1

/**
 * Runs a command line.
 *
 * @param args the words after `unroll`
 * @param complain receives error messages
 */
export async function run(
  args: readonly string[],
  {
    url,
    terminal,
    signal,
    complain,
  }: { url: string; terminal: Terminal; signal: AbortSignal; complain: (line: string) => void },
): Promise<Exit> {
  const [name = '--help', ...rest] = args
  if (name === '--help' || name === '-h' || name === 'help') {
    terminal.out(helpOfAll(COMMANDS))
    return 'ok'
  }
  if (name === '--version' || name === '-v') {
    terminal.out(`unroll ${RELEASE.version}`)
    return 'ok'
  }
  let address = url
  try {
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
    if (command === undefined) throw new UsageError(`is no command${didYouMean(name, Object.keys(COMMANDS))}`)
    const call = parseCall(command, rest)
    if (call.flags['help'] === true) {
      terminal.out(formatHelp(name, command))
      return 'ok'
    }
    address = parseAddress(call.text['url'] ?? url)
    const client = new UnrollClient({ baseUrl: address, maxRetries: RETRIES })
    const given = await Promise.all(
      call.given.map(async (word, at) => (command.arguments[at] === 'job' ? findJob(client, word, signal) : word)),
    )
    return (await command.run({ commands: COMMANDS, client, terminal, signal, ...call, given })) ?? 'ok'
  } catch (error) {
    terminal.status('')
    const { exit, lines } = explained(error, { name, address, signal })
    for (const line of lines) complain(line)
    return exit
  }
}

/** @throws {UsageError} */
function parseAddress(text: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text
  throw new UsageError(
    `the address of the service must begin with http:// or https://: UNROLL_URL or --url is "${text}"`,
  )
}

/** @param word the id of a job, or `latest` for the newest */
async function findJob(client: UnrollClient, word: string, signal: AbortSignal): Promise<string> {
  if (word !== NEWEST) return word
  const [newest] = (await client.jobs.list({ limit: 1 }, { signal })).data
  if (newest === undefined) throw new UsageError('there is no job yet')
  return newest.id
}

/** Whether no answer came. */
function isLost(error: unknown): error is Error {
  return error instanceof TypeError
    ? LOST.test(error.message)
    : error instanceof DOMException && error.name === 'TimeoutError'
}

function explained(
  error: unknown,
  { name, address, signal }: { name: string; address: string; signal: AbortSignal },
): { exit: Exit; lines: string[] } {
  if (signal.aborted) return { exit: 'interrupted', lines: [] }
  if (error instanceof UsageError) {
    const help = Object.hasOwn(COMMANDS, name) ? `unroll ${name} --help` : 'unroll --help'
    return { exit: 'usage', lines: [`unroll ${name}: ${error.message}`, `Try: ${help}`] }
  }
  if (error instanceof UnrollProblem) {
    const faults = error.faults.map(({ pointer, detail }) => `  ${pointer} ${detail}`)
    const age = error.code === 'ROUTE_NOT_FOUND' ? ['The service is older than this program, and cannot do that'] : []
    return { exit: error.status >= FAULTS_BEGIN ? 'unreachable' : 'refused', lines: [error.message, ...faults, ...age] }
  }
  if (isLost(error)) {
    const why = error.cause instanceof Error ? error.cause.message || error.cause.name : error.message
    return {
      exit: 'unreachable',
      lines: [
        `Cannot reach the service: ${why}`,
        `Is it at ${address}? npm start starts it; --url or UNROLL_URL says where it is`,
      ],
    }
  }
  return { exit: 'fault', lines: [error instanceof Error ? error.message : String(error)] }
}
