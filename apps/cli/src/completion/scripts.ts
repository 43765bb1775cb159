// What has a shell complete commands, options and ids. Loaded once somebody asks for it.

import { COMMON, type AnyCommand } from '../command.ts'
import { KINDS } from '../service/find_id.ts'

type Commands = Readonly<Record<string, AnyCommand>>

/** The words of the first place, and those of the second after each word that needs one. */
function listWords(commands: Commands): { first: string[]; second: Map<string, string[]> } {
  const second = new Map<string, string[]>()
  for (const name of Object.keys(commands)) {
    const [word = '', next] = name.split(' ')
    if (next !== undefined) second.set(word, [...(second.get(word) ?? []), next])
  }
  return { first: [...new Set(Object.keys(commands).map((name) => name.split(' ')[0] ?? ''))], second }
}

/** The kind of the first argument of a command, if its ids can be listed. */
function kindOf({ arguments: [name = ''] }: AnyCommand): string | undefined {
  return Object.hasOwn(KINDS, name) ? name : undefined
}

function optionNames({ options }: AnyCommand): string[] {
  return Object.keys({ ...options, ...COMMON }).map((name) => `--${name}`)
}

/** Files are completed where no option and no id is. */
export function bash(commands: Commands): string {
  const { first, second } = listWords(commands)
  const idLines = Object.entries(commands).flatMap(([name, command]) => {
    const kind = kindOf(command)
    return kind === undefined ? [] : [`    "2 ${name}") words="$(unroll ids ${kind} 2>/dev/null)" ;;`]
  })
  return [
    '_unroll() {',
    '  local words',
    '  case "$COMP_CWORD ${COMP_WORDS[1]}" in',
    `    "1 "*) words="${first.join(' ')}" ;;`,
    ...Array.from(second, ([word, next]) => `    "2 ${word}") words="${next.join(' ')}" ;;`),
    ...idLines,
    '  esac',
    '  case "${COMP_WORDS[COMP_CWORD]}" in -*)',
    '    case "${COMP_WORDS[1]} ${COMP_WORDS[2]}" in',
    ...Object.entries(commands).map(
      ([name, command]) => `      "${name} "*|"${name}") words="${optionNames(command).join(' ')}" ;;`,
    ),
    '    esac',
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    '}',
    'complete -o default -F _unroll unroll',
  ].join('\n')
}

export function zsh(commands: Commands): string {
  const { first, second } = listWords(commands)
  const describe = (word: string) => quoted(`${word}:${commands[word]?.summary ?? (second.get(word) ?? []).join(', ')}`)
  return [
    '#compdef unroll',
    '_unroll() {',
    '  local -a known',
    '  if (( CURRENT == 2 )); then',
    `    known=(${first.map(describe).join(' ')})`,
    "    _describe 'command' known",
    '    return',
    '  fi',
    '  if (( CURRENT == 3 )) && [[ $PREFIX != -* ]]; then',
    '    case "${words[2]}" in',
    ...Array.from(second, ([word, next]) => `      ${word}) known=(${next.join(' ')}) ;;`),
    ...Object.entries(commands).flatMap(([name, command]) => {
      const kind = kindOf(command)
      return kind === undefined ? [] : [`      ${name}) known=(\${(f)"$(unroll ids ${kind} 2>/dev/null)"}) ;;`]
    }),
    '    esac',
    '    if (( $#known )); then _describe "argument" known; else _files; fi',
    '    return',
    '  fi',
    '  case "${words[2]} ${words[3]}" in',
    ...Object.entries(commands).map(
      ([name, command]) => `    "${name} "*|"${name}") known=(${describedOptions(command).join(' ')}) ;;`,
    ),
    '  esac',
    "  if [[ $PREFIX == -* ]]; then _describe -o 'option' known; else _files; fi",
    '}',
    'compdef _unroll unroll',
  ].join('\n')
}

function describedOptions({ options }: AnyCommand): string[] {
  return Object.entries({ ...options, ...COMMON }).map(([name, { help }]) => quoted(`--${name}:${help}`))
}

export function fish(commands: Commands): string {
  const { first, second } = listWords(commands)
  const words = first.map((word) => {
    const summary = commands[word]?.summary ?? (second.get(word) ?? []).join(', ')
    return `complete -c unroll -f -n __fish_use_subcommand -a ${word} -d ${quoted(summary)}`
  })
  const nexts = Array.from(second, ([word, next]) => {
    const isFirst = `__fish_seen_subcommand_from ${word}; and not __fish_seen_subcommand_from ${next.join(' ')}`
    return `complete -c unroll -f -n ${quoted(isFirst)} -a ${quoted(next.join(' '))}`
  })
  const lines = Object.entries(commands).flatMap(([name, command]) => {
    const [word = '', next] = name.split(' ')
    const seen = [word, next].filter((each) => each !== undefined).map((each) => `__fish_seen_subcommand_from ${each}`)
    const kind = kindOf(command)
    const given =
      kind === undefined
        ? []
        : [`complete -c unroll -f -n ${quoted(seen.join('; and '))} -a '(unroll ids ${kind} 2>/dev/null)'`]
    const options = Object.entries({ ...command.options, ...COMMON }).map(
      ([option, { type, short, help }]) =>
        `complete -c unroll -n ${quoted(seen.join('; and '))} -l ${option}${short === undefined ? '' : ` -s ${short}`}${type === 'string' ? ' -r' : ''} -d ${quoted(help)}`,
    )
    return [...given, ...options]
  })
  return [...words, ...nexts, ...lines].join('\n')
}

/** A word for every shell: fish alone takes a backslash in it as more than a letter, and none has one. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\"'\"'")}'`
}
