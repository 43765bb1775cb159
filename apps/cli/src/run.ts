import { RELEASE, UnrollClient, UnrollProblem } from '@unroll/client'
import { didYouMean } from './closest.ts'
import { parseCall } from './command.ts'
import { COMMANDS } from './commands/commands.ts'
import type { Environment } from './config.ts'
import type { Exit } from './exit_codes.ts'
import { formatHelp, helpOfAll } from './help.ts'
import { chooseService, type Service } from './service/choose_service.ts'
import { findId, kindOf } from './service/find_id.ts'
import type { Terminal } from './terminal.ts'
import { UsageError } from './usage_error.ts'

const UNAUTHENTICATED = 401
const FAULTS_BEGIN = 500
/** The start of the message of an error about a connection that failed or broke off. */
const LOST = /^(?:fetch failed|terminated)/

interface Surroundings {
  environment: Environment
  terminal: Terminal
  signal: AbortSignal
  /** Receives error messages. */
  complain: (line: string) => void
}

/**
 * Runs a command line.
 *
 * @param args the words after `unroll`
 */
export async function run(args: readonly string[], { complain, ...around }: Surroundings): Promise<Exit> {
  const { terminal } = around
  const [first = '--help'] = args
  if (first === '--help' || first === '-h' || first === 'help') {
    terminal.out(helpOfAll(COMMANDS))
    return 'ok'
  }
  if (first === '--version' || first === '-v') {
    terminal.out(`unroll ${RELEASE.version}`)
    return 'ok'
  }
  const name = findCommand(args)
  const asked: { service?: Service } = {}
  try {
    return await runCommand(name, args.slice(name.split(' ').length), around, asked)
  } catch (error) {
    terminal.status('')
    const { exit, lines } = explained(error, { name, service: asked.service, signal: around.signal })
    for (const line of lines) complain(line)
    return exit
  }
}

/** The name of a command, which may have two words; the first word if there is none. */
function findCommand(args: readonly string[]): string {
  const two = args.slice(0, 2).join(' ')
  return Object.hasOwn(COMMANDS, two) ? two : (args[0] ?? '')
}

/** @param asked receives the service, which errors name */
async function runCommand(
  name: string,
  args: string[],
  { environment, terminal, signal }: Omit<Surroundings, 'complain'>,
  asked: { service?: Service },
): Promise<Exit> {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command === undefined) throw new UsageError(`is no command${suggestCommand(name)}`)
  const parsed = parseCall(command, args)
  if (parsed.flags['help'] === true) {
    terminal.out(formatHelp(name, command))
    return 'ok'
  }
  const call = { commands: COMMANDS, environment, terminal, signal, ...parsed }
  if ('runLocally' in command) return (await command.runLocally(call)) ?? 'ok'
  const service = await chooseService(parsed.text, environment, terminal.note)
  asked.service = service
  const client = new UnrollClient({ baseUrl: service.url, apiKey: service.apiKey })
  const given = await Promise.all(
    parsed.given.map(async (word, at) => {
      const kind = kindOf(command.arguments[at] ?? '')
      return kind === undefined ? word : await findId(client, kind, word, signal)
    }),
  )
  return (await command.run({ ...call, given, client, service })) ?? 'ok'
}

/** The words that may follow `context`, or the nearest command. */
function suggestCommand(name: string): string {
  const longer = Object.keys(COMMANDS).filter((known) => known.startsWith(`${name} `))
  return longer.length > 0 ? `: there are ${longer.join(', ')}` : didYouMean(name, Object.keys(COMMANDS))
}

/** Whether no answer came. */
function isLost(error: unknown): error is Error {
  return error instanceof TypeError
    ? LOST.test(error.message)
    : error instanceof DOMException && error.name === 'TimeoutError'
}

function explained(
  error: unknown,
  { name, service, signal }: { name: string; service: Service | undefined; signal: AbortSignal },
): { exit: Exit; lines: string[] } {
  if (signal.aborted) return { exit: 'interrupted', lines: [] }
  if (error instanceof UsageError) {
    const help = Object.hasOwn(COMMANDS, name) ? `unroll ${name} --help` : 'unroll --help'
    return { exit: 'usage', lines: [`unroll ${name}: ${error.message}`, `Try: ${help}`] }
  }
  if (error instanceof UnrollProblem) {
    const faults = error.faults.map(({ pointer, detail }) => `  ${pointer} ${detail}`)
    const key =
      error.status === UNAUTHENTICATED ? ['unroll login --with-key stores a key; UNROLL_API_KEY goes before it'] : []
    const age = error.code === 'ROUTE_NOT_FOUND' ? ['The service is older than this program, and cannot do that'] : []
    return {
      exit: error.status >= FAULTS_BEGIN ? 'unreachable' : 'refused',
      lines: [error.message, ...faults, ...age, ...key],
    }
  }
  if (isLost(error)) {
    const why = error.cause instanceof Error ? error.cause.message || error.cause.name : error.message
    return {
      exit: 'unreachable',
      lines: [
        `Cannot reach the service: ${why}`,
        ...(service === undefined
          ? []
          : [
              `Is it at ${service.url} (${service.from})? npm start starts it; unroll login or UNROLL_URL says where it is`,
            ]),
      ],
    }
  }
  return { exit: 'fault', lines: [error instanceof Error ? error.message : String(error)] }
}
