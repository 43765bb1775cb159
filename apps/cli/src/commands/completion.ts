import { COMMON, UsageError, type Command } from '../command.ts'

type Commands = Readonly<Record<string, Command>>

/** What has a shell complete commands and options. */
const SHELLS: Readonly<Record<string, (commands: Commands) => string>> = { bash, zsh, fish }

export const completion: Command = {
  summary: 'prints what has a shell complete commands and options',
  arguments: ['shell'],
  example: 'source <(unroll completion bash)   # or zsh; in fish: unroll completion fish | source',
  async run({ commands, terminal, given: [shell = ''] }) {
    const write = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined
    if (write === undefined)
      throw new UsageError(`<shell> must be one of ${Object.keys(SHELLS).join(', ')}: current value is "${shell}"`)
    terminal.out(write(commands))
  },
}

function optionNames({ options }: Command): string[] {
  return Object.keys({ ...options, ...COMMON }).map((name) => `--${name}`)
}

/** Files are completed where no option is. */
function bash(commands: Commands): string {
  return [
    '_unroll() {',
    '  local words',
    '  case "$COMP_CWORD ${COMP_WORDS[1]}" in',
    `    "1 "*) words="${Object.keys(commands).join(' ')}" ;;`,
    ...Object.entries(commands).map(
      ([name, command]) => `    *" ${name}") words="${optionNames(command).join(' ')}" ;;`,
    ),
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    '}',
    'complete -o default -F _unroll unroll',
  ].join('\n')
}

function zsh(commands: Commands): string {
  return [
    '#compdef unroll',
    '_unroll() {',
    '  local -a known',
    '  if (( CURRENT == 2 )); then',
    `    known=(${Object.entries(commands)
      .map(([name, { summary }]) => quoted(`${name}:${summary}`))
      .join(' ')})`,
    "    _describe 'command' known",
    '    return',
    '  fi',
    '  case "${words[2]}" in',
    ...Object.entries(commands).map(
      ([name, command]) => `    ${name}) known=(${describedOptions(command).join(' ')}) ;;`,
    ),
    '  esac',
    "  if [[ $PREFIX == -* ]]; then _describe -o 'option' known; else _files; fi",
    '}',
    'compdef _unroll unroll',
  ].join('\n')
}

function describedOptions({ options }: Command): string[] {
  return Object.entries({ ...options, ...COMMON }).map(([name, { help }]) => quoted(`--${name}:${help}`))
}

function fish(commands: Commands): string {
  const lines = Object.entries(commands).flatMap(([name, { summary, options }]) => [
    `complete -c unroll -f -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
    ...Object.entries({ ...options, ...COMMON }).map(
      ([option, { type, short, help }]) =>
        `complete -c unroll -n ${quoted(`__fish_seen_subcommand_from ${name}`)} -l ${option}${short === undefined ? '' : ` -s ${short}`}${type === 'string' ? ' -r' : ''} -d ${quoted(help)}`,
    ),
  ])
  return lines.join('\n')
}

/** A word for every shell: fish alone takes a backslash in it as more than a letter, and none has one. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\"'\"'")}'`
}
